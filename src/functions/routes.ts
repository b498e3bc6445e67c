// All HTTP routes: one row for each request that the app serves. docs/http-api.md describes them for callers.

import { json } from './answers.ts'
import * as bodies from './bodies.ts'
import type { Call } from './call.ts'
import { configurationNames } from './configuration-names.ts'
import { generateConfigurations, listConfigurations } from './configurations.ts'
import { filterNames, listConnections } from './connections.ts'
import { daprConfigurations } from './dapr-configurations.ts'
import { diagnose } from './diagnosis.ts'
import { deleteDryrun, getDryrun, listDryruns, patchDryrun, putDryrun } from './dryruns.ts'
import { exportLinker, localEnvironment } from './export.ts'
import { getGraph, graphFilters } from './graph.ts'
import { healthz } from './healthz.ts'
import { getHistory } from './history.ts'
import { listLinkers } from './linker-list.ts'
import { patchLinker, putLinker } from './linker-write.ts'
import { deleteLinker, getLinker, reconcileNow } from './linkers.ts'
import { getManifest } from './manifest.ts'
import { openapi } from './openapi.ts'
import { getOperation } from './operations.ts'
import { clusterIn } from './path.ts'
import { deletePolicy, getPolicy, listPolicies, previewPolicy, putPolicy } from './policies.ts'
import { preflight } from './preflight.ts'
import { providerOperations } from './provider-operations.ts'
import { rotateKeys } from './rotation.ts'
import { type Route, route } from './route.ts'
import { approveLeftover, getSweep, listSweeps, requestSweep, sweepFilters } from './sweeps.ts'
import { targetTypes } from './target-types.ts'
import { validateLinker } from './validation.ts'

const cluster =
  '/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerService/managedClusters/{cluster}' as const
const linkers = `${cluster}/providers/Microsoft.ServiceLinker/linkers` as const
const dryruns = `${cluster}/providers/Microsoft.ServiceLinker/dryruns` as const
const operations = '/subscriptions/{subscription}/providers/Microsoft.ServiceLinker/locations/{location}' as const
const connect = { name: 'connect', description: 'Value of a connect- tag, any number of times', isList: true } as const

const reconcile = {
  in: 'arm',
  method: 'POST',
  role: 'Connections.Write',
  answers: { 202: 'Its loops run' },
  handle: (call: Call, { name }: { readonly name: string }) => reconcileNow(call, clusterIn(call), name),
} as const
const preflightNow = {
  method: 'GET',
  role: 'Connections.Read',
  summary: 'What is missing for connections, declared or in the query',
  query: [connect],
  answers: { 200: 'One entry each' },
  handle: (call: Call) => preflight(call, clusterIn(call)),
} as const

export const routes: readonly Route[] = [
  route(linkers, {
    in: 'arm',
    method: 'GET',
    role: 'Connections.Read',
    summary: 'Connections of a cluster',
    query: [{ name: '$top' }, { name: '$skipToken', description: 'From the nextLink of the page before' }],
    answers: { 200: ['A page of them', bodies.linkerList] },
    handle: (call) => listLinkers(call, clusterIn(call)),
  }),
  route(`${linkers}/{name}`, {
    in: 'arm',
    method: 'GET',
    role: 'Connections.Read',
    summary: 'A connection with its timeline',
    answers: { 200: ['The connection', bodies.linker] },
    handle: (call, { name }) => getLinker(call, clusterIn(call), name),
  }),
  route(`${linkers}/{name}`, {
    in: 'arm',
    method: 'PUT',
    role: 'Connections.Write',
    summary: 'Create or change a connection; poll Azure-AsyncOperation',
    body: bodies.linker,
    answers: { 201: ['New, changed, or as it was', bodies.linker] },
    handle: (call, { name }) => putLinker(call, clusterIn(call), name),
  }),
  route(`${linkers}/{name}`, {
    in: 'arm',
    method: 'PATCH',
    role: 'Connections.Write',
    summary: 'Change parts of a connection; poll Azure-AsyncOperation',
    body: bodies.linkerPatch,
    answers: { 201: ['Changed, or as it was', bodies.linker] },
    handle: (call, { name }) => patchLinker(call, clusterIn(call), name),
  }),
  route(`${linkers}/{name}`, {
    in: 'arm',
    method: 'DELETE',
    role: 'Connections.Write',
    summary: 'Remove a connection on both sides',
    answers: { 202: 'Begun', 204: 'There is none' },
    handle: (call, { name }) => deleteLinker(call, clusterIn(call), name),
  }),
  route(`${linkers}/{name}/listConfigurations`, {
    in: 'arm',
    method: 'POST',
    role: 'Connections.Read',
    summary: 'The keys of its Secret, with the values that are no secret',
    answers: { 200: ['One entry for each key', bodies.configurations] },
    handle: (call, { name }) => listConfigurations(call, clusterIn(call), name),
  }),
  route(`${linkers}/{name}/generateConfigurations`, {
    in: 'arm',
    method: 'POST',
    role: 'Connections.Read',
    summary: 'What another configurationInfo would make of the keys of its Secret',
    body: bodies.configurationInfo,
    answers: { 200: ['One entry for each key', bodies.configurations] },
    handle: (call, { name }) => generateConfigurations(call, clusterIn(call), name),
  }),
  route(`${linkers}/{name}/validateLinker`, {
    in: 'arm',
    method: 'POST',
    role: 'Connections.Read',
    summary: 'Validate a connection item by item; poll Azure-AsyncOperation',
    answers: { 202: 'The operation has the report' },
    handle: (call, { name }) => validateLinker(call, clusterIn(call), name),
  }),
  route(`${linkers}/{name}/rotate`, {
    in: 'arm',
    method: 'POST',
    role: 'Connections.Write',
    summary: 'Rotate the keys of the target, for all connections that use them; poll Azure-AsyncOperation',
    query: [{ name: 'overlapMinutes', description: 'How long both keys work, so that pods can be restarted' }],
    answers: { 202: 'Requested' },
    handle: (call, { name }) => rotateKeys(call, clusterIn(call), name),
  }),
  route(`${linkers}/{name}/reconcile`, { ...reconcile, summary: 'Reconcile a connection and the loops that it shares now' }),
  route(`${linkers}/{name}/look`, { ...reconcile, summary: 'The former name of reconcile', isDeprecated: true }),
  route(`${linkers}/{name}/manifest`, {
    in: 'arm',
    method: 'GET',
    role: 'Connections.Read',
    summary: 'A Deployment or Job that uses the connection',
    query: [{ name: 'kind', description: 'Deployment or Job' }, { name: 'image' }],
    answers: { 200: 'The manifest' },
    handle: (call, { name }) => getManifest(call, clusterIn(call), name),
  }),
  route(`${linkers}/{name}/history`, {
    in: 'arm',
    method: 'GET',
    role: 'Connections.Read',
    summary: 'What was changed when and why, for 90 days',
    query: [{ name: 'top' }],
    answers: { 200: 'The newest first' },
    handle: (call, { name }) => getHistory(call, clusterIn(call), name),
  }),
  route(`${linkers}/{name}/diagnosis`, {
    in: 'arm',
    method: 'GET',
    role: 'Connections.Read',
    summary: 'What people inspect by hand',
    answers: { 200: 'One check for each object' },
    handle: (call, { name }) => diagnose(call, clusterIn(call), name),
  }),
  route(dryruns, {
    in: 'arm',
    method: 'GET',
    role: 'Connections.Read',
    summary: 'Dry runs of a cluster',
    answers: { 200: 'All of them' },
    handle: (call) => listDryruns(call, clusterIn(call)),
  }),
  route(`${dryruns}/{name}`, {
    in: 'arm',
    method: 'GET',
    role: 'Connections.Read',
    summary: 'A dry run with its result',
    answers: { 200: ['The dry run', bodies.dryrun] },
    handle: (call, { name }) => getDryrun(call, clusterIn(call), name),
  }),
  route(`${dryruns}/{name}`, {
    in: 'arm',
    method: 'PUT',
    role: 'Connections.Write',
    summary: 'What a connection of this name would change, and what is missing for it',
    body: bodies.dryrun,
    answers: { 201: ['Carried out', bodies.dryrun] },
    handle: (call, { name }) => putDryrun(call, clusterIn(call), name),
  }),
  route(`${dryruns}/{name}`, {
    in: 'arm',
    method: 'PATCH',
    role: 'Connections.Write',
    summary: 'The same with other parameters',
    body: bodies.linkerPatch,
    answers: { 201: ['Carried out', bodies.dryrun] },
    handle: (call, { name }) => patchDryrun(call, clusterIn(call), name),
  }),
  route(`${dryruns}/{name}`, {
    in: 'arm',
    method: 'DELETE',
    role: 'Connections.Write',
    summary: 'Delete a dry run',
    answers: { 200: 'Deleted', 204: 'There is none' },
    handle: (call, { name }) => deleteDryrun(call, clusterIn(call), name),
  }),
  route(`${cluster}/providers/Microsoft.ServiceLinker/daprConfigurations`, {
    in: 'arm',
    method: 'GET',
    role: 'Connections.Read',
    summary: 'Connections that could be Dapr components: none on AKS',
    answers: { 200: 'An empty list' },
    handle: daprConfigurations,
  }),
  route(`${linkers}/{name}/export`, {
    in: 'arm',
    method: 'GET',
    role: 'Connections.Read',
    summary: 'The objects of a connection as code, without secrets',
    query: [{ name: 'format', description: 'bicep, terraform, azapi, kubernetes or cli' }],
    answers: { 200: 'Files, and what they leave out' },
    handle: (call, { name }) => exportLinker(call, clusterIn(call), name),
  }),
  route(`${linkers}/{name}/local-env`, {
    in: 'arm',
    method: 'GET',
    role: 'Connections.Read',
    summary: "The secretless environment for a developer's machine",
    query: [{ name: 'principal', description: 'Object id of a person, for the lines that give them the roles' }],
    answers: { 200: 'Variables' },
    handle: (call, { name }) => localEnvironment(call, clusterIn(call), name),
  }),
  route(`${cluster}/providers/Microsoft.ServiceLinker/preflight`, { ...preflightNow, in: 'arm' }),
  route(`/clusters${cluster}/preflight`, { ...preflightNow, in: 'clusters' }),
  route(`${operations}/operationStatuses/{id}`, {
    in: 'arm',
    method: 'GET',
    role: 'Connections.Read',
    summary: 'How far an operation is, as Azure-AsyncOperation names it',
    answers: { 200: ['Its status', bodies.operation], 202: ['It deletes', bodies.operation] },
    handle: (call, { id }) => getOperation(call, 'status', id),
  }),
  route(`${operations}/operationResults/{id}`, {
    in: 'arm',
    method: 'GET',
    role: 'Connections.Read',
    summary: 'Whether an operation is done, for clients that poll Location',
    answers: { 202: 'It runs', 204: 'It is done' },
    handle: (call, { id }) => getOperation(call, 'result', id),
  }),
  route('/providers/Microsoft.ServiceLinker/operations', {
    in: 'provider-operations',
    method: 'GET',
    role: 'Connections.Read',
    summary: 'The operations of the provider, as ARM lists them',
    answers: { 200: 'One entry each' },
    handle: async () => providerOperations(routes),
  }),
  route('/providers/Microsoft.ServiceLinker/configurationNames', {
    in: 'configuration-names',
    method: 'GET',
    role: 'Connections.Read',
    summary: 'The keys of Secrets by kind of target, auth and client',
    query: [{ name: '$filter', description: "TargetService, AuthType and ClientType eq '…', joined by and" }],
    answers: { 200: 'One entry for each combination' },
    handle: configurationNames,
  }),
  route('/targetTypes', {
    in: 'target-types',
    method: 'GET',
    role: 'Connections.Read',
    summary: 'What can be connected, with auth and client types',
    answers: { 200: ['One entry for each type', bodies.targetTypeList] },
    handle: targetTypes,
  }),
  route('/connections', {
    in: 'connections',
    method: 'GET',
    role: 'Connections.Read',
    summary: 'All connections of the installation, page by page',
    query: filterNames.map((name) => ({ name })),
    answers: { 200: ['A page', bodies.linkerList] },
    handle: listConnections,
  }),
  route('/graph', {
    in: 'graph',
    method: 'GET',
    role: 'Connections.Read',
    summary: 'Who reaches what: clusters, namespaces, ServiceAccounts, identities and targets, with edges',
    query: [...graphFilters, 'top'].map((name) => ({ name })),
    answers: { 200: 'Nodes and edges' },
    handle: getGraph,
  }),
  route('/policies', {
    in: 'policies',
    method: 'GET',
    role: 'Connections.Read',
    summary: 'All policies',
    answers: { 200: 'All of them' },
    handle: listPolicies,
  }),
  route('/policies/{name}', {
    in: 'policy',
    method: 'GET',
    role: 'Connections.Read',
    summary: 'A policy',
    answers: { 200: ['The policy', bodies.policy] },
    handle: (call, { name }) => getPolicy(call, name),
  }),
  route('/policies/{name}', {
    in: 'policy',
    method: 'PUT',
    role: 'Policies.Write',
    summary: 'Create or change a policy',
    body: bodies.policy,
    answers: { 200: ['Changed', bodies.policy], 201: ['New', bodies.policy] },
    handle: (call, { name }) => putPolicy(call, name),
  }),
  route('/policies/{name}', {
    in: 'policy',
    method: 'DELETE',
    role: 'Policies.Write',
    summary: 'Delete a policy; what only it allowed is removed',
    answers: { 200: 'Deleted', 204: 'There is none' },
    handle: (call, { name }) => deletePolicy(call, name),
  }),
  route('/sweeps', {
    in: 'sweeps',
    method: 'GET',
    role: 'Connections.Read',
    summary: 'Runs of the sweep, the newest first',
    answers: { 200: 'The last 50' },
    handle: listSweeps,
  }),
  route('/sweeps', {
    in: 'sweeps',
    method: 'POST',
    role: 'Connections.Write',
    summary: 'Look at every cluster as a whole with the next run of the sweep, which is within an hour',
    answers: { 202: 'Noted' },
    handle: requestSweep,
  }),
  route('/sweeps/{report}', {
    in: 'sweep-report',
    method: 'GET',
    role: 'Connections.Read',
    summary: 'What a run of the sweep found, object by object; latest is the newest report',
    query: sweepFilters.map((name) => ({ name })),
    answers: { 200: 'The report, with a page of its objects' },
    handle: (call, { report }) => getSweep(call, report),
  }),
  route('/sweeps/{report}/objects/{object}/approve', {
    in: 'sweep-report',
    method: 'POST',
    role: 'Connections.Write',
    summary: 'Approve the deletion of one object of a report, whatever the mode of the sweep',
    answers: { 202: 'The next run deletes it if it is still left over and unused' },
    handle: (call, { report, object }) => approveLeftover(call, report, object),
  }),
  route('/policies/{name}/preview', {
    in: 'policy-preview',
    method: 'POST',
    role: 'Policies.Write',
    summary: 'What saving a policy would connect and disconnect; nothing is stored',
    body: bodies.policy,
    answers: { 200: 'Counts, and the first hundred of each' },
    handle: (call, { name }) => previewPolicy(call, name),
  }),
  {
    path: '/healthz',
    in: 'healthz',
    method: 'GET',
    role: 'anyone',
    summary: 'Whether the app is configured and reaches its store',
    answers: { 200: 'It is, and does', 503: 'It is not, or does not' },
    handle: healthz,
  },
  {
    path: '/openapi.json',
    in: 'openapi',
    method: 'GET',
    role: 'anyone',
    summary: 'This document',
    answers: { 200: 'It' },
    handle: async () => json(200, openapi(routes)),
  },
]

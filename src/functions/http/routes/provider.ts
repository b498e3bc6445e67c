// What Microsoft.ServiceLinker answers beside connections: operations and catalogues.

import { targetTypes } from '../../fleet/target-types.ts'
import { configurationNames } from '../../linkers/configuration-names.ts'
import { daprConfigurations } from '../../linkers/dapr-configurations.ts'
import { getOperation } from '../../linkers/operations.ts'
import * as bodies from '../bodies.ts'
import { type Route, route } from '../route.ts'
import { cluster, operations } from './paths.ts'

export const providerRoutes: readonly Route[] = [
  route(`${cluster}/providers/Microsoft.ServiceLinker/daprConfigurations`, {
    in: 'arm',
    method: 'GET',
    role: 'Connections.Read',
    summary: 'Connections that could be Dapr components: none on AKS',
    answers: { 200: 'An empty list' },
    handle: daprConfigurations,
  }),
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
]

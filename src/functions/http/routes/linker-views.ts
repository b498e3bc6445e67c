// What tells of one connection: configurations, validation, history, diagnosis, and the connection as code.

import { getHistory } from '../../fleet/history.ts'
import { generateConfigurations, listConfigurations } from '../../linkers/configurations.ts'
import { diagnose } from '../../linkers/diagnosis.ts'
import { exportLinker, localEnvironment } from '../../linkers/export.ts'
import { getManifest } from '../../linkers/manifest.ts'
import { validateLinker } from '../../linkers/validation.ts'
import * as bodies from '../bodies.ts'
import { clusterIn } from '../path.ts'
import { type Route, route } from '../route.ts'
import { linkers } from './paths.ts'

export const linkerViewRoutes: readonly Route[] = [
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
]

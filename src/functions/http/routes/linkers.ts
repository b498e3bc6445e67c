// What creates, changes and removes connections.

import { listLinkers } from '../../linkers/linker-list.ts'
import { patchLinker, putLinker } from '../../linkers/linker-write.ts'
import { deleteLinker, getLinker, reconcileNow } from '../../linkers/linkers.ts'
import { rotateKeys } from '../../linkers/rotation.ts'
import * as bodies from '../bodies.ts'
import type { Call } from '../call.ts'
import { clusterIn } from '../path.ts'
import { type Route, route } from '../route.ts'
import { linkers } from './paths.ts'

const reconcile = {
  in: 'arm',
  method: 'POST',
  role: 'Connections.Write',
  answers: { 202: 'Its loops run' },
  handle: (call: Call, { name }: { readonly name: string }) => reconcileNow(call, clusterIn(call), name),
} as const

export const linkerRoutes: readonly Route[] = [
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
]

// What a connection would change: https://learn.microsoft.com/rest/api/servicelinker/linkers/list-dryrun

import { deleteDryrun, getDryrun, listDryruns, patchDryrun, putDryrun } from '../../linkers/dryruns.ts'
import * as bodies from '../bodies.ts'
import { clusterIn } from '../path.ts'
import { type Route, route } from '../route.ts'
import { dryruns } from './paths.ts'

export const dryrunRoutes: readonly Route[] = [
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
]

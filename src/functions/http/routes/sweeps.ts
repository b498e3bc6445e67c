// Reports of the sweep, and what a person decides about them.

import { approveLeftover, getSweep, listSweeps, requestSweep, sweepFilters } from '../../fleet/sweeps.ts'
import { type Route, route } from '../route.ts'

export const sweepRoutes: readonly Route[] = [
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
]

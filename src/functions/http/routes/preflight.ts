// What is missing for connections of a cluster, in the two forms of its path.

import { preflight } from '../../fleet/preflight.ts'
import type { Call } from '../call.ts'
import { clusterIn } from '../path.ts'
import { type Route, route } from '../route.ts'
import { cluster } from './paths.ts'

const connect = { name: 'connect', description: 'Value of a connect- tag, any number of times', isList: true } as const
const preflightNow = {
  method: 'GET',
  role: 'Connections.Read',
  summary: 'What is missing and what would be changed for connections, declared or in the query',
  query: [connect],
  answers: { 200: 'One entry each' },
  handle: (call: Call) => preflight(call, clusterIn(call)),
} as const

export const preflightRoutes: readonly Route[] = [
  route(`${cluster}/providers/Microsoft.ServiceLinker/preflight`, { ...preflightNow, in: 'arm' }),
  route(`/clusters${cluster}/preflight`, { ...preflightNow, in: 'clusters' }),
]

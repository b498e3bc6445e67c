// What tells of the connections of all clusters.

import * as bodies from '../bodies.ts'
import { filterNames, listConnections } from '../connections.ts'
import { getGraph, graphFilters } from '../graph.ts'
import { type Route, route } from '../route.ts'

export const installationRoutes: readonly Route[] = [
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
]

// What tells of the connections of all clusters.

import { filterNames, listConnections } from '../../fleet/connections.ts'
import { getGraph, graphFilters } from '../../fleet/graph.ts'
import { importLinkers } from '../../fleet/import.ts'
import { getInventory, inventoryFilters } from '../../fleet/inventory.ts'
import * as bodies from '../bodies.ts'
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
  route('/inventory', {
    in: 'inventory',
    method: 'GET',
    role: 'Connections.Read',
    summary: 'Every object that the app has made or uses, in the order in which it is safe to go, and which stay when it is uninstalled',
    query: inventoryFilters.map((name) => ({ name })),
    answers: { 200: 'A page' },
    handle: getInventory,
  }),
  route('/import', {
    in: 'import',
    method: 'POST',
    role: 'Connections.Write',
    summary: 'Take over the connections of Azure Service Connector on a cluster; a dry run unless dryRun=false',
    query: [
      { name: 'cluster', description: 'Resource id of the cluster' },
      { name: 'dryRun', description: 'false: connections that a policy allows are created' },
      { name: 'name', description: 'Only this connection, any number of times', isList: true },
      { name: 'transport', description: 'direct; run-command, flux or extension for clusters that the app cannot reach; or auto' },
    ],
    answers: { 200: 'What each connection is or would be here, policies that would allow them, and what to remove there and when' },
    handle: importLinkers,
  }),
]

// GET /graph: who reaches what, as nodes and edges: clusters, their namespaces, ServiceAccounts, identities and targets. An edge that a connection needs has its
// name and state; several connections can need one.
import type { HttpResponseInit } from '@azure/functions'
import { authTypeOf } from '../../auth/catalogue.ts'
import { linkerId } from '../../model/connection.ts'
import { grantName } from '../../model/grant.ts'
import { nameOf } from '../../model/words.ts'
import { targetOf } from '../../targets/catalogue.ts'
import { json } from '../http/answers.ts'
import type { Call } from '../http/call.ts'
import { numberIn } from '../http/query.ts'
import { type Known, progressIn } from '../linkers/known.ts'
import { conditionsIn, filters, knownConnections, passes } from './fleet.ts'

type NodeKind = 'cluster' | 'namespace' | 'serviceAccount' | 'identity' | 'target'
type Node = { readonly id: string; readonly kind: NodeKind; readonly name: string }
/** `contains`: the second is in the first. `signsInAs`: pods of the first act as the second. `reaches`: the first may use the second. */
type Edge = {
  readonly from: string
  readonly to: string
  readonly kind: 'contains' | 'signsInAs' | 'reaches'
  readonly connections: {
    readonly id: string
    readonly name: string
    readonly state: string
    readonly type: string
    readonly auth: string
    readonly roles?: readonly string[]
  }[]
}

export const graphFilters: readonly string[] = Object.keys(filters)

/** More than a picture can show. */
const most = 2_000

export async function getGraph(call: Call): Promise<HttpResponseInit> {
  const { url, services } = call
  const conditions = conditionsIn(url.searchParams, ['top'])
  const top = numberIn(url.searchParams, 'top', { from: 1, to: most, otherwise: most })
  const nodes = new Map<string, Node>()
  const edges = new Map<string, Edge>()
  let count = 0
  for await (const known of knownConnections(call, ({ self }) => passes(self, conditions))) {
    if (count++ === top) break
    draw(known, progressIn(known, services).status, nodes, edges)
  }
  return json(200, { nodes: [...nodes.values()], edges: [...edges.values()], truncated: count > top })
}

function draw(known: Known, state: string, nodes: Map<string, Node>, edges: Map<string, Edge>): void {
  const { self, facts } = known
  const add = (kind: NodeKind, id: string, name: string): string => {
    const key = id.toLowerCase()
    if (!nodes.has(key)) nodes.set(key, { id: key, kind, name })
    return key
  }
  const roles = self.roles.map((role) => grantName(targetOf(self.type)?.grants, role) ?? role)
  const of = { id: linkerId(self.cluster.id, self.name), name: self.name, state, type: self.type, auth: self.auth }
  const join = (from: string, to: string, kind: Edge['kind'], more: object = {}): void => {
    const key = `${kind} ${from} ${to}`
    const edge = edges.get(key) ?? { from, to, kind, connections: [] }
    edges.set(key, edge)
    edge.connections.push({ ...of, ...more })
  }
  const cluster = add('cluster', self.cluster.id, nameOf(self.cluster))
  const namespace = add('namespace', `${self.cluster.id}/namespaces/${self.namespace}`, self.namespace)
  const target = add('target', self.target.id, nameOf(self.target))
  join(cluster, namespace, 'contains')
  const account = authTypeOf(self).serviceAccount ? facts.serviceAccount : undefined
  const pods = account === undefined ? namespace : add('serviceAccount', `${namespace}/serviceaccounts/${account}`, account)
  if (pods !== namespace) join(namespace, pods, 'contains')
  if (!self.identity) {
    join(pods, target, 'reaches')
    return
  }
  const identity = add('identity', self.identity.id, nameOf(self.identity))
  join(pods, identity, 'signsInAs')
  join(identity, target, 'reaches', { roles })
}

// Where a target is: the resource that owns firewall and keys, and the id with the child that the type's ids have. Children of one resource share its
// target loop, and each of them is a target of its own.
import { endpointLoop, endpointTarget } from './endpoint-target.ts'
import { owner as ownerIn, parseResourceId, type ResourceId, sameId } from './resource-id.ts'
import type { TargetType } from './target-type.ts'

/** `id`: of the child; the resource itself where ids of the type have none. Both are ARM ids, or both name an endpoint (endpoint-target.ts). */
export type TargetPlace = { readonly owner: string; readonly id: string }

type Placed = Pick<TargetType, 'on' | 'child'>

/** The types whose ids look like this one: the ARM type and the child that such ids have. Most often there is one. */
export const targetTypesOf = (id: ResourceId, types: readonly TargetType[]): readonly TargetType[] =>
  types.filter((type) => {
    const place = targetAt(id, type)
    return place !== undefined && sameId(place.id, id.id)
  })

/** If `id` is one of this type. A constant child may be left out, a name may not. `undefined`: it is none. */
export function targetAt(id: ResourceId, type: Placed): TargetPlace | undefined {
  const { child, on } = type
  const owner = 'armType' in on ? ownerIn(id.id, on.armType) : undefined
  if (owner === undefined || !('armType' in on)) return undefined
  const depth = on.armType.split('/').length - 1
  const [types, names] = [id.types.slice(depth), id.names.slice(depth)]
  if (child.kind === 'named') return sameId(types.join('/'), child.path) ? { owner, id: childId(owner, child.path, names) } : undefined
  const rest = types.flatMap((one, index) => [one, names[index] ?? '']).join('/')
  const path = child.kind === 'fixed' ? child.path : ''
  return rest === '' || sameId(rest, path) ? { owner, id: path === '' ? owner : `${owner}/${path}` } : undefined
}

/**
 * The target on a resource. `child`: the names of its child, with `/` between them. `undefined`: the resource is not of this type, or the names are
 * not valid, or not as many as ids of this type have.
 */
export function targetOn(resource: ResourceId, type: Placed, child?: string): TargetPlace | undefined {
  if (type.child.kind !== 'named') return child === undefined ? targetAt(resource, type) : undefined
  const [path, names] = [type.child.path, (child ?? '').split('/')]
  const id = names.length === path.split('/').length ? parseResourceId(childId(resource.id, path, names)) : undefined
  return id && targetAt(id, type)
}

/**
 * The target without an ARM id. Where the type has named children, `endpoint` ends with the name of one: `<host>/<database>`. `undefined`: the type has
 * none such, or this is not an endpoint.
 */
export function targetAtEndpoint(endpoint: string, { on, child }: Placed): TargetPlace | undefined {
  if (!('endpoint' in on)) return undefined
  const [, server = endpoint, name] = (child.kind === 'named' && childOfServer.exec(endpoint)) || []
  if (child.kind === 'named' && name === undefined) return undefined
  const target = endpointTarget(on.endpoint, server)
  const owner = target && endpointLoop(target).id
  return owner === undefined ? undefined : { owner, id: name === undefined ? owner : `${owner}/${name}` }
}
const childOfServer = /^(.+)\/([a-z0-9_][a-z0-9_.$-]{0,62})$/i

/** The names of the child, `<name>/<name>` for `gremlinDatabases/graphs`. */
export const childNames = ({ child }: Placed): string => (child.kind === 'named' ? child.path.replaceAll(/[^/]+/g, '<name>') : '')

/** An example id or endpoint of this type, for messages. */
export function exampleOf({ on, child }: Placed): string {
  if (!('armType' in on)) {
    const server = { ConfluentBootstrapServer: '<host>:<port>', ConfluentSchemaRegistry: 'https://<host>', SelfHostedServer: '<host>' }[
      on.endpoint
    ]
    return child.kind === 'named' ? `${server}/<name>` : server
  }
  const [provider = '', ...types] = on.armType.split('/')
  const owner = `/subscriptions/<subscription>/resourceGroups/<group>/providers/${provider}/${types.map((name) => `${name}/<name>`).join('/')}`
  if (child.kind === 'none') return owner
  return child.kind === 'fixed' ? `${owner}/${child.path}` : childId(owner, child.path, childNames({ on, child }).split('/'))
}

const childId = (owner: string, path: string, names: readonly string[]): string =>
  [owner, ...path.split('/').flatMap((type, index) => [type, names[index] ?? ''])].join('/')

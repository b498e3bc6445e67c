// What the model has to know of a target type to understand a declaration; targets/target-type.ts adds the rest, and the catalogue is passed in.

import type { Auth } from './auth.ts'
import type { Grants } from './grant.ts'
import { parseResourceId, type ResourceId, sameId } from './resource-id.ts'

/** What ids of a type have below the resource: nothing, or a constant path such as `blobServices/default`. */
export type Child = { readonly kind: 'none' } | { readonly kind: 'fixed'; readonly path: string }
export const fixed = (path: string): Child => ({ kind: 'fixed', path })

/** The names of targets/catalogue.ts, as Azure Service Connector has them. */
export type TargetTypeName = 'storage-blob' | 'storage-queue' | 'storage-table' | 'storage-file'

export type TargetType = {
  readonly type: TargetTypeName
  readonly displayName: string
  /** The resource that owns firewall and keys, by its ARM type in lower case: `microsoft.storage/storageaccounts`. */
  readonly on: { readonly armType: string }
  readonly child: Child
  /** Other names for it in tags. */
  readonly aliases: readonly string[]
  /** First = default. */
  readonly auth: readonly Auth[]
  readonly clients: readonly string[]
  /** Clients that Azure Service Connector documents for some auth types only. */
  readonly clientsByAuth?: Readonly<Partial<Record<Auth, readonly string[]>>>
  readonly grants: Grants
  /** The keys of the Secret before customizing: exactly those of Azure Service Connector. */
  keys(auth: Auth, client: string): readonly string[]
}

/** By its name or an alias, ignoring case. */
export function targetTypeNamed(word: string, types: readonly TargetType[]): TargetType | undefined {
  const name = word.toLowerCase()
  return types.find((type) => [type.type, ...type.aliases].some((other) => other.toLowerCase() === name))
}

/** The type whose ids look like this one: the ARM type and the child that such ids have. */
export function targetTypeOf(id: ResourceId, types: readonly TargetType[]): TargetType | undefined {
  return types.find(
    (type) => ownerOf(id, type) !== undefined && (type.child.kind === 'none' ? id.parent === undefined : id.parent !== undefined),
  )
}

/** The resource that owns firewall and keys, if `id` is that resource or the child that ids of this type have. `undefined`: it is neither. */
export function ownerOf(id: ResourceId, type: TargetType): string | undefined {
  const depth = type.on.armType.split('/').length - 1
  const path = id.types.flatMap((name, index) => [name, id.names[index] ?? ''])
  const rest = path.slice(depth * 2).join('/')
  const owner = [`/subscriptions/${id.subscription}/resourceGroups/${id.group}/providers/${id.provider}`, ...path.slice(0, depth * 2)].join(
    '/',
  )
  if (parseResourceId(owner)?.type !== type.on.armType.toLowerCase()) return undefined
  return rest === '' || (type.child.kind === 'fixed' && sameId(rest, type.child.path)) ? owner : undefined
}

/** The id as connections store it: the resource with the type's child. */
export const idWithChild = (owner: string, { child }: Pick<TargetType, 'child'>): string =>
  child.kind === 'none' ? owner : `${owner}/${child.path}`

/** An example id of this type, for messages. */
export const exampleOf = (type: TargetType): string => {
  const [provider = '', ...types] = type.on.armType.split('/')
  const path = types.map((name) => `${name}/<name>`).join('/')
  return idWithChild(`/subscriptions/<subscription>/resourceGroups/<group>/providers/${provider}/${path}`, type)
}

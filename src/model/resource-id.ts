// ARM resource ids. They arrive from callers, tags and events, so they are hostile input: anything that does not have exactly this shape is rejected.
// ARM ignores their case and answers `resourcegroups` here and `resourceGroups` there, so compare with `sameId`. Name rules:
// https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules

export type ResourceId = {
  /** Normalised: `/subscriptions/<lower case>/resourceGroups/<group>/providers/…`; names, types and provider as written. */
  readonly id: string
  /** Lower case. */
  readonly subscription: string
  readonly group: string
  readonly provider: string
  readonly types: readonly string[]
  readonly names: readonly string[]
  /** Lower case, `microsoft.storage/storageaccounts/blobservices`. */
  readonly type: string
  /** The last name. */
  readonly name: string
  /** The parent resource; absent at the top. */
  readonly parent?: string
}

/** An extension resource, of another provider than the resource that it extends: a linker on a cluster, a role assignment on a storage account. */
export type ExtensionId = { readonly id: string; readonly on: ResourceId; readonly type: string; readonly name: string }

const longest = 1024
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
/** Only resource group names may contain letters of any script. */
const groupName = /^[\p{L}\p{Nd}_.()-]{0,89}[\p{L}\p{Nd}_()-]$/u
const providerName = /^[a-z0-9]{1,40}(\.[a-z0-9]{1,40}){1,3}$/i
const typeName = /^[a-z0-9]{1,80}$/i
const resourceName = /^[a-z0-9_(][a-z0-9_.()@~-]{0,259}$/i

/** `undefined`: this is not the id of a resource. */
export function parseResourceId(text: unknown): ResourceId | undefined {
  const parts = segments(text)
  if (!parts) return undefined
  const [, subscriptions, subscription = '', resourceGroups, group = '', providers, provider = '', ...path] = parts
  if (!word(subscriptions, 'subscriptions') || !word(resourceGroups, 'resourceGroups') || !word(providers, 'providers')) return undefined
  if (!uuid.test(subscription) || !groupName.test(group)) return undefined
  const pairs = typesAndNames(provider, path)
  if (!pairs) return undefined
  const { types, names } = pairs
  const above = `/subscriptions/${subscription.toLowerCase()}/resourceGroups/${group}/providers/${provider}`
  const idOf = (depth: number): string => [above, ...types.slice(0, depth).flatMap((type, index) => [type, names[index]])].join('/')
  return {
    id: idOf(types.length),
    subscription: subscription.toLowerCase(),
    group,
    provider,
    types,
    names,
    type: [provider, ...types].join('/').toLowerCase(),
    name: names.at(-1) ?? '',
    ...(types.length > 1 ? { parent: idOf(types.length - 1) } : {}),
  }
}

/** Parses a resource group id, also if an action or other segments follow it. `undefined`: not of this shape. */
export function parseGroupId(text: unknown): string | undefined {
  const [, subscriptions, subscription = '', resourceGroups, group = ''] = segments(text) ?? []
  if (!word(subscriptions, 'subscriptions') || !word(resourceGroups, 'resourceGroups')) return undefined
  if (!uuid.test(subscription) || !groupName.test(group)) return undefined
  return `/subscriptions/${subscription.toLowerCase()}/resourceGroups/${group}`
}

/** `…/managedClusters/c/providers/Microsoft.ServiceLinker/linkers/x`. `undefined`: not of this shape. */
export function parseExtensionId(text: unknown): ExtensionId | undefined {
  const parts = segments(text)
  if (!parts) return undefined
  const at = parts.findLastIndex((part) => word(part, 'providers'))
  if (at < 7) return undefined
  const on = parseResourceId(parts.slice(0, at).join('/'))
  const [provider = '', ...path] = parts.slice(at + 1)
  const pairs = typesAndNames(provider, path)
  if (!on || !pairs) return undefined
  const { types, names } = pairs
  const tail = [provider, ...types.flatMap((type, index) => [type, names[index]])].join('/')
  return { id: `${on.id}/providers/${tail}`, on, type: [provider, ...types].join('/').toLowerCase(), name: names.at(-1) ?? '' }
}

/** For ids that were already parsed at the boundary: throws on anything else. */
export function resourceId(id: string): ResourceId {
  const parsed = parseResourceId(id)
  if (!parsed) throw new TypeError('Not the id of a resource')
  return parsed
}

export const sameId = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()

/** The id of a resource's group. */
export function groupId(id: string): string {
  const { subscription, group } = resourceId(id)
  return `/subscriptions/${subscription}/resourceGroups/${group}`
}

/** The id cut to the resource of `type` (`microsoft.storage/storageaccounts`) that it is or lies in; `undefined`: it lies in none. */
export function owner(id: string, type: string): string | undefined {
  let at = parseResourceId(id)
  while (at && at.type !== type.toLowerCase()) at = parseResourceId(at.parent)
  return at?.id
}

/** `subscription/group/name` of the top resource: what policy patterns are compared with. */
export function short(id: string): string {
  const { subscription, group, names } = resourceId(id)
  return `${subscription}/${group}/${names[0]}`
}

const word = (segment: string | undefined, expected: string): boolean => segment?.toLowerCase() === expected.toLowerCase()

/** Compatibility forms (the Kelvin sign, full-width letters) become ASCII letters when lower-cased: two texts, one key. They are refused. */
function segments(text: unknown): readonly string[] | undefined {
  if (typeof text !== 'string' || text.length > longest || !text.startsWith('/') || text.normalize('NFKC') !== text) return undefined
  return text.split('/')
}

function typesAndNames(provider: string, path: readonly string[]): { types: readonly string[]; names: readonly string[] } | undefined {
  if (!providerName.test(provider) || path.length === 0 || path.length % 2 !== 0 || path.length > 10) return undefined
  const types = path.filter((_, index) => index % 2 === 0)
  const names = path.filter((_, index) => index % 2 === 1)
  if (!types.every((type) => typeName.test(type) && !word(type, 'providers'))) return undefined
  return names.every((name) => resourceName.test(name)) ? { types, names } : undefined
}

// ARM ids. They are case-insensitive, so every key and comparison is in lower case, while answers keep the casing of their writer (AKS and Managed
// Identity answer `resourcegroups` in lower case, most others `resourceGroups`).

/** The key of an id in every table. */
export const keyOf = (id: string): string => id.replace(/\/+$/, '').toLowerCase()

export const sameId = (a: string, b: string): boolean => keyOf(a) === keyOf(b)

/** Is `id` at or below `scope`? `/` is above everything. */
export function isWithin(id: string, scope: string): boolean {
  const [inner, outer] = [keyOf(id), keyOf(scope)]
  return outer === '' || inner === outer || inner.startsWith(`${outer}/`)
}

export type Parsed = {
  readonly subscription?: string
  readonly group?: string
  /** `Microsoft.Network/virtualNetworks/subnets` of the last `/providers/` part. */
  readonly type?: string
  readonly name?: string
  /** What stands before the last `/providers/` part: for an extension resource the extended one. */
  readonly parent: string
}

export function parseId(id: string): Parsed {
  const at = id.toLowerCase().lastIndexOf('/providers/')
  const parent = at < 0 ? id : id.slice(0, at)
  const [, subscription] = /^\/subscriptions\/([^/]+)/i.exec(id) ?? []
  const [, group] = /^\/subscriptions\/[^/]+\/resourcegroups\/([^/]+)/i.exec(id) ?? []
  const [namespace, ...rest] = at < 0 ? [] : id.slice(at + '/providers/'.length).split('/')
  const types = rest.filter((_, index) => index % 2 === 0)
  const name = rest.length % 2 === 0 ? rest.at(-1) : undefined
  return {
    ...(subscription === undefined ? {} : { subscription }),
    ...(group === undefined ? {} : { group }),
    ...(namespace === undefined ? {} : { type: [namespace, ...types].join('/') }),
    ...(name === undefined ? {} : { name }),
    parent,
  }
}

/** The group of a resource, as an id. */
export function groupOf(id: string): string | undefined {
  return /^\/subscriptions\/[^/]+\/resourcegroups\/[^/]+/i.exec(id)?.[0]
}

// The answer of `configurationNames`: which keys a Secret gets, by kind of target, auth and client. The query selects by a filter in OData's form.
// https://learn.microsoft.com/rest/api/servicelinker/configuration-names/list
import { authTypeNamed } from '../auth/catalogue.ts'
import type { TargetType } from '../model/target-type.ts'

const fields = ['targetService', 'clientType', 'authType'] as const
type Names = Readonly<Record<(typeof fields)[number], string>> & {
  readonly names: readonly { readonly value: string; readonly description: string }[]
}
export type Filter = Readonly<Partial<Record<(typeof fields)[number], string>>>

/** `undefined`: it is not a filter of this form. Names and values ignore case, as resource types do. */
export function parseFilter(text: string): Filter | undefined {
  const parts = text.trim() === '' ? [] : text.trim().split(/\s+and\s+/i)
  const entries = parts.map((part) => {
    const [, name = '', value = ''] = /^(\w+)\s+eq\s+'([^']*)'$/i.exec(part) ?? []
    const field = fields.find((one) => one.toLowerCase() === name.toLowerCase())
    return field && ([field, value] as const)
  })
  const known = entries.filter((entry) => entry !== undefined)
  return known.length === entries.length && new Set(known.map(([field]) => field)).size === known.length
    ? Object.fromEntries(known)
    : undefined
}

export const configurationNamesOf = (targets: readonly TargetType[], filter: Filter): object => ({
  // Kinds of one resource have one type: where their Secrets differ, each has an entry.
  value: [...new Map(targets.flatMap(namesOf).map((one) => [JSON.stringify(one), one])).values()]
    .filter((one) => fields.every((field) => filter[field] === undefined || filter[field].toLowerCase() === one[field].toLowerCase()))
    .map((properties) => ({ properties })),
})

const namesOf = (target: TargetType): readonly Names[] =>
  target.auth
    // Only authType is said here. What needs more than that to be asked for has the keys of another.
    .filter((auth) => authTypeNamed(auth).wire.resourceProperties === undefined)
    .flatMap((auth) =>
      (target.clientsByAuth?.[auth] ?? target.clients).map((clientType) => ({
        targetService: serviceOf(target),
        clientType,
        authType: authTypeNamed(auth).wire.authType,
        names: target.keys(auth, clientType).map((value) => ({ value, description: '' })),
      })),
    )

/** The resource type of its ids, in capitals: `MICROSOFT.STORAGE/STORAGEACCOUNTS/BLOBSERVICES`. */
function serviceOf({ on, child }: TargetType): string {
  if ('endpoint' in on) return (on.soldAs ?? on.endpoint).toUpperCase()
  const below = child.kind === 'none' ? '' : `/${child.kind === 'fixed' ? child.path.split('/')[0] : child.path}`
  return `${on.armType}${below}`.toUpperCase()
}

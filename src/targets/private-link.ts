// Private endpoints of a target: the part of the resource that one is for, and the DNS zones that clients find it by, both as in
// https://learn.microsoft.com/azure/private-link/private-endpoint-dns
import type { ServiceFacts } from '../model/facts.ts'
import type { Target } from './target-type.ts'

/** `zones`: one for each domain that the service has names in. */
export type PrivateLink = { readonly subresource: string; readonly zones: readonly string[] }

/** A zone is that of the names of the service in its cloud, under `privatelink`; two have zones of another form. `undefined`: there can be none. */
export function privateLinkOf(
  { privateLink: subresource }: Pick<Target, 'privateLink'>,
  { endpoint, host, more = {} }: ServiceFacts,
): PrivateLink | undefined {
  const [name, ...others] = [host ?? nameIn(endpoint), ...Object.values(more).map(nameIn)]
  if (subresource === undefined || name === undefined || isOfRegion(name)) return undefined
  const zones = [name, ...others.filter((other) => !isOfRegion(other))].map((one) => zoneOf(one, subresource))
  return { subresource, zones: [...new Set(zones)] }
}

const nameIn = (url: string): string => new URL(url).hostname

/** A host of a whole region: the account needs one of its own first. */
const isOfRegion = (name: string): boolean => name.includes('.api.cognitive.')

function zoneOf(name: string, subresource: string): string {
  const [, ...labels] = name.split('.')
  // Names of Redis Enterprise have their region in them, the zone has not.
  const [first = '', ...rest] = subresource === 'redisEnterprise' ? labels.slice(1) : labels
  return ['privatelink', subresource === 'vault' ? `${first}core` : first, ...rest].join('.')
}

// Private endpoints of a target: the part of the resource that one is for, and the DNS zone that clients find it by, both as in
// https://learn.microsoft.com/azure/private-link/private-endpoint-dns
import type { ServiceFacts } from '../model/facts.ts'
import type { Target } from './target-type.ts'

export type PrivateLink = { readonly subresource: string; readonly zone: string }

/** The zone is that of the names of the service in its cloud, under `privatelink`; two have zones of another form. `undefined`: there can be none. */
export function privateLinkOf(
  { privateLink: subresource }: Pick<Target, 'privateLink'>,
  { endpoint, host }: ServiceFacts,
): PrivateLink | undefined {
  const name = host ?? new URL(endpoint).hostname
  // A host of a whole region: the account needs one of its own first.
  if (subresource === undefined || name.includes('.api.cognitive.')) return undefined
  const [, ...labels] = name.split('.')
  // Names of Redis Enterprise have their region in them, the zone has not.
  const [first = '', ...rest] = subresource === 'redisEnterprise' ? labels.slice(1) : labels
  return { subresource, zone: ['privatelink', subresource === 'vault' ? `${first}core` : first, ...rest].join('.') }
}

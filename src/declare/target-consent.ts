// Consent by the tag `connect-allow` of a target: its owner says which clusters and namespaces may be connected to it. Where the installation has it switched
// on, each entry counts as a policy for this target alone: without secrets, with the default roles, with identities that the app makes.
import type { ResourcePlace } from '../model/connect-rule.ts'
import { keyOf } from '../model/loop.ts'
import type { Policy } from '../model/policy.ts'
import { resourceId, short } from '../model/resource-id.ts'
import type { TargetType } from '../model/target-type.ts'
import { tagIn } from './place-match.ts'

/** Resource Graph's query has it in this spelling. */
export const consentTag = 'connect-allow'

/** `[[<subscription>/]<group>/]<cluster>:<namespace>`; what is left out is that of the target. `*` stands for any run of characters but in the subscription. */
const entry = /^(?:(?:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\/)?([\w.()*-]{1,90})\/)?([\w*-]{1,63}):([a-z0-9*-]{1,63})$/i

/** Keys and connection strings open more than the owner of a tag can know. */
const secretless = ['workload-identity']

/** What is not understood allows nothing. `types`: resources of other types are no targets, whatever their tags say. */
export function consentsOf(place: ResourcePlace, types: readonly TargetType[]): readonly Policy[] {
  const { subscription, group, type } = resourceId(place.id)
  if (!types.some(({ on }) => 'armType' in on && on.armType.toLowerCase() === type)) return []
  const words = (tagIn(place.tags, consentTag) ?? '').split(/[\s,]+/).filter((word) => word !== '')
  return words.flatMap((word, at) => {
    const [, inSubscription = subscription, inGroup = group, cluster, namespace] = entry.exec(word) ?? []
    if (cluster === undefined || namespace === undefined) return []
    const allow = {
      clusters: [`${inSubscription}/${inGroup}/${cluster}`],
      targets: [short(place.id)],
      namespaces: [namespace],
      auth: secretless,
    }
    return [{ name: `target:${keyOf(place.id)}:${at}`, allow, from: place.id }]
  })
}

// Keeps the consents that targets give by their own tag: what Resource Graph lists is added, and what it does not list any more is removed when the target
// itself says so, because the graph leaves out what it cannot show.
import { mapConcurrent } from '../../contract/map-concurrent.ts'
import { consentsOf } from '../../declare/target-consent.ts'
import { isSame } from '../../model/canonical.ts'
import type { ResourcePlace } from '../../model/connect-rule.ts'
import type { Policy } from '../../model/policy.ts'
import { sameId } from '../../model/resource-id.ts'
import type { Call } from '../http/call.ts'
import { reconcileAll } from './reconcile-all.ts'

/** `listed`: resources with the tag, among others. */
export async function keepConsents(
  policies: readonly Policy[],
  listed: readonly ResourcePlace[],
  waking: Pick<Call, 'services' | 'hub' | 'context'>,
): Promise<void> {
  const { store, installation, placeOf, targets } = waking.services
  const before = policies.filter(({ from }) => from !== undefined)
  const now = installation.targetConsent ? listed.flatMap((place) => consentsOf(place, targets)) : []
  const doubtful = before.filter((one) => !now.some((other) => other.name === one.name))
  const confirmed = await mapConcurrent(doubtful, 8, async (one) => {
    if (!installation.targetConsent || listed.some(({ id }) => sameId(id, one.from ?? ''))) return []
    const place = await placeOf(one.from ?? '')
    if (place === 'unknown') return [one]
    return place ? consentsOf(place, targets).filter(({ name }) => name === one.name) : []
  })
  const after = [...now, ...confirmed.flat()]
  const added = after.filter((one) => !before.some((other) => isSame(other, one)))
  const removed = before.filter((one) => !after.some(({ name }) => name === one.name))
  await mapConcurrent(added, 8, (one) => store.putPolicy(one))
  await mapConcurrent(removed, 8, ({ name }) => store.deletePolicy(name))
  if (added.length + removed.length > 0) await reconcileAll(waking)
}

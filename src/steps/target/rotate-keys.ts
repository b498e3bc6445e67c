// Rotates the two keys of a target once a person has requested it: the key that no Secret has is regenerated, every connection switches to it, and after
// a time in which pods can be restarted the former key is regenerated. Which key connections use from then on is a fact of the target.
//
// Regenerating cannot be undone or made conditional, so its effect is what counts: a key whose digest differs from the one before the rotation has been
// regenerated, also by a person, and also if the answer was lost (docs/adr/0046-rotation-belongs-to-the-target.md).

import { authTypeOf } from '../../auth/catalogue.ts'
import type { Observation, Step } from '../../contract/step.ts'
import { mayRotateKeys } from '../../declare/consent.ts'
import type { Connection } from '../../model/connection.ts'
import { firstSlot, type KeySlot, otherSlot } from '../../model/key-slot.ts'
import type { DesiredObjects, Need, ObservedState } from '../../model/managed-object.ts'
import type { RenewedKey } from '../../model/managed-objects.ts'
import { selfOf } from '../../model/readers.ts'
import { resourceId } from '../../model/resource-id.ts'
import { isUnderWay, progressIn, type Rotation, type RotationProgress } from '../../model/rotation.ts'
import type { View } from '../../model/view.ts'
import { minute, nameOf } from '../../model/words.ts'
import { resourceOf } from '../../targets/catalogue.ts'
import { renewalByHand } from '../by-hand/keys.ts'
import { type ObservedKeys, observeKeys } from './keys.ts'

type TargetView = View<'target'>

export const rotateKeys: Step<'target', RenewedKey, ObservedKeys | undefined> = {
  name: 'rotate-keys',
  loop: 'target',
  after: ['read-target', 'open-firewall'],
  reads: ['connection'],
  serves: usesKey,
  concerns: usesKey,
  inputs: ({ rotation, facts }) => [rotation, facts.rotation, facts.keys],

  desired(view): DesiredObjects<RenewedKey> {
    const { rotation, facts } = view
    const users = view.members.filter(usesKey)
    if (!isUnderWay(rotation, facts.rotation) || facts.gone || users.length === 0) return { objects: [] }
    const progress = progressIn(rotation, facts.rotation)
    if (!progress) return { objects: [] }
    const other = renewedKey(view, rotation, otherSlot(progress.from))
    const former = renewedKey(view, rotation, progress.from)
    if (!users.some((member) => mayRotateKeys(member, view.policies)))
      return { objects: [], later: [other, former], faults: [{ code: 'RotationNotAllowed', about: { target: nameOf(view.loop) } }] }
    if (facts.keys?.rotation !== rotation.at) return { objects: [other], later: [former] }
    const waiting = usersOfFormer(view, rotation).map((member) => untilSwitched(member, view))
    const isOver = progress.switchedAt !== undefined && view.now >= progress.switchedAt + rotation.overlapMs
    return isOver && waiting.length === 0 ? { objects: [other, former] } : { objects: [other], later: [former], waiting }
  },

  async observe(view, { objects }, ports) {
    const { rotation, facts, members } = view
    if (!isUnderWay(rotation, facts.rotation) || facts.gone) return { observed: [], found: undefined }
    const resource = resourceOf(resourceId(view.loop.id).type)
    if (!resource?.renewal || !members.some(usesKey)) return { observed: [], facts: abandoned(rotation, view), found: undefined }
    const found = await observeKeys(view.loop.id, resource, ports)
    const progress = progressIn(rotation, facts.rotation)
    if (!progress) {
      const from = facts.keys?.slot ?? firstSlot
      return { observed: [], facts: { rotation: { of: rotation.at, from, before: found.digests } }, found }
    }
    const isRenewed = ({ slot }: RenewedKey): boolean => found.digests[slot] !== progress.before[slot]
    const observed = objects.map(
      (key): ObservedState => (isRenewed(key) ? { id: key.id, state: 'same', mark: 'none' } : { id: key.id, state: 'absent' }),
    )
    return { observed, ...after(objects.filter(isRenewed), rotation, progress, view), found }
  },

  async apply(changes, found, view, ports) {
    const resource = resourceOf(resourceId(view.loop.id).type)
    const key = changes.find(({ action }) => action === 'create')?.object
    if (!key || !resource?.renewal) return { done: true }
    const { action, body } = resource.renewal
    const { operation } = await ports.arm.regenerate(view.loop.id, action, resource.apiVersion, body(key.slot, found?.ids[key.slot] ?? ''))
    if (operation === undefined) return { done: true }
    const what = `regenerate the ${key.slot} key of ${nameOf(view.loop)}`
    return { started: { url: operation, startedAt: ports.now(), what, objects: [key.id], sawSecret: true } }
  },

  byHand: (changes, { loop: { id } }) => renewalByHand(id, changes),
}

function usesKey(member: Connection): boolean {
  return authTypeOf(member).secret === 'fetched'
}

const renewedKey = ({ loop }: TargetView, { at }: Rotation, slot: KeySlot): RenewedKey => ({
  kind: 'renewed-key',
  id: `${loop.id.toLowerCase()}|${at}|${slot}`,
  summary: `a new ${slot} key of ${nameOf(loop)}`,
  slot,
  resource: loop.id,
  retain: true,
})

/** Those whose Secret has the former key, as far as is known. One without a Secret writes the new key at once. */
function usersOfFormer({ members, of }: TargetView, { at }: Rotation): readonly Connection[] {
  return members.filter((member) => {
    const { consent, secretName, keyOf, bindingSecret, daprSecret, shapesKeyOf } = of(selfOf(member))
    const hasFormer = (name: string | undefined, seen: number | undefined): boolean => name !== undefined && seen !== at
    const hasFormerOne = hasFormer(secretName, keyOf) || hasFormer(bindingSecret ?? daprSecret, shapesKeyOf)
    return usesKey(member) && (consent === undefined || hasFormerOne)
  })
}

/** Its facts wake the loop; the scheduled run is for a lost wake. */
const untilSwitched = (member: Connection, { loop, now }: TargetView): Need => ({
  of: [selfOf(member)],
  text: `waiting until the Secret of ${member.name} in namespace ${member.namespace} of cluster ${nameOf(member.cluster)} has the new key of ${nameOf(loop)}`,
  nextRunAt: now + 10 * minute,
  member: member.key,
})

/** What follows from the keys that have been regenerated. */
function after(
  renewed: readonly RenewedKey[],
  rotation: Rotation,
  progress: RotationProgress,
  view: TargetView,
): Pick<Observation<'target', unknown>, 'facts' | 'nextRunAt'> {
  const { at, overlapMs } = rotation
  const { now, facts } = view
  const slot = otherSlot(progress.from)
  const has = (one: KeySlot): boolean => renewed.some((key) => key.slot === one)
  if (!has(slot)) return {}
  if (has(progress.from)) return { facts: { keys: { slot }, rotation: { ...progress, endedAt: now } } }
  const isPublished = facts.keys?.rotation === at
  const isSwitched = isPublished && usersOfFormer(view, rotation).length === 0
  const switchedAt = progress.switchedAt ?? (isSwitched ? now : undefined)
  if (switchedAt === undefined) return { facts: { keys: { slot, rotation: at }, rotation: progress } }
  const until = switchedAt + overlapMs
  return {
    facts: { keys: { slot, rotation: at, until }, rotation: { ...progress, switchedAt } },
    ...(until > now ? { nextRunAt: until } : {}),
  }
}

/** No connection is left for which a key may be regenerated. */
function abandoned(rotation: Rotation, { facts: { keys, rotation: before }, now }: TargetView) {
  const none = { primary: '', secondary: '' }
  const progress = progressIn(rotation, before) ?? { of: rotation.at, from: keys?.slot ?? firstSlot, before: none }
  return { keys: keys && { slot: keys.slot }, rotation: { ...progress, endedAt: now, isAbandoned: true } } as const
}

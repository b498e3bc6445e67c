// The user-assigned identity of the members: created by the app and marked by tags, or provided and then only read. An identity of the cluster's own
// management, of the app itself or of another workload is refused. One that the ledger does not record as created by the app is not used in its
// place, whatever its tags say: its creator could have added credentials to it.

import type { Step } from '../../contract/step.ts'
import { problemOf } from '../../errors/catalogue.ts'
import { Failure } from '../../errors/failure.ts'
import { type AddonIdentity, addonOf } from '../../model/addon-identity.ts'
import type { Code } from '../../model/code.ts'
import type { IdentityFacts } from '../../model/facts.ts'
import { identityKindOf } from '../../model/identity-kind.ts'
import type { DesiredObjects, LedgerEntry, Mark, ObservedState } from '../../model/managed-object.ts'
import type { IdentityObject } from '../../model/managed-objects.ts'
import { identityMarks, identityTags } from '../../model/names.ts'
import type { Fault } from '../../model/problem.ts'
import type { View } from '../../model/view.ts'
import { minute, nameOf } from '../../model/words.ts'
import type { Identity } from '../../ports/azure.ts'
import { byHandIdentity } from '../by-hand/azure.ts'
import { identityUsers } from './identity-users.ts'

export const ensureIdentity: Step<'identity', IdentityObject, Identity | undefined> = {
  name: 'ensure-identity',
  loop: 'identity',
  outlives: true,
  after: [],
  reads: ['cluster'],

  desired(view): DesiredObjects<IdentityObject> {
    // For a connection whose namespace is gone the identity stays, and with it the ServiceAccount name that people have written down.
    const { users, faults: others } = identityUsers(view, view.readers)
    const [first] = [...users].sort((a, b) => (a.key < b.key ? -1 : 1))
    // A service principal belongs to its owner, an add-on's identity to its cluster: neither is a resource that is read or made here.
    if (!first || identityKindOf(view.loop) !== 'managed') return { objects: [], faults: others }
    const provided = users.every((member) => member.provided)
    const tracked = view.tracked('ensure-identity')[0]?.object as IdentityObject | undefined
    const isProvided = users.some((member) => member.provided) || tracked?.retain === true
    const location = view.of(first.cluster).location ?? tracked?.location
    const object: IdentityObject = {
      kind: 'identity',
      id: view.loop.id.toLowerCase(),
      summary: `identity ${nameOf(view.loop)}`,
      resourceId: view.loop.id,
      ...(location === undefined ? {} : { location }),
      provided,
      // An identity that a person names may be used elsewhere as well: it stays, even if the app created it.
      ...(isProvided ? { retain: true } : {}),
    }
    const faults = [...others, ...systemFaults(view)]
    if (faults.length > others.length) return { objects: [], later: [object], faults }
    if (provided || location !== undefined) return { objects: [object], faults }
    const text = `waiting until cluster ${nameOf(first.cluster)} has been read: identity ${nameOf(view.loop)} is made in its region`
    return { objects: [], later: [object], faults, waiting: [{ of: [first.cluster], text, nextRunAt: view.now + 10 * minute }] }
  },

  inputs: addonIn,

  async observe(view, { objects, desired, tracked }, ports) {
    const addon = addonIn(view)
    if (addon) return { observed: [], facts: { ...unowned, ...addon, tenant: view.installation.tenant }, found: undefined }
    const [object = objects[0]] = desired
    if (!object) return { observed: [], facts: unowned, found: undefined }
    const identity = await ports.identities.get(view.loop.id)
    const row = tracked.find((one) => one.object.id === object.id)
    const observed = observedState(object, identity, row, view)
    const faults = identity && desired.length > 0 ? guardedFaults(identity, view) : []
    const isUsable =
      desired.length > 0 && faults.length === 0 && identity && observed.state !== 'unknown' && (observed.state === 'same' || isMade(row))
    if (!isUsable) return { observed: [observed], facts: unowned, faults, found: identity }
    const { clientId, principalId, tenant } = identity
    const madeFor = isMade(row) ? identityUsers(view, view.readers).madeFor : undefined
    return { observed: [observed], facts: { clientId, principalId, tenant, madeFor }, found: identity }
  },

  async apply(changes, identity, view, ports) {
    for (const { action, object } of changes) {
      if (action === 'delete') await ports.identities.delete(object.resourceId)
      else {
        // Tags are replaced as a whole, without an ETag: tags that others wrote since the read stay.
        const before = identity && (await ports.identities.get(object.resourceId))
        if (before && markOf(before, view) === 'foreign') throw takenMeanwhile(object)
        await ports.identities.create(object.resourceId, before?.location ?? object.location ?? '', { ...before?.tags, ...marksOf(view) })
      }
    }
    return { done: true }
  },

  byHand: (changes, view) => byHandIdentity(changes, marksOf(view)),
}

/** Known once the add-on is enabled. All members are of its cluster. */
function addonIn({ loop, members, readers, of }: View<'identity'>): AddonIdentity | undefined {
  const name = addonOf(loop)
  const [first] = [...members, ...readers]
  return name && first ? of(first.cluster).addons?.[name] : undefined
}

const unowned: { readonly [P in 'clientId' | 'principalId' | 'tenant' | 'madeFor']: IdentityFacts[P] | undefined } = {
  clientId: undefined,
  principalId: undefined,
  tenant: undefined,
  madeFor: undefined,
}

const marksOf = (view: View<'identity'>): Readonly<Record<string, string>> => identityMarks(view.installation.name, view.loop.key)

const takenMeanwhile = ({ summary }: IdentityObject): Failure =>
  new Failure({
    class: 'stale',
    code: 'Stale',
    about: { doing: `mark ${summary}`, message: 'another installation or connection marked it meanwhile' },
  })

/** One cluster's kubelet identity is not an identity for pods of any cluster. */
function systemFaults(view: View<'identity'>): readonly Fault[] {
  const members = [...view.members, ...view.readers]
  const isSystem = members.some(({ cluster }) => view.of(cluster).systemIdentities?.includes(view.loop.id.toLowerCase()))
  return isSystem ? members.map(({ key }) => ({ code: 'SystemIdentity', about: { identity: nameOf(view.loop) }, of: key })) : []
}

/** What only the identity itself tells: which one it is, and whose tags it carries. The app's own tags prove nothing without the ledger. */
function guardedFaults({ clientId, principalId, tags }: Identity, view: View<'identity'>): readonly Fault[] {
  const provided = [...view.members, ...view.readers].filter((member) => member.provided)
  const about = { identity: nameOf(view.loop) }
  const faultsOf = (code: Code): readonly Fault[] => provided.map(({ key }) => ({ code, about, of: key }))
  const ids = [clientId, principalId].map((id) => id.toLowerCase())
  const guarded = view.guarded
  if (guarded && ids.some((id) => guarded.ownIdentities.includes(id))) return faultsOf('OwnIdentity')
  if (guarded && ids.some((id) => guarded.systemIdentities.has(id))) return faultsOf('SystemIdentity')
  const installation = tagIn(tags, identityTags.installation)
  return installation !== undefined && installation !== view.installation.name ? faultsOf('IdentityOfAnother') : []
}

const isMade = (row: LedgerEntry<IdentityObject> | undefined): boolean => row !== undefined && row.ownership !== 'adopted'

function observedState(
  object: IdentityObject,
  identity: Identity | undefined,
  row: LedgerEntry<IdentityObject> | undefined,
  view: View<'identity'>,
): ObservedState {
  const { id } = object
  if (!identity) {
    if (!object.provided) return { id, state: 'absent' }
    return { id, state: 'unknown', problem: problemOf({ code: 'IdentityMissing', about: { identity: nameOf(view.loop) } }) }
  }
  // A row of a provided identity says nothing about who created it, whatever was once read from its tags.
  if (object.provided) return { id, state: 'same', mark: isMade(row) && (row?.object.retain || !row?.object.provided) ? 'none' : 'foreign' }
  const mark = markOf(identity, view)
  if (!isMade(row)) return { id, state: 'different', mark: 'foreign', difference: notOurs[mark] }
  return mark === 'ours' ? { id, state: 'same', mark } : { id, state: 'different', mark, difference: notOurs[mark] }
}

const notOurs = {
  ours: 'it carries the tags of this installation, which has no record of creating it',
  foreign: 'another installation or connection has marked it',
  none: 'it does not carry the tags of this installation',
} as const

function markOf({ tags }: Identity, view: View<'identity'>): Exclude<Mark, 'offered'> {
  const installation = tagIn(tags, identityTags.installation)
  if (installation === undefined) return 'none'
  return installation === view.installation.name && tagIn(tags, identityTags.loop) === view.loop.key ? 'ours' : 'foreign'
}

/** Tag names are case-insensitive: https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources#limitations */
const tagIn = (tags: Identity['tags'], name: string): string | undefined =>
  Object.entries(tags).find(([other]) => other.toLowerCase() === name)?.[1]

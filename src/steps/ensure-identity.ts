// The user-assigned identity of the members: made by us and marked by tags, or given and then only looked at. An identity of the cluster's own
// management is refused. A stranger that bears our identity's name is not used: its maker could have put credentials of his own into it.
import type { IdentityFacts } from '../domain/facts.ts'
import type { Key } from '../domain/loop.ts'
import { identityMarks, identityTags } from '../domain/names.ts'
import type { Fault } from '../domain/problem.ts'
import { servicePrincipalOf } from '../domain/service-principal.ts'
import type { Hold, Mark, Seen, Wanted } from '../domain/thing.ts'
import type { View } from '../domain/view.ts'
import { problemOf } from '../errors/catalogue.ts'
import { Failure } from '../errors/failure.ts'
import { byHandIdentity } from './by-hand-azure.ts'
import type { Identity } from './ports.ts'
import type { Step } from './step.ts'
import type { IdentityThing } from './things.ts'
import { minute, nameOf } from './words.ts'

export const ensureIdentity: Step<'identity', IdentityThing, Identity | undefined> = {
  name: 'ensure-identity',
  loop: 'identity',
  after: [],
  reads: ['cluster'],

  wanted(view): Wanted<IdentityThing> {
    // Of a connection whose namespace is gone the identity stays, and with it the name of the ServiceAccount that people have written down.
    const members = [...view.members, ...view.readers].sort((a, b) => (a.key < b.key ? -1 : 1))
    const [first] = members
    // A service principal is its owner's, and no resource that could be read.
    if (!first || servicePrincipalOf(view.loop) !== undefined) return { things: [] }
    const given = members.every((member) => member.given)
    const held = view.held('ensure-identity')[0]?.thing as IdentityThing | undefined
    const location = view.of(first.cluster).location ?? held?.location
    const thing: IdentityThing = {
      kind: 'identity',
      id: view.loop.id.toLowerCase(),
      summary: `identity ${nameOf(view.loop)}`,
      resourceId: view.loop.id,
      ...(location === undefined ? {} : { location }),
      given,
    }
    const faults = systemFaults(view)
    if (faults.length > 0) return { things: [], later: [thing], faults }
    if (given || location !== undefined) return { things: [thing] }
    const text = `waiting until cluster ${nameOf(first.cluster)} has been read: identity ${nameOf(view.loop)} is made in its region`
    return { things: [], later: [thing], waiting: [{ of: [first.cluster], text, lookAt: view.now + 10 * minute }] }
  },

  async observe(view, wanted, held, ports) {
    const rows = new Map(held.map((row) => [row.thing.id, row]))
    const [thing] = [...wanted, ...held.map((row) => row.thing)]
    if (!thing) return { seen: [], facts: nobody, found: undefined }
    const identity = await ports.identities.get(view.loop.id)
    const seen = look(thing, identity, view)
    const isUsable =
      wanted.length > 0 && identity && seen.state !== 'unseen' && (seen.state === 'same' || isOurs(seen, rows.get(thing.id)?.hold))
    const facts = isUsable ? { clientId: identity.clientId, principalId: identity.principalId, tenant: identity.tenant } : nobody
    return { seen: [seen], facts, found: identity }
  },

  async apply(changes, identity, view, ports) {
    for (const { action, thing } of changes) {
      if (action === 'delete') await ports.identities.delete(thing.resourceId)
      else {
        // Tags are replaced as a whole, without an ETag: those that others wrote since the look stay.
        const before = identity && (await ports.identities.get(thing.resourceId))
        if (before && markOf(before, view) === 'foreign') throw takenMeanwhile(thing)
        await ports.identities.create(thing.resourceId, before?.location ?? thing.location ?? '', { ...before?.tags, ...marksOf(view) })
      }
    }
    return { done: true }
  },

  byHand: (changes, view) => byHandIdentity(changes, marksOf(view)),
}

const nobody: { readonly [P in 'clientId' | 'principalId' | 'tenant']: IdentityFacts[P] | undefined } = {
  clientId: undefined,
  principalId: undefined,
  tenant: undefined,
}

const marksOf = (view: View<'identity'>): Readonly<Record<string, string>> => identityMarks(view.rules.installation, view.loop.key)

const takenMeanwhile = ({ summary }: IdentityThing): Failure =>
  new Failure({
    class: 'stale',
    code: 'Stale',
    about: { doing: `mark ${summary}`, message: 'another installation or connection marked it meanwhile' },
  })

/** One cluster's kubelet identity is no identity for pods of any cluster. */
function systemFaults(view: View<'identity'>): readonly Fault[] {
  const members = [...view.members, ...view.readers]
  const isSystem = members.some(({ cluster }) => view.of(cluster).systemIdentities?.includes(view.loop.id.toLowerCase()))
  return isSystem
    ? members.map(({ key }: { readonly key: Key }) => ({ code: 'SystemIdentity', about: { identity: nameOf(view.loop) }, of: key }))
    : []
}

function look(thing: IdentityThing, identity: Identity | undefined, view: View<'identity'>): Seen {
  const { id } = thing
  if (!identity) {
    if (!thing.given) return { id, state: 'absent' }
    return { id, state: 'unseen', problem: problemOf({ code: 'IdentityMissing', about: { identity: nameOf(view.loop) } }) }
  }
  const mark = markOf(identity, view)
  if (thing.given || mark === 'ours') return { id, state: 'same', mark }
  const difference = mark === 'foreign' ? 'another installation or connection has marked it' : 'it does not carry our tags'
  return { id, state: 'different', mark, difference }
}

function markOf({ tags }: Identity, view: View<'identity'>): Mark {
  const carried = new Map(Object.entries(tags).map(([name, value]) => [name.toLowerCase(), value]))
  const installation = carried.get(identityTags.installation)
  if (installation === undefined) return 'none'
  return installation === view.rules.installation && carried.get(identityTags.loop) === view.loop.key ? 'ours' : 'foreign'
}

const isOurs = (seen: Seen, hold: Hold | undefined): boolean =>
  seen.state === 'different' && seen.mark === 'none' && hold !== undefined && hold !== 'adopted'

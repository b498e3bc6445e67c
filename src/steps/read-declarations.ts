// Makes the tags of the cluster into desired connections, and withdraws those whose tag is gone for good. A bad tag is a fault of the
// connection that it would declare; it never stops the others. Tags come as a fact of read-cluster.
import type { BadTag } from '../domain/bad-tag.ts'
import { type Desired, linkerId, withIdentityOf } from '../domain/connection.ts'
import type { ClusterFacts } from '../domain/facts.ts'
import { keyOf } from '../domain/loop.ts'
import type { Fault } from '../domain/problem.ts'
import { declarationsOf, tagPrefix } from '../domain/tags.ts'
import type { Need, Seen, Wanted } from '../domain/thing.ts'
import type { View } from '../domain/view.ts'
import { targets } from '../targets/catalogue.ts'
import { isAllowedNow } from './consent.ts'
import {
  type Declaration,
  declaration,
  keptUntil,
  type Vanished,
  vanishedOf,
  type Withdrawal,
  withdrawal,
  withdrawnFaults,
} from './declarations.ts'
import { eachChange } from './each-change.ts'
import type { Ports } from './ports.ts'
import type { Step } from './step.ts'
import { minute, nameOf, timeText } from './words.ts'

export const readDeclarations: Step<'cluster', Declaration | Withdrawal> = {
  name: 'read-declarations',
  loop: 'cluster',
  after: ['read-cluster'],
  reads: [],
  // Who has a name depends on who is allowed.
  inputs: (view) => view.policies,

  wanted(view): Wanted<Declaration | Withdrawal> {
    // Tags of ours go by being wanted no more; those of other authors are withdrawn as well, for there is nothing left to connect.
    if (view.facts.gone) return { things: [...view.members, ...view.readers].filter(({ origin }) => origin !== 'tag').map(withdrawal) }
    if (view.facts.tags === undefined) return { things: [], incomplete: true }
    const { declared, faults } = read(view)
    const vanished = vanishedOf(view, declared)
    const kept = vanished.filter((one) => view.now < keptUntil(one))
    return {
      things: declared,
      later: kept.map(({ thing }) => thing),
      waiting: kept.map((one) => untilWithdrawn(view, one)),
      faults: [...faults, ...withdrawnFaults(view, vanished)],
    }
  },

  async observe(view, wanted, held, ports) {
    const things = [...new Map([...held.map((row) => row.thing), ...wanted].map((thing) => [thing.id, thing])).values()]
    const looks = await Promise.all(things.map((thing) => look(thing, wanted.includes(thing), view, ports)))
    const isRead = !view.facts.gone && view.facts.tags !== undefined
    const { declared, bad } = isRead ? read(view) : { declared: [], bad: [] }
    const vanished = isRead ? vanishedFact(vanishedOf(view, declared)) : undefined
    return {
      seen: looks.map(({ seen }) => seen),
      faults: looks.flatMap(({ fault }) => fault ?? []),
      facts: { vanished, badTags: bad.length > 0 ? bad : undefined },
      found: undefined,
    }
  },

  async apply(changes, _found, view, ports) {
    const waiting: Need[] = []
    await eachChange(changes, async ({ action, thing }) => {
      if (thing.kind === 'withdrawal' || action === 'delete') return ports.registry.withdraw(thing.connection)
      const declared = await ports.registry.declare(thing.desired)
      if (declared === 'declared') return
      const text = `${thing.desired.name} cannot be declared on cluster ${nameOf(view.loop)}: ${declared.taken}; choose another name for the tag`
      waiting.push({ of: [thing.connection], text, lookAt: view.now + 5 * minute, member: thing.desired.key, person: true })
    })
    return waiting.length > 0 ? { waiting } : { done: true }
  },
}

function read(view: View<'cluster'>): {
  readonly declared: readonly Declaration[]
  readonly faults: readonly Fault[]
  readonly bad: readonly BadTag[]
} {
  const { desired, faults, bad } = declarationsOf(view.facts.tags ?? {}, view.loop, view.rules, targets)
  const concerning = (fault: Fault): Fault => {
    const name = fault.about['tag']?.slice(tagPrefix.length)
    return fault.of !== undefined || !name ? fault : { ...fault, of: keyOf(linkerId(view.loop.id, name)) }
  }
  return { declared: desired.map(declaration), faults: faults.map(concerning), bad }
}

function untilWithdrawn(view: View<'cluster'>, one: Vanished): Need {
  const { name, key } = one.thing.desired
  const until = keptUntil(one)
  const text = `the tag of connection ${name} on cluster ${nameOf(view.loop)} is gone; the connection is kept until ${timeText(until)}`
  return { of: [view.loop], text, lookAt: until, exact: true, member: key }
}

/**
 * What was declared by somebody else is adopted: it is there, and it is not ours to change or to withdraw. But the first author that a policy
 * allows has the name: one that is allowed takes it over from one that is not.
 */
async function look(
  thing: Declaration | Withdrawal,
  isWanted: boolean,
  view: View<'cluster'>,
  ports: Ports,
): Promise<{ readonly seen: Seen; readonly fault?: Fault }> {
  const { id } = thing
  const declared = await ports.registry.declared(thing.connection)
  const isThere = declared !== undefined && !declared.removing
  if (thing.kind === 'withdrawal') return { seen: isThere ? { id, state: 'absent' } : { id, state: 'same', mark: 'ours', made: true } }
  if (!isThere) return { seen: { id, state: 'absent' } }
  if (declared.desired.origin !== thing.desired.origin) {
    if (isWanted && !isAllowedNow(declared.desired, view) && isAllowedNow(thing.desired, view))
      return { seen: { id, state: 'different', mark: 'offered', difference: 'it is declared by an author that no policy allows' } }
    const about = { name: thing.desired.name, origin: declared.desired.origin }
    const seen: Seen = { id, state: 'same', mark: 'foreign' }
    return isWanted ? { seen, fault: { code: 'DeclaredElsewhere', about, of: thing.desired.key } } : { seen }
  }
  const difference = differences(declared.desired, withIdentityOf(declared.desired, thing.desired))
  return { seen: { id, state: difference ? 'different' : 'same', mark: 'ours', made: true, ...(difference ? { difference } : {}) } }
}

/** The store answers a whole connection; its generation is no part of what is desired. */
function differences(is: Desired, shall: Desired): string {
  const before = new Map(Object.entries(is).filter(([name]) => name !== 'generation'))
  const after = new Map(Object.entries(shall))
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((name) => canonical(before.get(name)) !== canonical(after.get(name)))
    .join(', ')
}

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, inner) =>
    inner && typeof inner === 'object' && !Array.isArray(inner) ? Object.fromEntries(Object.entries(inner).sort()) : inner,
  )

const vanishedFact = (vanished: readonly Vanished[]): ClusterFacts['vanished'] =>
  vanished.length === 0 ? undefined : Object.fromEntries(vanished.map(({ thing, since, graceMs }) => [thing.id, { since, graceMs }]))

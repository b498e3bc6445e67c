// Turns the cluster's tags and the rules of policies into desired connections, and withdraws those that are declared no more. An invalid tag is a fault of
// the connection that it would declare; it never stops the others. Tags come as a fact of read-cluster.

import { isAllowedNow } from '../../contract/consent.ts'
import { eachChange } from '../../contract/each-change.ts'
import type { Step } from '../../contract/step.ts'
import { declaredIn, nameOfAnother, toldOf } from '../../declare/configmaps.ts'
import { faultOfInvalid } from '../../declare/invalid.ts'
import { policyConnections } from '../../declare/policy-connections.ts'
import { sourceOf } from '../../declare/source.ts'
import { declarationsOf, tagPrefix } from '../../declare/tags.ts'
import { isSame } from '../../model/canonical.ts'
import { type ConnectionSpec, hasSameAuthor, linkerId, withIdentityOf } from '../../model/connection.ts'
import type { ClusterFacts } from '../../model/facts.ts'
import type { InvalidTag } from '../../model/invalid-tag.ts'
import { keyOf } from '../../model/loop.ts'
import type { DesiredObjects, Need, ObservedState } from '../../model/managed-object.ts'
import type { Fault } from '../../model/problem.ts'
import type { View } from '../../model/view.ts'
import { minute, nameOf, timeText } from '../../model/words.ts'
import type { Ports } from '../../ports/ports.ts'
import { targets } from '../../targets/catalogue.ts'
import {
  type Declaration,
  declaration,
  retainedUntil,
  type Vanished,
  vanishedOf,
  type Withdrawal,
  withdrawal,
  withdrawnFaults,
} from './declarations.ts'
import { chosenFrom, isOfOwn } from './name-holders.ts'

export const readDeclarations: Step<'cluster', Declaration | Withdrawal> = {
  name: 'read-declarations',
  loop: 'cluster',
  after: ['read-cluster', 'read-configmaps'],
  reads: [],
  // Who holds a name depends on who is allowed.
  inputs: (view) => view.policies,

  desired(view): DesiredObjects<Declaration | Withdrawal> {
    // The app's tag connections go by not being desired any more; those of other authors are withdrawn as well, because there is nothing left to
    // connect.
    if (view.facts.gone) return { objects: [...view.members, ...view.readers].filter(({ origin }) => origin === 'http').map(withdrawal) }
    if (view.facts.tags === undefined) return { objects: [], incomplete: true }
    const { declared, faults } = read(view)
    const vanished = vanishedOf(view, declared)
    const retained = vanished.filter((one) => view.now < retainedUntil(one))
    return {
      objects: declared,
      later: retained.map(({ object }) => object),
      waiting: retained.map((one) => untilWithdrawn(view, one)),
      faults: [...faults, ...withdrawnFaults(view, vanished)],
    }
  },

  async observe(view, { objects, desired }, ports) {
    const results = await Promise.all(objects.map((object) => resultOf(object, desired.includes(object), view, ports)))
    const isRead = !view.facts.gone && view.facts.tags !== undefined
    const { declared, bad } = isRead ? read(view) : { declared: [], bad: [] }
    const vanished = isRead ? vanishedFact(vanishedOf(view, declared)) : undefined
    return {
      observed: results.map(({ observed }) => observed),
      faults: results.flatMap(({ fault }) => fault ?? []),
      facts: { vanished, invalidTags: bad.length > 0 ? bad : undefined },
      found: undefined,
    }
  },

  async apply(changes, _found, view, ports) {
    const waiting: Need[] = []
    await eachChange(changes, async ({ action, object }) => {
      if (object.kind === 'withdrawal' || action === 'delete') return ports.registry.withdraw(object.connection)
      const declared = await ports.registry.declare(object.spec)
      if (declared === 'declared') return
      const text = `${object.spec.name} cannot be declared on cluster ${nameOf(view.loop)}: ${declared.taken}; choose another name for the tag`
      waiting.push({ of: [object.connection], text, nextRunAt: view.now + 5 * minute, member: object.spec.key, manual: true })
    })
    return waiting.length > 0 ? { waiting } : { done: true }
  },
}

function read(view: View<'cluster'>): {
  readonly declared: readonly Declaration[]
  readonly faults: readonly Fault[]
  readonly bad: readonly InvalidTag[]
} {
  const { spec, faults, bad } = declarationsOf(view.facts.tags ?? {}, view.loop, view.installation, targets)
  const concerning = (fault: Fault): Fault => {
    const name = fault.about['tag']?.slice(tagPrefix.length)
    return fault.of !== undefined || !name ? fault : { ...fault, of: keyOf(linkerId(view.loop.id, name)) }
  }
  const place = { id: view.loop.id, location: view.facts.location ?? '', tags: view.facts.tags ?? {} }
  const made = policyConnections(view.policies, { cluster: view.loop, place }, view.installation, targets)
  const inCluster = view.installation.declareInCluster
    ? declaredIn(view.facts.declared ?? [], view.loop, view.installation, targets)
    : { specs: [], bad: [] }
  const chosen = chosenFrom([...spec, ...made.specs, ...inCluster.specs], view)
  const declared = chosen.map(declaration)
  const lost = inCluster.specs.filter((spec) => !chosen.includes(spec)).map(nameOfAnother)
  const told = toldOf([...inCluster.bad, ...lost.filter((one) => !isOfOwn(one, chosen, view))])
  const own = told.filter((one) => isOfOwn(one, chosen, view))
  const ofKeys = own.map((one): Fault => ({ ...faultOfInvalid(one), of: one.connection.key }))
  return { declared, faults: [...faults.map(concerning), ...ofKeys, ...made.faults], bad: [...bad, ...told] }
}

function untilWithdrawn(view: View<'cluster'>, one: Vanished): Need {
  const { name, key, origin } = one.object.spec
  const until = retainedUntil(one)
  const what = origin === 'tag' ? `the tag of connection ${name}` : `the declaration of connection ${name} in ${sourceOf(one.object.spec)}`
  const text = `${what} on cluster ${nameOf(view.loop)} is gone; the connection is kept until ${timeText(until)}`
  return { of: [view.loop], text, nextRunAt: until, exact: true, member: key }
}

/**
 * A connection declared over HTTP is adopted: it exists, and is not the cluster's to change or withdraw. But the first author that a policy
 * allows holds the name: an allowed one takes it over from one that is not.
 */
async function resultOf(
  object: Declaration | Withdrawal,
  isDesired: boolean,
  view: View<'cluster'>,
  ports: Ports,
): Promise<{ readonly observed: ObservedState; readonly fault?: Fault }> {
  const { id } = object
  const declared = await ports.registry.declared(object.connection)
  const isThere = declared !== undefined && !declared.removing
  if (object.kind === 'withdrawal') return { observed: isThere ? { id, state: 'absent' } : { id, state: 'same', mark: 'ours', made: true } }
  if (!isThere) return { observed: { id, state: 'absent' } }
  if (!hasSameAuthor(declared.spec, object.spec)) {
    if (isDesired && !isAllowedNow(declared.spec, view) && isAllowedNow(object.spec, view))
      return { observed: { id, state: 'different', mark: 'offered', difference: 'it is declared by an author that no policy allows' } }
    const about = { name: object.spec.name, origin: declared.spec.origin }
    const observed: ObservedState = { id, state: 'same', mark: 'foreign' }
    return isDesired ? { observed, fault: { code: 'DeclaredElsewhere', about, of: object.spec.key } } : { observed }
  }
  const difference = differences(declared.spec, withIdentityOf(declared.spec, object.spec))
  return { observed: { id, state: difference ? 'different' : 'same', mark: 'ours', made: true, ...(difference ? { difference } : {}) } }
}

/** The store returns a whole connection; its generation is not part of the spec. */
function differences(is: ConnectionSpec, must: ConnectionSpec): string {
  const before = new Map(Object.entries(is).filter(([name]) => name !== 'generation'))
  const after = new Map(Object.entries(must))
  return [...new Set([...before.keys(), ...after.keys()])].filter((name) => !isSame(before.get(name), after.get(name))).join(', ')
}

const vanishedFact = (vanished: readonly Vanished[]): ClusterFacts['vanished'] =>
  vanished.length === 0
    ? undefined
    : Object.fromEntries(vanished.map(({ object, since, graceMs }) => [object.spec.key, { since, graceMs }]))

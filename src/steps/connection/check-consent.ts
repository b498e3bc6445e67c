// Evaluates the policies, and joins the loops that serve the connection (memberships.ts), or leaves them. Only this step creates memberships: before
// consent no loop counts the connection, so nothing is opened, enabled or installed for it. A connection claims its Kubernetes name only with
// consent, so that a connection that is not allowed blocks no name. Identity and target are left at once, so that access ends first; the cluster
// last, because its facts say how to reach the Secret to delete.

import { consentTo } from '../../contract/consent.ts'
import { eachChange } from '../../contract/each-change.ts'
import { isKept } from '../../contract/on-delete.ts'
import type { Step } from '../../contract/step.ts'
import { Failure } from '../../errors/failure.ts'
import type { Connection } from '../../model/connection.ts'
import type { ConnectionFacts } from '../../model/facts.ts'
import type { DesiredObjects, LedgerEntry, Need, ObservedState } from '../../model/managed-object.ts'
import { past } from '../../model/moments.ts'
import type { Fault } from '../../model/problem.ts'
import type { View } from '../../model/view.ts'
import { minute, nameOf, timeText } from '../../model/words.ts'
import type { Ports } from '../../ports/ports.ts'
import type { NameHolder } from '../../ports/registry.ts'
import { choiceFor } from '../cluster/transport-for.ts'
import { isReadyToRead, kindWords, type Membership, membershipsOf } from './memberships.ts'
import { type NamespaceObservation, observedThere, observeNamespace } from './observe-namespace.ts'

export const checkConsent: Step<'connection', Membership, NameHolder | undefined> = {
  name: 'check-consent',
  loop: 'connection',
  after: [],
  // Of an identity: the place that it was created for.
  reads: ['cluster', 'target', 'identity'],
  // A cluster that is started, or can be reached in another way, is a reason to read the namespace again. That the namespace exists by now is none:
  // the attempt that found it would run again for it.
  inputs(view) {
    if (!view.self) return undefined
    const { running, fqdn } = view.of(view.self.cluster)
    return { running, fqdn, ...choiceFor(view.self, view) }
  },

  desired(view): DesiredObjects<Membership> {
    const { self } = view
    if (!self || view.removing) return { objects: [], later: clusterLast(view) }
    const consent = consentOf(self, view)
    const { nameTaken } = view.facts
    if (consent.is !== 'refused' && nameTaken !== undefined)
      return { objects: [], later: clusterLast(view), faults: [nameFault(self, nameTaken)] }
    if (consent.is === 'granted') return membershipsOf(self, view)
    if (consent.is === 'refused') return { objects: [], later: clusterLast(view), faults: [consent.refused] }
    const { until } = consent
    const about = { target: nameOf(self.target), ...consent.refused.about, until: timeText(until) }
    const text = `the connection to ${nameOf(self.target)} is retained until ${timeText(until)}, in case the policy that allowed it comes back`
    return {
      objects: [],
      later: view.tracked('check-consent').map((row) => row.object as Membership),
      waiting: [{ of: [view.loop], text, nextRunAt: until, exact: true }],
      faults: [{ code: 'ConsentWithdrawn', about }],
    }
  },

  async observe(view, { objects, desired, tracked }, ports) {
    const rows = new Map(tracked.map((row) => [row.object.id, row]))
    const observed = await Promise.all(
      objects.map(async (object) => known(object, rows.get(object.id)) ?? (await observedState(object, view, ports))),
    )
    const { place, faults = [], nextRunAt, isChange, unknown } = await namespaceFor(view, desired, tracked, ports)
    const isRetained = view.self && !view.removing && consentOf(view.self, view).is !== 'refused'
    const holder = isRetained ? await ports.registry.holder(view.loop) : undefined
    return {
      observed: unknown
        ? observed.map((one) => (one.state === 'same' ? one : { id: one.id, state: 'unknown', problem: unknown }))
        : observed,
      ...(isChange ? { later: desired.map(({ id }) => id) } : {}),
      facts: { ...factsOf(view), ...chosenIn(view), ...takenFact(holder), ...(place ? { place } : {}) },
      faults,
      ...(nextRunAt === undefined ? {} : { nextRunAt }),
      found: holder,
    }
  },

  async apply(changes, holder, view, ports) {
    const waiting: Need[] = []
    const isJoining = changes.some(({ action }) => action !== 'delete')
    const holderNow = isJoining && holder === 'free' ? await ports.registry.claim(view.loop) : holder
    if (isJoining && view.self && typeof holderNow === 'object')
      throw new Failure({ class: 'manual', ...nameFault(view.self, holderNow.taken) })
    await eachChange(changes, async ({ action, object }) => {
      if (action !== 'delete') return ports.registry.join(view.loop, object.loop, object.stage)
      await ports.registry.leave(view.loop, object.loop, leavingOf(view))
      const text = `waiting until ${kindWords[object.loop.kind]} ${nameOf(object.loop)} has released the connection`
      waiting.push({ of: [object.loop], text, nextRunAt: view.now + minute })
    })
    return waiting.length > 0 ? { waiting } : { done: true }
  },
}

/** What was made for it stays only if it is removed, not if consent ends. */
const leavingOf = (view: View<'connection'>): { readonly keeping?: true } =>
  view.removing && view.self && isKept(view.self, view) ? { keeping: true } : {}

/**
 * Memberships that need no read, because they are joined whatever a read would show. If the ledger does not know a membership, the join itself finds
 * out whether it exists; if the ledger has it in another generation or stage, it differs: it has no other writer.
 */
function known({ id, generation, stage }: Membership, row: LedgerEntry<Membership> | undefined): ObservedState | undefined {
  if (!row) return { id, state: 'absent' }
  const { ownership, object } = row
  if (ownership !== 'ours' || (object.generation === generation && object.stage === stage)) return undefined
  return { id, state: 'different', mark: 'ours', made: true, difference: differenceOf(object), asWritten: true }
}

const differenceOf = ({ generation, stage }: Pick<Membership, 'generation' | 'stage'>): string =>
  `generation ${generation}${stage ? `, ${stage}` : ''}`

async function observedState({ id, loop, generation, stage }: Membership, view: View<'connection'>, ports: Ports): Promise<ObservedState> {
  const there = await ports.registry.membership(view.loop, loop)
  if (!there) return { id, state: 'absent' }
  if (there.generation === generation && there.stage === stage && !there.leaving) return { id, state: 'same', mark: 'ours', made: true }
  const difference = there.leaving ? 'it is leaving' : differenceOf(there)
  return { id, state: 'different', mark: 'ours', made: true, difference }
}

/** Only if consent is granted, and for what it is needed: desired memberships. */
async function namespaceFor(
  view: View<'connection'>,
  desired: readonly Membership[],
  tracked: readonly LedgerEntry<Membership>[],
  ports: Ports,
): Promise<NamespaceObservation> {
  const { self } = view
  if (!self || desired.length === 0 || !isReadyToRead(self, view)) return {}
  // What is about to be joined in full was read a moment ago, by this attempt or by one that was lost.
  const wasRead = tracked.some(({ ownership, object }) => ownership === 'intended' && object.stage === undefined)
  return wasRead ? observedThere(self, view) : await observeNamespace(self, view, ports)
}

/** The cluster is left when nothing remains to be done in it and all other loops have released the connection. */
function clusterLast(view: View<'connection'>): readonly Membership[] {
  const tracked = view.tracked('check-consent').map((row) => row.object as Membership)
  const inCluster = (['write-resources', 'publish-status'] as const).flatMap((step) => view.tracked(step))
  const isBusy = inCluster.length > 0 || tracked.some(({ loop }) => loop.kind !== 'cluster')
  return isBusy ? tracked.filter(({ loop }) => loop.kind === 'cluster') : []
}

type Consent =
  | { readonly is: 'granted'; readonly by: string }
  | { readonly is: 'withdrawn'; readonly refused: Fault; readonly since: number; readonly until: number }
  | { readonly is: 'refused'; readonly refused: Fault; readonly since?: number }

/** A connection that was allowed before stays so for a while, because a policy that is being replaced is absent for a moment. */
function consentOf(self: Connection, view: View<'connection'>): Consent {
  const answer = consentTo(self, view)
  if ('by' in answer) return { is: 'granted', by: answer.by }
  const { refused } = answer
  const before = view.facts.consent
  if (before === undefined || before === 'refused') return { is: 'refused', refused }
  const since = past(view.facts.refusedSince ?? view.now, view.now)
  const until = since + view.installation.graceMs
  return view.now < until ? { is: 'withdrawn', refused, since, until } : { is: 'refused', refused, since }
}

const nameFault = ({ name }: Connection, by: string): Fault => ({ code: 'NameTaken', about: { name, by } })

/** For a name that another connection holds, consent has no effect: nothing is written. */
const takenFact = (holder: NameHolder | undefined) =>
  typeof holder === 'object' ? { nameTaken: holder.taken, consent: 'refused' as const, by: undefined } : { nameTaken: undefined }

/** For people: why it has the transport that it has. */
const chosenIn = (view: View<'connection'>) => (view.self && !view.removing ? { transport: choiceFor(view.self, view) } : {})

type Known = { readonly [P in 'consent' | 'by' | 'refusedSince']: ConnectionFacts[P] | undefined }

/** For a connection that is being removed, the last answer stands. */
function factsOf(view: View<'connection'>): Known | Record<never, never> {
  if (!view.self || view.removing) return {}
  const consent = consentOf(view.self, view)
  if (consent.is === 'granted') return { consent: 'granted', by: consent.by, refusedSince: undefined }
  return { consent: consent.is, by: undefined, refusedSince: consent.since ?? view.facts.refusedSince }
}

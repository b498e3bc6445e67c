// The only read of check-consent in the cluster: does the namespace exist?

import { problemOf } from '../../errors/catalogue.ts'
import { closed, Failure } from '../../errors/failure.ts'
import type { Connection } from '../../model/connection.ts'
import type { ConnectionFacts } from '../../model/facts.ts'
import type { Fault, Problem } from '../../model/problem.ts'
import type { View } from '../../model/view.ts'
import { minute, nameOf, timeText } from '../../model/words.ts'
import type { Ports } from '../../ports/ports.ts'
import { reach } from '../cluster/in-cluster.ts'
import { transportFor } from '../cluster/transport-for.ts'
import { unreachable } from '../cluster/unreachable.ts'
import { placeIn, placeOf, retainedUntil } from './memberships.ts'

export type NamespaceObservation = {
  readonly place?: ConnectionFacts['place']
  readonly faults?: readonly Fault[]
  readonly nextRunAt?: number
  /** It was not known to be missing: this attempt does nothing, and the next one desires what that calls for. */
  readonly isChange?: boolean
  /** It could not be read, and was never read before. */
  readonly unknown?: Problem
}

export function observedThere(self: Connection, view: View<'connection'>): NamespaceObservation {
  const of = placeOf(self, view)
  return of === undefined || placeIn(self, view).is === 'unreadable' ? {} : { place: { of } }
}

export async function observeNamespace(self: Connection, view: View<'connection'>, ports: Ports): Promise<NamespaceObservation> {
  const of = placeOf(self, view)
  const before = placeIn(self, view)
  if (of === undefined || before.is === 'unreadable') return {}
  const found = await find(self, view, ports).catch((thrown: unknown) => {
    const error = unreachable(thrown, view.of(self.cluster).apiServer)
    // If it existed a while ago it is not read again: what depends on it reports that itself.
    if (before.is === 'there') return undefined
    if (error instanceof Failure && closed(error)) return problemOf(error.fields)
    throw error
  })
  if (found === 'there') return observedThere(self, view)
  if (found !== 'missing') return before.is === 'there' || found === undefined ? {} : { unknown: found }
  const since = before.is === 'missing' ? before.since : view.now
  const place = { of, missingSince: since }
  return {
    place,
    faults: [faultOf(self, { ...view, facts: { ...view.facts, place } })],
    isChange: before.is !== 'missing',
    nextRunAt: view.now + Math.min(Math.max((view.now - since) / 4, minute), 30 * minute),
  }
}

async function find(self: Connection, view: View<'connection'>, ports: Ports): Promise<'there' | 'missing' | Problem | undefined> {
  const way = await reach(view, self.cluster, view.of(self.cluster).uid ?? '', ports, transportFor(self, view))
  if (way === 'gone') return undefined
  return 'observe' in way ? await way.namespace?.(self.namespace) : way
}

function faultOf(self: Connection, view: View<'connection'>): Fault {
  const about = { namespace: self.namespace, cluster: nameOf(self.cluster) }
  const until = retainedUntil(self, view)
  return until !== undefined && view.now < until
    ? { code: 'NamespaceGone', about: { ...about, until: timeText(until) } }
    : { code: 'NamespaceMissing', about }
}

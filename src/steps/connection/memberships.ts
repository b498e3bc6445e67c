// How a connection joins the loops that serve it. Read first: cluster and target are joined as `reading`, and in full, with the identity, only when
// both are known to exist and so is the namespace. A typo in a name must not make Azure trust a ServiceAccount of a namespace that anyone may create
// later, nor open a firewall for it, nor for a connection that the target refuses by its settings (refused-by.ts). What goes missing later is drift: a target reports it itself; a namespace is waited for (graceMs), and then the
// memberships lapse, so that nothing outside trusts what others may create under its name. The identity stays, because people write down its name.
import { type Connection, loopsOf, type Stage } from '../../model/connection.ts'
import { serviceIn } from '../../model/facts.ts'
import { instanceOf, type Loop } from '../../model/loop.ts'
import type { DesiredObjects, ManagedObject, Need } from '../../model/managed-object.ts'
import type { View } from '../../model/view.ts'
import { minute, nameOf, timeText } from '../../model/words.ts'
import { transportTypeOf } from '../../transports/catalogue.ts'
import { refusedBy } from './refused-by.ts'

export type Membership = ManagedObject & {
  readonly kind: 'membership'
  readonly loop: Loop
  readonly generation: number
  readonly stage?: Stage
}

export const kindWords = { cluster: 'cluster', target: 'target', identity: 'identity', connection: 'connection' } as const

/** How a namespace is identified: in a recreated cluster it is a different one. `undefined`: the cluster has not been read. */
export function placeOf(self: Connection, view: View<'connection'>): string | undefined {
  const { uid } = view.of(self.cluster)
  return uid === undefined ? undefined : `${uid}/${self.namespace}`
}

/** `unread`: not read yet. With transport `extension` nothing in a cluster can be read; its job reports a missing namespace. */
export type Place = { readonly is: 'there' | 'unread' | 'unreadable' } | { readonly is: 'missing'; readonly since: number }

export function placeIn(self: Connection, view: View<'connection'>): Place {
  if (!transportTypeOf(self).can.observe) return { is: 'unreadable' }
  const { place } = view.facts
  if (place === undefined || place.of !== placeOf(self, view)) return { is: 'unread' }
  return place.missingSince === undefined ? { is: 'there' } : { is: 'missing', since: place.missingSince }
}

/** Of an allowed connection. */
export function membershipsOf(self: Connection, view: View<'connection'>): DesiredObjects<Membership> {
  const all = loopsOf(self)
  const waiting = unread(self, view)
  if (waiting.length > 0) {
    // A loop that is joined in full has facts; one without has been left since, and forgotten.
    const isUnread = (loop: Loop): boolean => waiting.some(({ of }) => of.includes(loop))
    const reading: readonly Loop[] = [self.cluster, self.target].filter((loop) => isUnread(loop) || !isIn(loop, view))
    return {
      objects: reading.map((loop) => membership(loop, self, 'reading')),
      later: all.filter((loop) => !reading.includes(loop)).map((loop) => membership(loop, self)),
      waiting,
    }
  }
  const until = retainedUntil(self, view)
  if (until !== undefined && view.now < until)
    return { objects: all.map((loop) => membership(loop, self)), waiting: [untilLapsed(self, view, until)] }
  const hadJoined = trackedIn(view).some(({ stage }) => stage !== 'reading')
  if (placeIn(self, view).is !== 'missing' && !isMissing(self.target, view) && (hadJoined || !refusedBy(self, view)))
    return { objects: all.map((loop) => membership(loop, self)) }
  return hadJoined
    ? { objects: all.map((loop) => membership(loop, self, 'lapsed')) }
    : { objects: [self.cluster, self.target].map((loop) => membership(loop, self, 'reading')) }
}

/** Whether the state of the namespace matters yet. */
export const isReadyToRead = (self: Connection, view: View<'connection'>): boolean =>
  unread(self, view).length === 0 && !isMissing(self.target, view)

/**
 * Until when what was made for a connection is retained although its namespace is gone. `undefined`: it exists, or nothing was made for it as it is
 * now.
 */
export function retainedUntil(self: Connection, view: View<'connection'>): number | undefined {
  const place = placeIn(self, view)
  const tracked = new Map(trackedIn(view).map((object) => [object.id, object]))
  const hasJoined = loopsOf(self).every((loop) => {
    const object = tracked.get(instanceOf(loop))
    return object !== undefined && object.stage === undefined && object.generation === self.generation
  })
  return place.is === 'missing' && hasJoined ? place.since + view.installation.graceMs : undefined
}

function membership(loop: Loop, { generation }: Connection, stage?: Stage): Membership {
  const summary = `membership in ${kindWords[loop.kind]} ${nameOf(loop)}`
  return { kind: 'membership', id: instanceOf(loop), summary, loop, generation, ...(stage ? { stage } : {}) }
}

const trackedIn = (view: View<'connection'>): readonly Membership[] => view.tracked('check-consent').map((row) => row.object as Membership)

const isIn = (loop: Loop, view: View<'connection'>): boolean =>
  trackedIn(view).some(({ id, stage }) => id === instanceOf(loop) && stage === undefined)

/** A target that was joined in full and is missing now stays joined: its own loop reports that, and knows when it is gone. */
const isMissing = (target: Loop<'target'>, view: View<'connection'>): boolean => {
  const { missingSince, gone } = view.of(target)
  return !isIn(target, view) && (gone === true || missingSince !== undefined)
}

function unread(self: Connection, view: View<'connection'>): readonly Need[] {
  const { cluster, target } = self
  const isTargetKnown = isMissing(target, view) || serviceIn(view.of(target), self.type) !== undefined
  const missing = [...(view.of(cluster).uid === undefined ? [cluster] : []), ...(isTargetKnown ? [] : [target])]
  // Their facts wake the connection; the scheduled run is for lost wakes.
  return missing.map((loop) => ({
    of: [loop],
    text: `waiting until ${kindWords[loop.kind]} ${nameOf(loop)} has been read`,
    nextRunAt: view.now + 10 * minute,
  }))
}

const untilLapsed = (self: Connection, view: View<'connection'>, until: number): Need => ({
  of: [view.loop],
  text: `what was made for ${self.name} is retained until ${timeText(until)}, in case namespace ${self.namespace} is made again`,
  nextRunAt: until,
  exact: true,
})

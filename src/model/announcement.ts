// What others are told of connections and leftovers, as CloudEvents. An event tells what differs from what was told last: a state that came and went in
// between is not told, and nothing is told twice but what could not be noted (docs/events-out.md).
import { keyOf } from './loop.ts'

/** Times in ms since the epoch. */
export type Subject = {
  /** The linker's ARM id. */
  readonly id: string
  readonly name: string
  readonly cluster: string
  readonly namespace: string
  readonly target: string
  readonly targetType: string
  readonly authType: string
}

/** A connection as it is now. `life`: when it was created; one that takes its name later has another. */
export type Seen = {
  readonly life: number
  readonly generation: number
  readonly subject: Subject
  readonly is: 'ready' | 'blocked' | 'on its way'
  /** Why it is blocked. */
  readonly problem?: { readonly code: string; readonly text: string }
}

/** What was told of a connection last. */
export type Announced = Pick<Seen, 'life' | 'generation' | 'subject'> & {
  readonly is: 'ready' | 'blocked'
  readonly what: What
  readonly code?: string
  /** It was ready before it was blocked. */
  readonly wasReady: boolean
  readonly count: number
  /** It was about to be told: whether it was is not known. */
  readonly unsure?: true
}

type What = 'connection.ready' | 'connection.blocked' | 'connection.repaired' | 'connection.removed' | 'orphan.found' | 'orphan.deleted'

/** https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md */
export type CloudEvent = {
  readonly specversion: '1.0'
  readonly id: string
  readonly source: string
  readonly type: `service-connector.${What}`
  readonly subject: string
  readonly time: string
  readonly datacontenttype: 'application/json'
  readonly data: Readonly<Record<string, unknown>>
}

/** `is`: what is to be noted, as unsure before the events are sent; absent: nothing is left to remember. */
export type Telling = { readonly events: readonly CloudEvent[]; readonly is?: Announced }

/** `now`: undefined, there is no such connection any more. `at`: when it was seen. */
export function tellingOf(key: string, before: Announced | undefined, now: Seen | undefined, at: number): Telling {
  const removed = before && before.life !== now?.life ? [eventOf(key, 'connection.removed', before, before.count + 1, at)] : []
  if (!now) return { events: removed }
  const last = before?.life === now.life ? before : undefined
  if (now.is === 'on its way') return { events: removed, ...(last ? { is: last } : {}) }
  const code = now.is === 'blocked' ? now.problem?.code : undefined
  const isSame = last && last.is === now.is && last.generation === now.generation && last.code === code
  if (isSame && !last.unsure) return { events: [], is: last }
  const { life, generation, subject, is } = now
  const count = isSame ? last.count : (last?.count ?? 0) + 1
  const wasReady = is === 'ready' || (last?.generation === generation && last.wasReady)
  const what = isSame ? last.what : whatOf(now, last)
  return {
    events: [...removed, eventOf(key, what, { ...now, ...(code === undefined ? {} : { code }) }, count, at)],
    is: { life, generation, subject, is, what, wasReady, count, ...(code === undefined ? {} : { code }) },
  }
}

function whatOf({ is, generation }: Seen, last: Announced | undefined): What {
  if (is === 'blocked') return 'connection.blocked'
  const isRepaired = last?.is === 'blocked' && last.generation === generation && last.wasReady
  return isRepaired ? 'connection.repaired' : 'connection.ready'
}

type About = Pick<Seen, 'life' | 'generation' | 'subject' | 'problem'> & { readonly code?: string }

/** What was sent and could not be noted is sent again under the same id. */
function eventOf(key: string, what: What, { life, generation, subject, problem, code = '' }: About, count: number, at: number): CloudEvent {
  const { id: of, ...data } = subject
  const id = keyOf([key, life, generation, count, what, code].join(' '))
  return cloudEvent(what, { id, source: subject.cluster, subject: of }, at, { ...data, generation, ...(problem ? { problem } : {}) })
}

/** Of one line of a report of the sweep. */
export function leftoverEvent(
  what: 'orphan.found' | 'orphan.deleted',
  report: string,
  leftover: {
    readonly id: string
    readonly place: string
    readonly cluster?: string
    readonly kind: string
    readonly product: string
    readonly reason: string
  },
  at: number,
): CloudEvent {
  const { id, place, cluster = '', kind, product, reason } = leftover
  const about = { id: keyOf([report, id, what].join(' ')), source: cluster === '' ? '/' : cluster, subject: place }
  return cloudEvent(what, about, at, { object: id, kind, product, reason, report })
}

const cloudEvent = (
  what: What,
  { id, source, subject }: Pick<CloudEvent, 'id' | 'source' | 'subject'>,
  at: number,
  data: CloudEvent['data'],
): CloudEvent => ({
  specversion: '1.0',
  id,
  source,
  type: `service-connector.${what}`,
  subject,
  time: new Date(at).toISOString(),
  datacontenttype: 'application/json',
  data,
})

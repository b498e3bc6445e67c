// Where others are told what became of connections. Types only.
import type { Announced, CloudEvent } from '../model/announcement.ts'
import type { Key } from '../model/loop.ts'

/** So many events are sent at a time. */
export const eventsAtOnce = 50

export interface Announcing {
  /** Delivers them, at most `eventsAtOnce`: all or, as far as is known, none. Throws `Failure`. */
  send(events: readonly CloudEvent[]): Promise<void>
  readonly told: ToldStore
}

/** What was told last. */
export interface ToldStore {
  all(): Promise<ReadonlyMap<Key, Announced>>
  put(connection: Key, announced: Announced | undefined): Promise<void>
  /** The newest report of the sweep that was told. */
  report(): Promise<string | undefined>
  putReport(id: string): Promise<void>
}

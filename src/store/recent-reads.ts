// Recent reads of this instance, shared by all that need the same. Each read has its place in the order of events in this instance, so that a
// notified loop gets a read that began after the notification, and no one gets what this instance itself has overwritten since.

/** The order of events in this instance: each moment is greater than those before. */
export type Order = () => number

export function ordering(): Order {
  let last = 0
  return () => ++last
}

export type Read<T> = { readonly at: number; readonly value: Promise<T> }

export type RecentReads<T> = {
  /** A read that began after that moment and less than this long ago. */
  get(key: string, after: number, within: number): Read<T>
  /** A read that begins at this moment anyway, for another reason, is offered to others. */
  offer(key: string, value: Promise<T>): void
  /** This instance has written there. */
  wrote(key: string): void
}

/** Reads at a time; the oldest is evicted first. */
const most = 2_000

export function recentReads<T>(read: (key: string) => Promise<T>, order: Order, now: () => number): RecentReads<T> {
  const reads = new Map<string, Read<T> & { readonly began: number }>()

  function remember(key: string, value: Promise<T>): Read<T> {
    const one = { began: order(), at: now(), value }
    reads.delete(key)
    reads.set(key, one)
    const [oldest] = reads.keys()
    if (reads.size > most && oldest !== undefined) reads.delete(oldest)
    // The caller gets the error; no one else should.
    value.catch(() => reads.get(key) === one && reads.delete(key))
    return one
  }

  return {
    get(key, after, within) {
      const one = reads.get(key)
      return one && one.began > after && now() - one.at < within ? one : remember(key, read(key))
    },
    offer: (key, value) => void remember(key, value),
    wrote: (key) => void reads.delete(key),
  }
}

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
  const kept = new Map<string, Read<T> & { readonly began: number }>()

  function keep(key: string, value: Promise<T>): Read<T> {
    const one = { began: order(), at: now(), value }
    kept.delete(key)
    kept.set(key, one)
    const [eldest] = kept.keys()
    if (kept.size > most && eldest !== undefined) kept.delete(eldest)
    // The caller gets the error; no one else should.
    value.catch(() => kept.get(key) === one && kept.delete(key))
    return one
  }

  return {
    get(key, after, within) {
      const one = kept.get(key)
      return one && one.began > after && now() - one.at < within ? one : keep(key, read(key))
    },
    offer: (key, value) => void keep(key, value),
    wrote: (key) => void kept.delete(key),
  }
}

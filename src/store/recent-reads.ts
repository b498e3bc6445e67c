// What this instance has read a moment ago, for all who want to know the same. Each read has its place in the order of what happened here, so that
// whoever was told of news gets a read that began after the news, and nobody gets what this instance itself has overwritten since.

/** The order in which things happen in this instance: each moment is greater than those before. */
export type Order = () => number

export function ordering(): Order {
  let last = 0
  return () => ++last
}

export type Read<T> = { readonly at: number; readonly value: Promise<T> }

export type RecentReads<T> = {
  /** A read that began after that moment and less than so long ago. */
  get(key: string, after: number, within: number): Read<T>
  /** Reads begin at this moment anyway, for another reason: whoever else wants to know may use it. */
  offer(key: string, value: Promise<T>): void
  /** This instance has written there. */
  wrote(key: string): void
}

/** Reads at a time; the eldest is forgotten first. */
const most = 2_000

export function recentReads<T>(read: (key: string) => Promise<T>, order: Order, now: () => number): RecentReads<T> {
  const kept = new Map<string, Read<T> & { readonly began: number }>()

  function keep(key: string, value: Promise<T>): Read<T> {
    const one = { began: order(), at: now(), value }
    kept.delete(key)
    kept.set(key, one)
    const [eldest] = kept.keys()
    if (kept.size > most && eldest !== undefined) kept.delete(eldest)
    // Whoever asked is told; nobody else shall be.
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

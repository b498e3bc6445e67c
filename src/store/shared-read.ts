// Single-flight, but never returns a read that started before the call: a call during a read gets the next one. Nothing is cached. A fleet that
// connects reads its policies a thousand times.
/** Loops that are woken together request the same within about this time. */
export const gatherMs = 10

/** `waitMs`: a read waits so long before it begins, for a herd does not ask in one moment. */
export function sharedRead<T>(read: (key: string) => Promise<T>, waitMs = 0): (key: string) => Promise<T> {
  const running = new Map<string, Promise<unknown>>()
  const next = new Map<string, Promise<T>>()

  const begin = (key: string): Promise<T> => {
    next.delete(key)
    const answer = read(key)
    const done = (): void => {
      if (running.get(key) === settled) running.delete(key)
    }
    const settled: Promise<void> = answer.then(done, done)
    running.set(key, settled)
    return answer
  }

  return (key) => {
    const before = running.get(key)
    if (!before && waitMs === 0) return begin(key)
    const gathered = before ?? new Promise<void>((over) => setTimeout(over, waitMs))
    const waiting = next.get(key) ?? gathered.then(() => begin(key))
    next.set(key, waiting)
    return waiting
  }
}

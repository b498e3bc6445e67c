// Writes under a precondition that others keep winning. Each is tried a few times with short, random pauses, so that many writers of one row spread
// out; then it gives up and reports, because neither a request nor an activity may spin for as long as the contention lasts.
import { Failure } from './failure.ts'

const tries = 10
const firstMs = 50
const longestMs = 500

/** Real time, during which the caller waits: only fractions of a second. */
export const pause = (ms: number): Promise<void> => new Promise((over) => setTimeout(over, ms))

/** Repeats `attempt` while it returns `conflict`. Throws a `Failure` that is worth a retry later. */
export async function contended<T>(doing: string, attempt: () => Promise<T | 'conflict'>): Promise<T> {
  const lost = contention(doing)
  for (;;) {
    const done = await attempt()
    if (done !== 'conflict') return done
    await lost()
  }
}

/** To be called after each refused write: pauses, or throws after too many. */
export function contention(doing: string): () => Promise<void> {
  let lost = 0
  return async () => {
    lost++
    if (lost >= tries)
      throw new Failure({ class: 'transient', code: 'StoreBusy', about: { doing }, retryAfterMs: 5_000 + Math.random() * 5_000 })
    await pause(Math.random() * Math.min(longestMs, firstMs * 2 ** (lost - 1)))
  }
}

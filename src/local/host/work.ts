// Keeps virtual time still while there is work, and lets `stop` wait for it.
//
// The rule: code that makes work ready takes its hold before releasing its own, so that there is never a moment without a hold while something can
// continue without time passing.

import type { Cancel, Clock } from '../clock.ts'

export type Work = {
  /** Holds time until the answer is called. */
  hold(): Cancel
  /** Runs `job` while holding time. */
  during<T>(job: () => Promise<T>): Promise<T>
  /** Resolves when nothing is held, or after `ms` of real time. */
  drained(ms: number): Promise<void>
}

export const trackWork = (clock: Clock): Work => {
  let held = 0
  const waiting: (() => void)[] = []
  const hold = (): Cancel => {
    const release = clock.busy('work of the host')
    let open = true
    held++
    return () => {
      if (!open) return
      open = false
      held--
      release()
      if (held === 0) for (const go of waiting.splice(0)) go()
    }
  }
  return {
    hold,
    async during(job) {
      const release = hold()
      try {
        return await job()
      } finally {
        release()
      }
    },
    async drained(ms) {
      if (held === 0) return
      await new Promise<void>((done) => {
        const timer = setTimeout(done, ms)
        waiting.push(() => {
          clearTimeout(timer)
          done()
        })
      })
    },
  }
}

// Writes that must not overlap: a second one that arrives during the first is refused. The window is real time (a few milliseconds), so it hits a
// client that sends two at once and never one that waits for an answer.

import { setTimeout as wait } from 'node:timers/promises'
import type { ArmError } from './errors.ts'

const window = 12

export function createOverlapGuard(): <T>(key: string, refusal: () => ArmError, work: () => T) => Promise<T> {
  const busy = new Set<string>()
  return async (key, refusal, work) => {
    if (busy.has(key)) throw refusal()
    busy.add(key)
    try {
      await wait(window)
      return work()
    } finally {
      busy.delete(key)
    }
  }
}

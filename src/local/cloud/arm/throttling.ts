// Token buckets: ARM's own per principal and subscription (https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling)
// and those of the resource providers. They live in memory: a restart fills them.

import type { Clock } from '../../clock.ts'

export type Buckets = {
  /** Takes one token; answers what is left, or the seconds to wait where nothing was. */
  take(key: string, burst: number, perSecond: number): { readonly left: number } | { readonly wait: number }
}

export function createBuckets(clock: Clock): Buckets {
  const rows = new Map<string, { tokens: number; time: number }>()
  return {
    take(key, burst, perSecond) {
      const now = clock.now()
      const row = rows.get(key) ?? { tokens: burst, time: now }
      row.tokens = Math.min(burst, row.tokens + ((now - row.time) / 1000) * perSecond)
      row.time = now
      rows.set(key, row)
      if (row.tokens < 1) return { wait: Math.max(1, Math.ceil((1 - row.tokens) / perSecond)) }
      row.tokens--
      return { left: Math.floor(row.tokens) }
    },
  }
}

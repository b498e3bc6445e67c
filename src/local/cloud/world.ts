// The state of the simulated cloud: tables of plain data and effects that fall due. Everything in it survives a restart, so persistent state must not
// be in a closure: what happens later is an `Effect` (data), carried out by the handler of its type.

import type { Clock } from '../clock.ts'

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined }
/** Something that happens later, as data. */
export type Effect = { readonly type: string } & { readonly [key: string]: Json | undefined }
type Due = { readonly time: number; readonly effect: Effect }

export interface World {
  readonly clock: Clock
  /** 0 ≤ x < 1, from the world's seed: the same run gives the same numbers. */
  random(): number
  /** A v4-looking UUID from `random`. */
  uuid(): string
  /** A table of plain data by name, made when first asked for. Keys are the caller's business: ARM ids belong in lower case. */
  table<T>(name: string): Map<string, T>
  /** Makes `effect` happen `ms` milliseconds from now, also after a restart. */
  later(ms: number, effect: Effect): void
  /** Says how effects of a type are carried out; once per type. */
  on<E extends Effect>(type: E['type'], handler: (effect: E) => void | Promise<void>): void
  /** The whole state, to be stored. */
  snapshot(): WorldState
  /** Stops all timers. */
  close(): void
}

export type WorldState = {
  readonly seed: number
  readonly tables: Readonly<Record<string, readonly (readonly [string, unknown])[]>>
  readonly due: readonly Due[]
}

export function createWorld(clock: Clock, state: WorldState = { seed: 1, tables: {}, due: [] }): World {
  let seed = state.seed
  const tables = new Map<string, Map<string, unknown>>(Object.entries(state.tables).map(([name, rows]) => [name, new Map(rows)]))
  const handlers = new Map<string, (effect: never) => void | Promise<void>>()
  const due = new Map<Due, () => void>()
  let closed = false

  // mulberry32: small, fast, good enough for schedules and ids
  const random = (): number => {
    seed = (seed + 0x6d2b79f5) | 0
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }

  const arm = (row: Due): void => {
    // what falls due after closing is kept, for the snapshot
    const cancel = closed ? () => {} : clock.at(row.time, () => void carryOut(row))
    due.set(row, cancel)
  }
  /** Kept until it is done: a snapshot in the middle has it still, so it happens at least once. */
  async function carryOut(row: Due): Promise<void> {
    const handler = handlers.get(row.effect.type)
    if (!handler || closed) return // its handler comes later: see `on`
    const free = clock.busy(`effect ${row.effect.type}`)
    try {
      await handler(row.effect as never)
      due.delete(row)
    } finally {
      free()
    }
  }
  for (const row of state.due) arm(row)

  return {
    clock,
    random,
    uuid: () =>
      '10000000-1000-4000-8000-100000000000'.replace(/[018]/g, (digit) =>
        (Number(digit) ^ (Math.floor(random() * 16) >> (Number(digit) / 4))).toString(16),
      ),
    table<T>(name: string) {
      let table = tables.get(name)
      if (!table) {
        table = new Map()
        tables.set(name, table)
      }
      return table as Map<string, T>
    },
    later(ms, effect) {
      if (!handlers.has(effect.type)) throw new Error(`No handler for effects of type '${effect.type}'`)
      arm({ time: clock.now() + ms, effect })
    },
    on(type, handler) {
      if (handlers.has(type)) throw new Error(`Effects of type '${type}' have a handler already`)
      handlers.set(type, handler as (effect: never) => void)
      // effects of an earlier life may have fallen due before their handler was there
      for (const [row, cancel] of [...due]) {
        if (row.effect.type !== type) continue
        cancel()
        arm(row)
      }
    },
    snapshot: () => ({ seed, tables: Object.fromEntries([...tables].map(([name, rows]) => [name, [...rows]])), due: [...due.keys()] }),
    close() {
      closed = true
      for (const cancel of due.values()) cancel()
    },
  }
}

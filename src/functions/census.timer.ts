// Every 15 minutes, where telemetry is on: counts connections by state and operations under way. It reads every loop once, so that it costs two
// transactions of the store for each.
import { app } from '@azure/functions'
import { instanceOf } from '../domain/loop.ts'
import type { DoorsOf } from './doors.ts'
import { progressIn, reader } from './known.ts'
import { paced } from './paced.ts'

export function registerCensus(doors: DoorsOf): void {
  app.timer('census', { schedule: '0 7/15 * * * *', handler: () => census(doors) })
}

export async function census(doorsOf: DoorsOf): Promise<void> {
  const doors = doorsOf()
  const { observer, store, steps } = doors
  if (observer.idle) return
  const read = reader(store, steps)
  const states = new Map<string, number>()
  const operations = new Set<string>()
  await paced(store.connections(), 8, async ({ loop }) => {
    const known = await read(loop.key)
    if (!known) return // it went meanwhile
    const { status } = progressIn(known, doors)
    states.set(status, (states.get(status) ?? 0) + 1)
    for (const joined of known.state.loops)
      for (const row of joined.steps) if (row.outcome.operation) operations.add(`${instanceOf(joined.loop)} ${row.step}`)
  })
  observer.counted({ states, operations: operations.size })
}

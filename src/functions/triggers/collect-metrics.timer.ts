// Every 15 minutes, if telemetry is on: counts connections by state and operations in progress. It reads every loop once, which costs two store
// transactions each.
import { app } from '@azure/functions'
import { mapConcurrent } from '../../contract/map-concurrent.ts'
import { instanceOf } from '../../model/loop.ts'
import type { HandlerContextOf } from '../http/handler-context.ts'
import { progressIn, reader } from '../linkers/known.ts'

export function registerCollectMetrics(services: HandlerContextOf): void {
  app.timer('collect-metrics', { schedule: '0 7/15 * * * *', handler: () => collectMetrics(services) })
}

export async function collectMetrics(servicesOf: HandlerContextOf): Promise<void> {
  const services = servicesOf()
  const { observer, store, steps } = services
  if (observer.idle) return
  const read = reader(store, steps)
  const states = new Map<string, number>()
  const operations = new Set<string>()
  await mapConcurrent(store.connections(), 8, async ({ loop }) => {
    const known = await read(loop.key)
    if (!known) return // deleted meanwhile
    const { status } = progressIn(known, services)
    states.set(status, (states.get(status) ?? 0) + 1)
    for (const joined of known.state.loops)
      for (const row of joined.steps) if (row.outcome.operation) operations.add(`${instanceOf(joined.loop)} ${row.step}`)
  })
  observer.counted({ states, operations: operations.size })
}

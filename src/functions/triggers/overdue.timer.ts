// Every hour: scans all loops for those that are due and that no beat has found. A loop that waits for many hours has no entry in the index of due
// times, nor has one that a crash or an older version of the app left out. Each is made due again, which adds it to the index, so that the heartbeat
// continues from there.
import { app, type InvocationContext } from '@azure/functions'
import { mapConcurrent } from '../../contract/map-concurrent.ts'
import { say } from '../../telemetry/log.ts'
import type { HandlerContextOf } from '../http/handler-context.ts'
import { hubInputs } from '../hub.ts'
import { wakeLoop } from '../touch.ts'

/** A loop that is due for less than this is about to run, or the next beat finds it. */
const lateMs = 2 * 60_000

export function registerOverdue(services: HandlerContextOf): void {
  app.timer('overdue', { schedule: '30 17 * * * *', extraInputs: hubInputs, handler: (_timer, context) => overdue(services, context) })
}

async function overdue(servicesOf: HandlerContextOf, context: InvocationContext): Promise<void> {
  const { store, hub, now } = servicesOf()
  const client = hub(context)
  const found = await mapConcurrent(store.overdue(now() - lateMs), 16, async ({ loop }) => {
    // Due long since: that wake was lost.
    if ((await store.touch(loop, 'wake')) !== 'absent') await wakeLoop(loop, { hub: client, context })
  })
  if (found.length > 0) say(context, 'log', { event: 'overdue', found: found.length })
}

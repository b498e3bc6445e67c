// Every minute: wakes what is due. It makes up for every lost wake, and ends instances that do not respond any more: the next beat finds them ended
// and starts them again.
import { app, type InvocationContext } from '@azure/functions'
import { mapConcurrent } from '../../contract/map-concurrent.ts'
import { instanceOf, type Loop } from '../../model/loop.ts'
import { isAhead } from '../../model/moments.ts'
import { loopFields, notWoken, say } from '../../telemetry/log.ts'
import type { HandlerContextOf, Hub } from '../http/handler-context.ts'
import { hubInputs } from '../hub.ts'

/** A loop that is still due after this time is stuck. A stop of the host can delay one for a minute (host.json). */
const stuckMs = 15 * 60_000
/** A longer gap between beats means that the app did not run: then being overdue says nothing about an instance. */
const gapMs = 5 * 60_000
/** A loop that two beats have not started is late. */
const lateMs = 2 * 60_000

export function registerHeartbeat(services: HandlerContextOf): void {
  const beat = heartbeat(services)
  app.timer('heartbeat', { schedule: '0 * * * * *', extraInputs: hubInputs, handler: (_timer, context) => beat(context) })
}

export function heartbeat(servicesOf: HandlerContextOf): (context: InvocationContext) => Promise<void> {
  let beatingSince = Number.NaN
  let lastBeat = Number.NaN
  const ended = new Map<string, number>()
  let highest = 0
  return async (context) => {
    const services = servicesOf()
    const now = services.now()
    if (!(Math.abs(now - lastBeat) <= gapMs)) beatingSince = now
    lastBeat = now
    // The clock went back: a loop that waits for a moment that was near is woken once, and corrects its times.
    const until = isAhead(highest, now) ? highest : now
    highest = now
    for (const [instance, at] of ended) if (now - at >= stuckMs) ended.delete(instance)
    const late: number[] = []
    await mapConcurrent(services.store.due(until), 16, async ({ loop, dueAt }) => {
      if (now - dueAt >= lateMs) late.push(now - dueAt)
      const instance = instanceOf(loop)
      // A successor gets as much time as its predecessor had.
      const isStuck = now - Math.max(dueAt, beatingSince) >= stuckMs && !ended.has(instance)
      if (isStuck) ended.set(instance, now)
      await wakeOrEnd(services.hub(context), context, loop, dueAt, isStuck)
    })
    services.observer.beat(late.length, Math.max(0, ...late))
  }
}

async function wakeOrEnd(hub: Hub, context: InvocationContext, loop: Loop, dueAt: number, isStuck: boolean): Promise<void> {
  try {
    if (!isStuck) return await hub.wake(loop)
    say(context, 'warn', { event: 'instance ended', ...loopFields(loop), dueSince: new Date(dueAt).toISOString() })
    await hub.terminate(loop, 'It did not answer for 15 minutes.')
  } catch (error) {
    notWoken(context, loop, error)
  }
}

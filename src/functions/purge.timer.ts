// Every night: deletes the history of finished instances, and tombstones whose operations nobody asks for any more.
import { app, type InvocationContext } from '@azure/functions'
import { say } from '../steps/log.ts'
import type { DoorsOf } from './doors.ts'
import { hubInputs } from './hub.ts'

const keptMs = 7 * 24 * 60 * 60_000

export function registerPurge(doors: DoorsOf): void {
  app.timer('purge', { schedule: '0 23 3 * * *', extraInputs: hubInputs, handler: (_timer, context) => purge(doors, context) })
}

export async function purge(doorsOf: DoorsOf, context: InvocationContext): Promise<void> {
  const doors = doorsOf()
  const before = doors.now() - keptMs
  const instances = await doors.hub(context).purge(before)
  const tombstones = await doors.store.purge(before)
  say(context, 'log', { event: 'purged', instances, tombstones })
}

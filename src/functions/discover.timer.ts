// Finds tagged clusters that no event told of: made before the app, or while events were lost. Resource Graph proposes; the cluster's own loop
// reads the truth from ARM. Known clusters are left alone, their audits see to them.
import { app, type InvocationContext } from '@azure/functions'
import { loop } from '../domain/loop.ts'
import { owner } from '../domain/resource-id.ts'
import { notWoken, say } from '../steps/log.ts'
import type { DoorsOf } from './doors.ts'
import { hubInputs } from './hub.ts'
import { paced } from './paced.ts'

export function registerDiscover(doors: DoorsOf): void {
  app.timer('discover', { schedule: '0 */10 * * * *', extraInputs: hubInputs, handler: (_timer, context) => discover(doors, context) })
}

export async function discover(doorsOf: DoorsOf, context: InvocationContext): Promise<void> {
  const doors = doorsOf()
  const hub = doors.hub(context)
  const known = new Set<string>()
  for await (const row of doors.store.loops('cluster')) known.add(row.loop.key)
  let found = 0
  await paced(doors.discover(), 8, async ({ id }) => {
    const cluster = owner(id, 'microsoft.containerservice/managedclusters')
    if (cluster === undefined || known.has(loop('cluster', cluster).key)) return
    const place = loop('cluster', cluster)
    known.add(place.key)
    found++
    await doors.store.touch(place, 'wake', { make: true })
    await hub.wake(place).catch((error: unknown) => notWoken(context, place, error))
  })
  if (found > 0) say(context, 'log', { event: 'discovered', clusters: found })
}

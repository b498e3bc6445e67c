// Looks in the known clusters for objects with our own label whose connection or identity is gone, and reports them. It deletes nothing.
// Incomplete evidence reports nothing: a cluster that could not be listed, a store that could not be read or is empty.
import { app, type InvocationContext } from '@azure/functions'
import { type Key, type Loop, loop } from '../domain/loop.ts'
import { loopFields, say } from '../steps/log.ts'
import type { Doors, DoorsOf, OwnObject } from './doors.ts'
import { paced } from './paced.ts'

export function registerSweep(doors: DoorsOf): void {
  app.timer('sweep', { schedule: '0 17 */6 * * *', handler: async (_timer, context) => void (await sweep(doors, context)) })
}

export type Leftover = OwnObject & { readonly cluster: string }

export async function sweep(doorsOf: DoorsOf, context: InvocationContext): Promise<readonly Leftover[]> {
  const { store, ownObjects } = doorsOf()
  // The objects first, then the store: an object is always younger than the row of its owner.
  const objects = (await paced(store.loops('cluster'), 4, ({ loop }) => objectsIn(loop, ownObjects, context))).flat()
  const owners = new Set<string>()
  for await (const row of store.connections()) owners.add(row.loop.key)
  if (owners.size === 0) {
    say(context, 'log', { event: 'sweep', text: 'The store came back without connections, so nothing counts as left over.' })
    return []
  }
  for await (const row of store.loops('identity')) owners.add(row.loop.key)
  const suspects = objects.filter(({ owner }) => !owners.has(owner))
  const gone = await paced(suspects, 4, async (object) => ((await isThere(object.owner, store)) ? undefined : object))
  const leftovers = gone.filter((object) => object !== undefined)
  for (const { cluster, kind, namespace, name, owner } of leftovers)
    say(context, 'warn', {
      event: 'left over',
      ...loopFields(loop('cluster', cluster)),
      kind,
      object: `${namespace}/${name}`,
      owner,
      text: 'Its owner is gone. It can be deleted by hand.',
    })
  return leftovers
}

async function objectsIn(
  cluster: Loop<'cluster'>,
  ownObjects: Doors['ownObjects'],
  context: InvocationContext,
): Promise<readonly Leftover[]> {
  const unlisted = (why: string): readonly Leftover[] => {
    say(context, 'log', { event: 'not listed', ...loopFields(cluster), text: why })
    return []
  }
  try {
    const objects = await ownObjects(cluster)
    return 'code' in objects ? unlisted(objects.text) : objects.map((object) => ({ ...object, cluster: cluster.id }))
  } catch (error) {
    return unlisted(String(error))
  }
}

/** A second, single look, for lists of a store can be minutes old by the time they are read. */
async function isThere(owner: string, store: Doors['store']): Promise<boolean> {
  const key = owner as Key
  const rows = await Promise.all([store.read({ kind: 'connection', key, id: '' }), store.read({ kind: 'identity', key, id: '' })])
  return rows.some((row) => row !== undefined)
}

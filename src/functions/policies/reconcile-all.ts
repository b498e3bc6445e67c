// A change of policies concerns every connection, so each loop runs again: at once if there are few, spread over time if there are many.
import { mapConcurrent } from '../../contract/map-concurrent.ts'
import type { Loop } from '../../model/loop.ts'
import type { Call } from '../http/call.ts'
import { touchAndWake } from '../touch.ts'

/** This many are woken at once; the others become due later, this many each second, and the heartbeat wakes them. */
const atOnce = 50
const perSecond = 20

type Waking = Pick<Call, 'services' | 'hub' | 'context'>

/** Wakes one loop after the other; `make`: also one that is not there yet. */
export function paced({ services, hub, context }: Waking): (loop: Loop, how?: { readonly make: true }) => Promise<void> {
  let count = 0
  return async (loop, how) => {
    const place = count++
    if (place < atOnce) await touchAndWake(loop, 'wake', { store: services.store, hub, context }, how)
    else await services.store.touch(loop, 'wake', { ...how, at: services.now() + Math.ceil((place - atOnce) / perSecond) * 1000 })
  }
}

export async function reconcileAll(waking: Waking): Promise<void> {
  const wake = paced(waking)
  // Shared loops write nothing for members that are not allowed now.
  for (const kind of ['connection', 'cluster', 'target', 'identity'] as const)
    await mapConcurrent(waking.services.store.loops(kind), 16, (row) => wake(row.loop))
}

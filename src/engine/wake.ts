// Wakes a loop's durable instance: starts it, or raises the event if it runs. Only a hint: the store alone is enough, and the heartbeat finds loops
// whose wake was lost.
import type { DurableClient } from 'durable-functions'
import { instanceOf } from '../model/loop.ts'
import type { Wake } from '../ports/store.ts'
import { reconcileName, type Started, wakeEvent } from './reconcile.ts'

export function wakeWith(client: DurableClient): Wake {
  return async (loop, how) => {
    const instanceId = instanceOf(loop)
    try {
      const input: Started = { ...loop, ...how }
      await client.startNew(reconcileName, { instanceId, input })
    } catch (refused) {
      // It runs (or is being started): 409 from extension 3, 500 from extension 2, both with this message.
      if (!/already exists/i.test(String(refused))) throw refused
      await client.raiseEvent(instanceId, wakeEvent, {})
    }
  }
}

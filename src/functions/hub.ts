// The durable client of an invocation, as the handlers see it.
import type { InvocationContext } from '@azure/functions'
import * as df from 'durable-functions'
import { wakeWith } from '../engine/wake.ts'
import { instanceOf } from '../model/loop.ts'
import type { Hub } from './http/handler-context.ts'

/** Every function that needs the hub registers with these. */
export const hubInputs = [df.input.durableClient()]

export function durableHub(context: InvocationContext): Hub {
  const client = df.getClient(context)
  return {
    wake: wakeWith(client),
    async terminate(loop, reason) {
      // 410 (finished) resolves in the SDK; 404 (never started) comes as a plain error whose text names the status.
      await client.terminate(instanceOf(loop), reason).catch((error: unknown) => {
        if (!/404|no instance/i.test(String(error))) throw error
      })
    },
    async purge(before) {
      // Final statuses only: with any other filter the real host deletes running instances as well.
      const runtimeStatus = [
        df.OrchestrationRuntimeStatus.Completed,
        df.OrchestrationRuntimeStatus.Failed,
        df.OrchestrationRuntimeStatus.Terminated,
      ]
      const purged = await client.purgeInstanceHistoryBy({ createdTimeFrom: new Date(0), createdTimeTo: new Date(before), runtimeStatus })
      return purged.instancesDeleted
    },
  }
}

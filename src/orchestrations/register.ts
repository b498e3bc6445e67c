// Registers the loop and its activities from the program: names come from there alone, for an unknown activity name hangs in silence.
import * as df from 'durable-functions'
import type { Loop } from '../domain/loop.ts'
import { type AttemptPorts, attempt } from '../steps/attempt.ts'
import { program } from '../steps/program.ts'
import type { Wake } from '../steps/store.ts'
import { type AdvancePorts, advance } from './advance.ts'
import { advanceName, reconcile, reconcileName } from './reconcile.ts'
import { wakeWith } from './wake.ts'

export type LoopPorts = { readonly attempt: (wake: Wake) => AttemptPorts; readonly advance: (wake: Wake) => AdvancePorts }

/** A wake is a hint, for what it is about is stored before: one that is refused must not fail the work that was done. The heartbeat makes it good. */
function hinting(context: Parameters<typeof df.getClient>[0]): Wake {
  const wake = wakeWith(df.getClient(context))
  return async (loop) =>
    await wake(loop).catch((error: unknown) => context.warn(`The loop ${loop.kind} ${loop.id} waits for the heartbeat: ${String(error)}`))
}

/** `ports` is asked at the first call, not at import: clients are made when they are needed. */
export function registerLoop(ports: () => LoopPorts): void {
  df.app.orchestration(reconcileName, reconcile)
  const extraInputs = [df.input.durableClient()]
  df.app.activity(advanceName, {
    extraInputs,
    handler: async (loop: Loop, context) => {
      try {
        return await advance(loop, ports().advance(hinting(context)))
      } catch (error) {
        context.error(`${advanceName} of ${loop.kind} ${loop.id}:`, error)
        throw error // the loop tries again in 30 seconds
      }
    },
  })
  for (const step of program)
    df.app.activity(step.name, {
      extraInputs,
      // A failure is returned, never thrown: Task.all of durable-functions 3.5.0 mixes up results after a rejection.
      handler: async (loop: Loop, context) => {
        try {
          return { step: step.name, kind: await attempt(step, loop, ports().attempt(hinting(context))) }
        } catch (error) {
          context.error(`${step.name} of ${loop.kind} ${loop.id}:`, error)
          return { step: step.name, kind: 'lost' }
        }
      },
    })
}

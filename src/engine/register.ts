// Registers the loop and its activity. Their names are constants of reconcile.ts: an unknown activity name hangs in silence.
import * as df from 'durable-functions'
import type { Loop } from '../model/loop.ts'
import type { StepName } from '../model/step-name.ts'
import type { Observer } from '../ports/observer.ts'
import type { AttemptRecord, Snapshot } from '../ports/rows.ts'
import type { Wake } from '../ports/store.ts'
import { loggingMistakes, loopFields, notWoken, outcomeLine, say, stackFields } from '../telemetry/log.ts'
import { advance } from './advance.ts'
import { type AttemptPorts, attempt } from './attempt.ts'
import { advanceName, reconcile, reconcileName } from './reconcile.ts'
import type { AdvancePorts } from './round.ts'
import { wakeWith } from './wake.ts'

export type LoopPorts = {
  readonly attempt: (wake: Wake) => AttemptPorts
  readonly advance: (wake: Wake) => Omit<AdvancePorts, 'attempt'>
  readonly observer: Observer
}

/** An `InvocationContext`, which must not be imported here. */
type Context = Parameters<typeof df.getClient>[0]

/** A wake is a hint, because its reason is stored first: a refused wake must not fail the finished work. The heartbeat makes up for it. */
function hinting(context: Context): Wake {
  // Most activities wake nothing, and creating a client is expensive.
  let wake: Wake | undefined
  return async (loop, how) => {
    try {
      wake ??= wakeWith(df.getClient(context))
      await wake(loop, how)
    } catch (error) {
      notWoken(context, loop, error)
    }
  }
}

/** `ports` is called at first use, not at import: clients are created when they are needed. */
export function registerLoop(ports: () => LoopPorts): void {
  df.app.orchestration(reconcileName, reconcile)
  df.app.activity(advanceName, {
    extraInputs: [df.input.durableClient()],
    handler: async (loop: Loop, context) => {
      try {
        return await ports().observer.during(
          advanceName,
          loop,
          () => loggingMistakes(context, () => advance(loop, portsOf(ports(), context))),
          (next) => next.do,
        )
      } catch (error) {
        say(context, 'error', { event: 'not advanced', ...loopFields(loop), ...stackFields(error) })
        throw error // the loop tries again in 30 seconds
      }
    },
  })
}

/** Each attempt is its own span; changes of its outcome are logged. */
function portsOf({ advance: advancePorts, attempt: attemptPorts, observer }: LoopPorts, context: Context): AdvancePorts {
  const wake = hinting(context)
  const kindOf = (result: Awaited<ReturnType<typeof attempt>>) => (result === 'stale' ? result : result.recorded.outcome.kind)
  return {
    ...advancePorts(wake),
    attempt: (step, snapshot) =>
      observer.during(
        step.name,
        snapshot.row.loop,
        async () => {
          const result = await attempt(step, snapshot, attemptPorts(wake))
          if (result !== 'stale') report(step.name, snapshot, result)
          return result
        },
        kindOf,
      ),
  }

  function report(step: StepName, { row: { loop }, view }: Snapshot, { before, recorded }: AttemptRecord): void {
    const one = { step, loop, connections: view.self ? [view.self] : view.members, before, after: recorded }
    observer.attempted(one)
    const line = outcomeLine(one)
    if (line) say(context, line.level, line.line)
  }
}

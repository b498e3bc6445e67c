// Registers the loop and its activities from the program: names come from there alone, for an unknown activity name hangs in silence.
import * as df from 'durable-functions'
import type { Loop } from '../domain/loop.ts'
import { type AttemptPorts, attempt } from '../steps/attempt.ts'
import type { AnyStep } from '../steps/digest.ts'
import { loggingMistakes, loopFields, notWoken, outcomeLine, say, stackFields } from '../steps/log.ts'
import type { Observer } from '../steps/observer.ts'
import { program } from '../steps/program.ts'
import type { Snapshot, Wake } from '../steps/store.ts'
import { type AdvancePorts, advance } from './advance.ts'
import { advanceName, reconcile, reconcileName } from './reconcile.ts'
import { wakeWith } from './wake.ts'

export type LoopPorts = {
  readonly attempt: (wake: Wake) => AttemptPorts
  readonly advance: (wake: Wake) => Omit<AdvancePorts, 'attempt'>
  readonly observer: Observer
}

/** An `InvocationContext`, which is not ours to import here. */
type Context = Parameters<typeof df.getClient>[0]

/** A wake is a hint, for what it is about is stored before: one that is refused must not fail the work that was done. The heartbeat makes it good. */
function hinting(context: Context): Wake {
  // Most work wakes nobody, and to make a client costs more than most work.
  let wake: Wake | undefined
  return async (loop) => {
    try {
      wake ??= wakeWith(df.getClient(context))
      await wake(loop)
    } catch (error) {
      notWoken(context, loop, error)
    }
  }
}

/** `ports` is asked at the first call, not at import: clients are made when they are needed. */
export function registerLoop(ports: () => LoopPorts): void {
  df.app.orchestration(reconcileName, reconcile)
  const extraInputs = [df.input.durableClient()]
  df.app.activity(advanceName, {
    extraInputs,
    handler: async (loop: Loop, context) => {
      try {
        const { advance: portsFor, observer } = ports()
        const attempt: AdvancePorts['attempt'] = (step, snapshot) => attemptTold(step, loop, ports(), context, snapshot)
        const run = () => loggingMistakes(context, () => advance(loop, { ...portsFor(hinting(context)), attempt }))
        return await observer.during(advanceName, loop, run, (next) => next.do)
      } catch (error) {
        say(context, 'error', { event: 'not advanced', ...loopFields(loop), ...stackFields(error) })
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
          return { step: step.name, kind: await attemptTold(step, loop, ports(), context) }
        } catch (error) {
          say(context, 'error', { event: 'attempt lost', ...loopFields(loop), step: step.name, ...stackFields(error) })
          return { step: step.name, kind: 'lost' }
        }
      },
    })
}

/** An attempt as a span of its own; what is new in its outcome is logged. */
async function attemptTold(step: AnyStep, loop: Loop, { attempt: portsFor, observer }: LoopPorts, context: Context, justRead?: Snapshot) {
  const attempted: Observer['attempted'] = (one) => {
    observer.attempted(one)
    const news = outcomeLine(one)
    if (news) say(context, news.level, news.line)
  }
  const run = () => loggingMistakes(context, () => attempt(step, loop, { ...portsFor(hinting(context)), attempted }, justRead))
  return await observer.during(step.name, loop, run, (kind) => kind)
}

// The loop. It carries no data and decides nothing: `advance` reads the store and says what is next, the steps do it.
// Plain `function*`, only `context.df.*`: durable-functions replays it. One sleep per execution: a waiter left over from an earlier
// Task.any would swallow the next event, so that after any sleep comes continueAsNew (docs/adr/0001-one-sleep-per-execution.md).
import type { OrchestrationContext } from 'durable-functions'
import type { Loop } from '../domain/loop.ts'
import type { NextRound } from './advance.ts'

/** What a step's activity answers; `lost`: the store did not answer, so that nothing could be recorded. */
type StepDone = { readonly step: string; readonly kind: string }

/** Names of the durable functions; activities of steps are named like the steps. */
export const reconcileName = 'reconcile'
export const advanceName = 'advance'
export const wakeEvent = 'wake'
const herdMs = 1_000

// biome-ignore lint/suspicious/noExplicitAny: durable-functions types what a yield answers as any.
export function* reconcile(context: OrchestrationContext): Generator<any, void, any> {
  const loop = context.df.getInput<Loop>()
  try {
    const next: NextRound = yield context.df.callActivity(advanceName, loop)
    if (next.status) context.df.setCustomStatus(next.status)
    if (next.do === 'end') return
    if (next.do === 'run') yield* run(context, loop, next.steps)
    else yield* sleep(context, next.until)
  } catch {
    yield context.df.createTimer(new Date(context.df.currentUtcDateTime.getTime() + 30_000))
  }
  context.df.continueAsNew(loop)
}

// biome-ignore lint/suspicious/noExplicitAny: see above.
function* run(context: OrchestrationContext, loop: Loop, steps: readonly string[]): Generator<any, void, any> {
  const done: readonly StepDone[] = yield context.df.Task.all(steps.map((step) => context.df.callActivity(step, loop)))
  const lost = done.find((one) => one.kind === 'lost')
  if (lost) throw new Error(`${lost.step} could not read or write the store`)
}

/**
 * Until the time, or until somebody wakes the loop. The losing timer is cancelled: an open one would hold up continueAsNew. Wakes come in herds, for
 * loops that serve the same connections find out things at the same time: one advance is enough for all that come within a moment.
 */
// biome-ignore lint/suspicious/noExplicitAny: see above.
function* sleep(context: OrchestrationContext, until: number): Generator<any, void, any> {
  const timer = context.df.createTimer(new Date(until))
  yield context.df.Task.any([timer, context.df.waitForExternalEvent(wakeEvent)])
  if (timer.isCompleted) return
  timer.cancel()
  yield context.df.createTimer(new Date(context.df.currentUtcDateTime.getTime() + herdMs))
}

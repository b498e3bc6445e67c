// The loop. It carries no data and decides nothing: the activity `advance` reads the store, does what is due, and says until when nothing is. Plain
// `function*`, only `context.df.*`: durable-functions replays it. One sleep per execution: a waiter left over from an earlier Task.any would swallow
// the next event, so every sleep is followed by continueAsNew (docs/adr/0001-one-sleep-per-execution.md).
import type { OrchestrationContext } from 'durable-functions'
import type { Loop } from '../model/loop.ts'
import type { NextRound } from './round.ts'

/** What an instance is started with. `herd`: see `Wake`. */
export type Started = Loop & { readonly herd?: true }

/** Names of the durable functions. */
export const reconcileName = 'reconcile'
export const advanceName = 'advance'
export const wakeEvent = 'wake'

// biome-ignore lint/suspicious/noExplicitAny: durable-functions types what a yield answers as any.
export function* reconcile(context: OrchestrationContext): Generator<any, void, any> {
  const { herd, ...loop } = context.df.getInput<Started>()
  try {
    if (herd) yield aMoment(context, 1_000)
    const next: NextRound = yield context.df.callActivity(advanceName, loop)
    if (next.status) context.df.setCustomStatus(next.status)
    if (next.do === 'end') return
    if (next.do === 'sleep') yield* sleep(context, next.until)
  } catch {
    yield aMoment(context, 30_000)
  }
  context.df.continueAsNew(loop)
}

/**
 * Sleeps until the time, or until the loop is woken. The losing timer is cancelled: an open one would delay continueAsNew. Wakes come in herds,
 * because loops that serve the same connections publish facts at the same time: one advance is enough for all wakes within a moment.
 */
// biome-ignore lint/suspicious/noExplicitAny: see above.
function* sleep(context: OrchestrationContext, until: number): Generator<any, void, any> {
  const timer = context.df.createTimer(new Date(until))
  yield context.df.Task.any([timer, context.df.waitForExternalEvent(wakeEvent)])
  if (timer.isCompleted) return
  timer.cancel()
  yield aMoment(context, 1_000)
}

const aMoment = (context: OrchestrationContext, ms: number) =>
  context.df.createTimer(new Date(context.df.currentUtcDateTime.getTime() + ms))

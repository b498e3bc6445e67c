// Carries out an orchestrator's action list against its history, as the Durable extension and the Durable Task Framework do.
//
// The surprising part: the extension, not the SDK, decides what happens. On every episode it goes through the whole list again, action
// after action, and waits for each as the list says; the history's events complete the waits one by one, and what follows runs at
// once, inside the event. So a `Task.all` with a failed child still waits for the others here, although the SDK has gone on; and
// nothing completes while a task is open.
// https://github.com/Azure/durabletask/blob/main/src/DurableTask.Core/TaskOrchestrationExecutor.cs
// https://github.com/Azure/azure-functions-durable-extension/blob/dev/src/WebJobs.Extensions.DurableTask/Listener/OutOfProcOrchestrationShim.cs

import { type Action, actionType, type OrchestratorState } from './actions.ts'
import { NonDeterminism, orchestrationContext, type Scheduled } from './context.ts'
import { eventType, type HistoryEvent } from './history.ts'
import { all, any, done, type Task } from './tasks.ts'

export type Ending =
  | { readonly status: 'Completed'; readonly output: string }
  | { readonly status: 'Failed' | 'Terminated'; readonly output: string | null }
  | { readonly status: 'ContinuedAsNew'; readonly input: string | null; readonly carried: readonly HistoryEvent[] }

export type Replayed = {
  /** What this episode has asked for and the history does not hold yet, by number. */
  readonly scheduled: readonly Scheduled[]
  readonly ending: Ending | undefined
  readonly suspended: boolean
  /** The list is at its end, and nothing but open timers holds up the completion. */
  readonly heldUpByTimers: boolean
}

type Run = {
  finished?: Ending
  terminated?: { readonly reason: string | null }
  continued?: { readonly input: string | null; readonly carried: HistoryEvent[] }
  suspended: boolean
}

type Context = ReturnType<typeof orchestrationContext>

const invoke = (context: Context, run: Run, action: Action): Task => {
  switch (action.actionType) {
    case actionType.callActivity:
      return context.callActivity(action.functionName, action.input)
    case actionType.callActivityWithRetry:
      return context.callWithRetry(action.functionName, action.input, action.retryOptions)
    case actionType.continueAsNew:
      run.continued = { input: action.input === undefined || action.input === null ? null : JSON.stringify(action.input), carried: [] }
      return done()
    case actionType.createTimer:
      return context.createTimer(Date.parse(action.fireAt), action.isCanceled)
    case actionType.waitForExternalEvent:
      return context.waitForEvent(action.externalEventName)
    case actionType.whenAny:
      return any(action.compoundActions.map((child) => invoke(context, run, child)))
    case actionType.whenAll:
      return all(action.compoundActions.map((child) => invoke(context, run, child)))
  }
}

const goThrough = (context: Context, run: Run, name: string, state: OrchestratorState, from = 0): void => {
  for (const [offset, action] of state.actions.slice(from).entries()) {
    let task: Task
    try {
      task = invoke(context, run, action)
    } catch {
      continue // as the extension does: an unknown activity then hangs, without a word (durable-js #197)
    }
    if (task.settled()) continue
    task.whenSettled(() => goThrough(context, run, name, state, from + offset + 1))
    return
  }
  if (state.error) run.finished = { status: 'Failed', output: `Orchestrator function '${name}' failed: ${state.error}` }
  else if (state.isDone) run.finished = { status: 'Completed', output: JSON.stringify(state.output ?? null) }
}

const processEvents = (context: Context, run: Run, history: readonly HistoryEvent[], begin: () => void): void => {
  const whileSuspended: HistoryEvent[] = []
  const handle = (event: HistoryEvent): void => {
    const type = event.EventType
    if (run.suspended && type !== eventType.executionResumed && type !== eventType.executionTerminated) {
      if (type !== eventType.executionSuspended) whileSuspended.push(event)
    } else if (type === eventType.executionStarted) begin()
    else if (type === eventType.executionTerminated) run.terminated ??= { reason: event.Input ?? null }
    else if (type === eventType.taskScheduled) context.matchScheduled(event, 'activity')
    else if (type === eventType.timerCreated) context.matchScheduled(event, 'timer')
    else if (type === eventType.taskCompleted) context.settle(event.TaskScheduledId, false)
    else if (type === eventType.taskFailed) context.settle(event.TaskScheduledId, true)
    else if (type === eventType.timerFired) context.settle(event.TimerId, false)
    else if (type === eventType.eventRaised) {
      // Once the list has asked to continue as new, further events are for the next execution.
      if (run.continued === undefined) context.raise(event)
      else run.continued.carried.push(event)
    } else if (type === eventType.executionSuspended) {
      run.suspended = true
      context.suspend()
    } else if (type === eventType.executionResumed) {
      run.suspended = false
      context.resume()
      for (const late of whileSuspended.splice(0)) handle(late)
    }
  }
  for (const event of history) {
    if (event.EventType === eventType.orchestratorStarted) context.setTime(Date.parse(event.Timestamp))
    else handle(event)
  }
}

const endingOf = (context: Context, { finished, terminated, continued }: Run): Ending | undefined => {
  if (terminated !== undefined) return { status: 'Terminated', output: terminated.reason }
  if (finished === undefined || context.hasOpenTasks()) return undefined
  return finished.status === 'Completed' && continued !== undefined ? { status: 'ContinuedAsNew', ...continued } : finished
}

export const replay = (
  name: string,
  state: OrchestratorState,
  history: readonly HistoryEvent[],
  isActivity: (name: string) => boolean,
): Replayed => {
  const context = orchestrationContext(isActivity)
  const run: Run = { suspended: false }
  let ending: Ending | undefined
  try {
    processEvents(context, run, history, () => goThrough(context, run, name, state))
    ending = endingOf(context, run)
  } catch (error) {
    if (!(error instanceof NonDeterminism)) throw error
    ending = { status: 'Failed', output: `Non-Deterministic workflow detected: ${error.message}` }
  }
  return {
    scheduled: run.terminated === undefined ? context.scheduled() : [],
    ending,
    suspended: run.suspended,
    heldUpByTimers: run.finished !== undefined && ending === undefined && context.hasOnlyTimers(),
  }
}

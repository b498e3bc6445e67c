// What an orchestration waits for: activities, timers and events, numbered by one counter in the order of the requests.
//
// Events match case-insensitively (the SDK is case-sensitive), the newest waiter first; an event without a waiter is kept.
// https://github.com/Azure/azure-functions-durable-extension/blob/dev/src/WebJobs.Extensions.DurableTask/ContextImplementations/DurableOrchestrationContext.cs

import type { RetryOptions } from './actions.ts'
import type { HistoryEvent } from './history.ts'
import { cancelled, type Settable, settable, type Task } from './tasks.ts'

export type Scheduled =
  | { readonly kind: 'activity'; readonly id: number; readonly name: string; readonly input: string }
  | { readonly kind: 'timer'; readonly id: number; readonly fireAt: number }

export class NonDeterminism extends Error {}

const day = 24 * 3_600_000
/** Azure Storage queues hide a message for at most 7 days, so longer timers are chained. */
const longest = { timer: 6 * day, step: 3 * day }

const advice = 'Was a change made to the orchestrator code after this instance had already started running?'

export const orchestrationContext = (isActivity: (name: string) => boolean) => {
  let counter = 0
  let now = 0
  let setAside = new Map<number, Scheduled>()
  let pending = new Map<number, Scheduled>()
  const open = new Map<number, Settable>()
  const timers = new Set<number>()
  const waiting = new Map<string, Settable[]>()
  const buffered = new Map<string, HistoryEvent[]>()

  const begin = (id: number): Settable => {
    const task = settable()
    open.set(id, task)
    return task
  }

  const callActivity = (name: string, input: unknown): Task => {
    if (!isActivity(name)) throw new Error(`The function '${name}' doesn't exist, is disabled, or is not an activity function.`)
    const id = counter++
    pending.set(id, { kind: 'activity', id, name, input: JSON.stringify(input ?? null) })
    return begin(id)
  }

  /** A cancelled timer is still recorded, but has no waiter. */
  const oneTimer = (fireAt: number, isCanceled = false): Task => {
    const id = counter++
    pending.set(id, { kind: 'timer', id, fireAt })
    if (isCanceled) return cancelled()
    timers.add(id)
    return begin(id)
  }

  const createTimer = (fireAt: number, isCanceled: boolean): Task => {
    if (fireAt - now <= longest.timer) return oneTimer(fireAt, isCanceled)
    const whole = settable()
    const step = (): void => {
      const timer = oneTimer(fireAt - now <= longest.timer ? fireAt : now + longest.step, isCanceled)
      // Each part may be early, the last one too, and then one more follows.
      timer.whenSettled(() => (now >= fireAt || isCanceled ? whole.settle() : step()))
    }
    step()
    return whole
  }

  const callWithRetry = (name: string, input: unknown, options: RetryOptions): Task => {
    const whole = settable()
    const first = now
    const retry = (number: number): void => {
      // The extension keeps a needless last timer, so as not to break the replay of older instances.
      const isLast = number >= options.maxNumberOfAttempts
      const delay = options.firstRetryIntervalInMilliseconds * (options.backoffCoefficient ?? 1) ** (number - 1)
      const wait = Math.min(delay, options.maxRetryIntervalInMilliseconds ?? longest.timer)
      if (isLast) oneTimer(now).whenSettled(() => whole.settle(true))
      else if (now - first >= (options.retryTimeoutInMilliseconds ?? Number.POSITIVE_INFINITY)) whole.settle(true)
      else oneTimer(now + wait).whenSettled(() => attempt(number + 1))
    }
    const attempt = (number: number): void => {
      const call = callActivity(name, input)
      call.whenSettled(() => (call.failed() ? retry(number) : whole.settle()))
    }
    attempt(1)
    return whole
  }

  const raise = (event: HistoryEvent): void => {
    const key = (event.Name ?? '').toLowerCase()
    const waiter = waiting.get(key)?.pop()
    if (waiter !== undefined) waiter.settle()
    else buffered.set(key, [...(buffered.get(key) ?? []), event])
  }

  const waitForEvent = (name: string): Task => {
    const key = name.toLowerCase()
    const task = settable()
    waiting.set(key, [...(waiting.get(key) ?? []), task])
    const early = buffered.get(key)?.shift()
    if (early !== undefined) raise(early)
    return task
  }

  return {
    callActivity,
    callWithRetry,
    createTimer,
    waitForEvent,
    raise,
    setTime(time: number): void {
      now = time
    },
    settle(id: number | undefined, failed: boolean): void {
      const task = id === undefined ? undefined : open.get(id)
      if (task === undefined || id === undefined) return // it is known already, or has no waiter any more
      open.delete(id)
      timers.delete(id)
      task.settle(failed)
    },
    /** The history says that this was scheduled before: the list must have asked for the same. */
    matchScheduled(event: HistoryEvent, kind: Scheduled['kind']): void {
      const action = pending.get(event.EventId)
      const what = kind === 'activity' ? 'an activity task' : 'a timer'
      const named = kind === 'activity' ? ` named '${event.Name}'` : ''
      const before = `A previous execution of this orchestration scheduled ${what} with sequence number ${event.EventId}${named}`
      if (action === undefined)
        throw new NonDeterminism(`${before}, but the current replay execution hasn't (yet?) scheduled this task. ${advice}`)
      if (action.kind !== kind)
        throw new NonDeterminism(
          `${before}, but the current orchestration replay instead produced a ${action.kind} with this sequence number. ${advice}`,
        )
      if (action.kind === 'activity' && action.name.toLowerCase() !== event.Name?.toLowerCase()) {
        const instead = `the current orchestration replay instead scheduled an activity task named '${action.name}' with this sequence number`
        throw new NonDeterminism(`${before}, but ${instead}.  ${advice}`)
      }
      pending.delete(event.EventId)
    },
    /** While suspended nothing is scheduled; what was asked for waits. */
    suspend(): void {
      setAside = pending
      pending = new Map()
    },
    resume(): void {
      pending = new Map([...setAside, ...pending])
      setAside = new Map()
    },
    scheduled: (): Scheduled[] => [...pending.values()].sort((a, b) => a.id - b.id),
    hasOpenTasks: (): boolean => open.size > 0,
    /** Whether something is open and it is timers alone. */
    hasOnlyTimers: (): boolean => open.size > 0 && open.size === timers.size,
  }
}

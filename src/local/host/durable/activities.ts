// Runs activities, first come, first served, within the limit of host.json. One that is marked as under way waits until its mark runs
// out: it was lost in a crash.

import type { Cancel, Clock } from '../../clock.ts'
import type { RegisteredFunction } from '../functions-core.ts'
import type { Invocation, Invoke } from '../invocation.ts'
import { inputValue, metadataValue, returnedJson } from '../rpc-values.ts'
import type { Work } from '../work.ts'
import { activityFailure, asError } from './failure.ts'
import { eventType, type HistoryEvent, historyEvent } from './history.ts'
import type { Activity, Store } from './store.ts'
import { tooLong } from './strict.ts'

export type ActivityParts = {
  readonly store: Store
  readonly clock: Clock
  readonly work: Work
  readonly invoke: Invoke
  readonly activity: (name: string) => RegisteredFunction | undefined
  readonly limit: number
  readonly visibilityTimeoutMs: number
  /** Set in strict mode: notes a broken rule and answers the error to fail with. */
  readonly violated: ((about: string, rule: string) => Error) | undefined
  readonly counted: (name: string) => void
  readonly failed: (what: string, error: unknown) => void
  /** A result waits in this instance's inbox. */
  readonly wake: (instanceId: string) => void
}

const invocationOf = (target: RegisteredFunction, it: Activity): Invocation => {
  const binding = Object.keys(target.metadata.bindings)[0] ?? ''
  const data = inputValue(it.input)
  const value: unknown = JSON.parse(it.input)
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  const properties = isObject ? Object.entries(value).map(([key, inner]) => [key, metadataValue(inner)] as const) : []
  const triggerMetadata = {
    instanceId: { string: it.instanceId },
    ...(value === null ? {} : { [binding]: data, data: { json: it.input } }),
    ...Object.fromEntries(properties),
  }
  return { inputs: { [binding]: data }, triggerMetadata }
}

const outcomeOf = async (parts: ActivityParts, it: Activity): Promise<HistoryEvent> => {
  const { clock, violated } = parts
  const fields = { TaskScheduledId: it.taskId }
  try {
    const target = parts.activity(it.name)
    if (target === undefined) throw new Error(`The function '${it.name}' doesn't exist, is disabled, or is not an activity function.`)
    parts.counted(target.metadata.name)
    const Result = returnedJson((await parts.invoke(target, invocationOf(target, it))).returnValue)
    const long = violated === undefined ? undefined : tooLong(`the result of ${it.name}`, Result)
    if (long !== undefined) throw violated?.(it.instanceId, long)
    return historyEvent(eventType.taskCompleted, clock.now(), { ...fields, Result })
  } catch (thrown) {
    const isEmpty = violated !== undefined && asError(thrown).message === ''
    const error = isEmpty ? violated(it.instanceId, `the activity ${it.name} threw something without a message`) : thrown
    return historyEvent(eventType.taskFailed, clock.now(), { ...fields, ...activityFailure(it.name, error), FailureDetails: null })
  }
}

const runOne = async (parts: ActivityParts, it: Activity): Promise<void> => {
  const { store, clock } = parts
  store.commit('activity started', () => void store.putActivity({ ...it, lockedUntil: clock.now() + parts.visibilityTimeoutMs }))
  const event = await outcomeOf(parts, it)
  store.commit('activity ended', () => {
    if (!store.deleteActivity(it)) return
    store.send({ instanceId: it.instanceId, executionId: it.executionId, visibleAt: clock.now(), event })
  })
  parts.wake(it.instanceId)
}

export const runActivities = (parts: ActivityParts) => {
  const { clock, work } = parts
  const offered: { readonly activity: Activity; readonly release: Cancel }[] = []
  const alarms = new Set<Cancel>()
  let running = 0
  let stopped = false

  const offer = (it: Activity): void => {
    if (stopped) return
    if (it.lockedUntil > clock.now()) {
      alarms.add(clock.at(it.lockedUntil, () => offer(it)))
      return
    }
    offered.push({ activity: it, release: work.hold() })
    begin()
  }

  const begin = (): void => {
    while (running < parts.limit && !stopped) {
      const next = offered.shift()
      if (next === undefined) return
      running++
      void runOne(parts, next.activity)
        .catch((error: unknown) => parts.failed(`activity ${next.activity.name} of ${next.activity.instanceId}`, error))
        .finally(() => {
          running--
          begin()
          next.release()
        })
    }
  }

  return {
    offer,
    start() {
      for (const it of parts.store.activities()) offer(it)
    },
    stop() {
      stopped = true
      for (const cancel of alarms) cancel()
      for (const { release } of offered.splice(0)) release()
    },
  }
}

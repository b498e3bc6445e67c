// The task hub at work: decides when which orchestration and which activity runs.
//
// Instances with visible messages and activities with rows are queued, within the limits of host.json. What is queued or running
// holds time, and a follower is queued before its cause lets go.

import { setImmediate } from 'node:timers/promises'
import type { Cancel, Clock } from '../../clock.ts'
import type { RegisteredFunction } from '../functions-core.ts'
import type { Invoke } from '../invocation.ts'
import { inputValue, metadataValue, returnedJson } from '../rpc-values.ts'
import type { Work } from '../work.ts'
import type { OrchestratorState } from './actions.ts'
import { runEpisode } from './episode.ts'
import { activityFailure, asError } from './failure.ts'
import { eventType, type HistoryEvent, historyEvent } from './history.ts'
import { callOrchestrator } from './orchestrator.ts'
import type { Activity, Instance, Store } from './store.ts'
import { brokenRule, tooLong } from './strict.ts'

export type HubParts = {
  readonly store: Store
  readonly clock: Clock
  readonly work: Work
  readonly invoke: Invoke
  readonly orchestrators: ReadonlyMap<string, RegisteredFunction>
  readonly activities: ReadonlyMap<string, RegisteredFunction>
  readonly maxOrchestrators: number
  readonly maxActivities: number
  readonly visibilityTimeoutMs: number
  /** Set in strict mode: notes a broken rule and answers the error to fail with. */
  readonly violated: ((about: string, rule: string) => Error) | undefined
  readonly counted: (name: string) => void
  readonly failed: (what: string, error: unknown) => void
}

export type Hub = {
  /** Looks at the instance's inbox now. */
  wake(instanceId: string): void
  start(): void
  /** Nothing new begins; what runs may end. */
  stop(): void
}

const byName = (functions: ReadonlyMap<string, RegisteredFunction>) => {
  const lower = new Map([...functions].map(([name, it]) => [name.toLowerCase(), it]))
  return (name: string): RegisteredFunction | undefined => lower.get(name.toLowerCase())
}

export const makeHub = (parts: HubParts): Hub => {
  const { store, clock, work } = parts
  const orchestrator = byName(parts.orchestrators)
  const activity = byName(parts.activities)
  const isActivity = (name: string) => activity(name) !== undefined
  const alarms = new Set<Cancel>()
  let stopped = false

  const at = (time: number, run: () => void): void => {
    const cancel = clock.at(time, () => {
      alarms.delete(cancel)
      if (!stopped) run()
    })
    alarms.add(cancel)
  }

  // --- orchestrations: one episode at a time each, and an alarm for the next message of each

  const queue = new Map<string, Cancel>()
  const running = new Set<string>()
  const alarmOf = new Map<string, { time: number; cancel: Cancel }>()

  const setAlarm = (instanceId: string): void => {
    const next = store.nextVisible(instanceId)
    const set = alarmOf.get(instanceId)
    if (set !== undefined && set.time === next) return
    if (set !== undefined) {
      set.cancel()
      alarms.delete(set.cancel)
      alarmOf.delete(instanceId)
    }
    if (next === undefined || stopped) return
    if (next <= clock.now()) {
      wake(instanceId)
      return
    }
    const cancel = clock.at(next, () => {
      alarmOf.delete(instanceId)
      alarms.delete(cancel)
      if (!stopped) wake(instanceId)
    })
    alarms.add(cancel)
    alarmOf.set(instanceId, { time: next, cancel })
  }

  const wake = (instanceId: string): void => {
    if (stopped) return
    if (!queue.has(instanceId)) queue.set(instanceId, work.hold())
    beginEpisodes()
  }

  const beginEpisodes = (): void => {
    for (const [instanceId, release] of queue) {
      if (running.size >= parts.maxOrchestrators) return
      if (running.has(instanceId)) continue
      queue.delete(instanceId)
      running.add(instanceId)
      void episode(instanceId).finally(() => {
        running.delete(instanceId)
        beginEpisodes()
        release()
      })
    }
  }

  const runFunction = async (instance: Instance, history: readonly HistoryEvent[]): Promise<OrchestratorState> => {
    const target = orchestrator(instance.name)
    if (target === undefined) {
      parts.violated?.(instance.id, `no orchestrator is named '${instance.name}'`)
      const known = [...parts.orchestrators.keys()].map((name) => `'${name}'`).join(', ')
      const text = `The function '${instance.name}' doesn't exist, is disabled, or is not an orchestrator function.`
      throw new Error(
        `Orchestrator function '${instance.name}' failed: ${text} Additional info: The following are the known orchestrator functions: ${known}.`,
      )
    }
    parts.counted(target.metadata.name)
    const violated = parts.violated
    const report = violated === undefined ? undefined : (rule: string) => violated(`${instance.name} ${instance.id}`, rule)
    return callOrchestrator({ invoke: parts.invoke, violated: report }, target, instance, history)
  }

  const episode = async (instanceId: string): Promise<void> => {
    try {
      await setImmediate() // what ends in this turn of the event loop shares an episode
      const done = await runEpisode(
        {
          store,
          now: clock.now.bind(clock),
          run: runFunction,
          isActivity,
          broken(state, replayed) {
            const rule = parts.violated === undefined ? undefined : brokenRule(state, replayed, isActivity)
            return rule === undefined ? undefined : parts.violated?.(instanceId, rule).message
          },
        },
        instanceId,
      )
      for (const it of done?.activities ?? []) offer(it)
      setAlarm(instanceId)
    } catch (error) {
      parts.failed(`orchestration ${instanceId}`, error)
    }
  }

  // --- activities: first come, first served

  const offered: { readonly activity: Activity; readonly release: Cancel }[] = []
  let busy = 0

  const offer = (it: Activity): void => {
    if (stopped) return
    if (it.lockedUntil > clock.now()) at(it.lockedUntil, () => offer(it))
    else {
      offered.push({ activity: it, release: work.hold() })
      beginActivities()
    }
  }

  const beginActivities = (): void => {
    while (busy < parts.maxActivities && !stopped) {
      const next = offered.shift()
      if (next === undefined) return
      busy++
      void runActivity(next.activity).finally(() => {
        busy--
        beginActivities()
        next.release()
      })
    }
  }

  const resultOf = async (it: Activity): Promise<HistoryEvent> => {
    const fields = { TaskScheduledId: it.taskId }
    try {
      const target = activity(it.name)
      if (target === undefined) throw new Error(`The function '${it.name}' doesn't exist, is disabled, or is not an activity function.`)
      parts.counted(target.metadata.name)
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
      const { returnValue } = await parts.invoke(target, { inputs: { [binding]: data }, triggerMetadata })
      const Result = returnedJson(returnValue)
      const long = parts.violated === undefined ? undefined : tooLong(`the result of ${it.name}`, Result)
      if (long !== undefined) throw parts.violated?.(it.instanceId, long)
      return historyEvent(eventType.taskCompleted, clock.now(), { ...fields, Result })
    } catch (thrown) {
      const empty = parts.violated !== undefined && asError(thrown).message === ''
      const error = empty ? parts.violated?.(it.instanceId, `the activity ${it.name} threw something without a message`) : thrown
      return historyEvent(eventType.taskFailed, clock.now(), { ...fields, ...activityFailure(it.name, error), FailureDetails: null })
    }
  }

  const runActivity = async (it: Activity): Promise<void> => {
    try {
      const locked = { ...it, lockedUntil: clock.now() + parts.visibilityTimeoutMs }
      store.commit('activity started', () => void store.putActivity(locked))
      const event = await resultOf(it)
      store.commit('activity ended', () => {
        if (!store.deleteActivity(it)) return
        store.send({ instanceId: it.instanceId, executionId: it.executionId, visibleAt: clock.now(), event })
      })
      wake(it.instanceId)
    } catch (error) {
      parts.failed(`activity ${it.name} of ${it.instanceId}`, error)
    }
  }

  return {
    wake,
    start() {
      for (const { instanceId } of store.waitingMessages()) setAlarm(instanceId)
      for (const it of store.activities()) offer(it)
    },
    stop() {
      stopped = true
      for (const cancel of alarms) cancel()
      for (const release of queue.values()) release()
      queue.clear()
      for (const { release } of offered.splice(0)) release()
    },
  }
}

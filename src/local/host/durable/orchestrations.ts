// When which orchestration runs: those with visible messages are queued, one episode at a time each, and an alarm is set for the next
// message of each. What is queued or running holds time, and a follower is queued before its cause lets go.

import { setImmediate } from 'node:timers/promises'
import type { Cancel, Clock } from '../../clock.ts'
import type { RegisteredFunction } from '../functions-core.ts'
import type { Invoke } from '../invocation.ts'
import type { Work } from '../work.ts'
import type { OrchestratorState } from './actions.ts'
import { type EpisodeDone, type EpisodeParts, runEpisode } from './episode.ts'
import type { HistoryEvent } from './history.ts'
import { callOrchestrator } from './orchestrator.ts'
import type { Instance, Store } from './store.ts'
import { brokenRule } from './strict.ts'

export type OrchestrationParts = {
  readonly store: Store
  readonly clock: Clock
  readonly work: Work
  readonly invoke: Invoke
  readonly orchestrator: (name: string) => RegisteredFunction | undefined
  readonly knownNames: () => readonly string[]
  readonly isActivity: (name: string) => boolean
  readonly limit: number
  /** Set in strict mode: notes a broken rule and answers the error to fail with. */
  readonly violated: ((about: string, rule: string) => Error) | undefined
  readonly counted: (name: string) => void
  readonly failed: (what: string, error: unknown) => void
  /** Gets what an episode has asked for, before the episode lets go of time. */
  readonly done: (episode: EpisodeDone) => void
}

const callByName = async (parts: OrchestrationParts, instance: Instance, history: readonly HistoryEvent[]): Promise<OrchestratorState> => {
  const { violated } = parts
  const target = parts.orchestrator(instance.name)
  if (target === undefined) {
    violated?.(instance.id, `no orchestrator is named '${instance.name}'`)
    const names = parts.knownNames().map((name) => `'${name}'`)
    const text = `The function '${instance.name}' doesn't exist, is disabled, or is not an orchestrator function.`
    const known = `Additional info: The following are the known orchestrator functions: ${names.join(', ')}.`
    throw new Error(`Orchestrator function '${instance.name}' failed: ${text} ${known}`)
  }
  parts.counted(target.metadata.name)
  const report = violated === undefined ? undefined : (rule: string) => violated(`${instance.name} ${instance.id}`, rule)
  return callOrchestrator({ invoke: parts.invoke, violated: report }, target, instance, history)
}

export const runOrchestrations = (parts: OrchestrationParts) => {
  const { store, clock, work, violated, isActivity } = parts
  const queue = new Map<string, Cancel>()
  const running = new Set<string>()
  const alarms = new Map<string, { time: number; cancel: Cancel }>()
  let stopped = false

  const setAlarm = (instanceId: string): void => {
    const next = store.nextVisible(instanceId)
    const set = alarms.get(instanceId)
    if (set !== undefined && set.time === next) return
    set?.cancel()
    alarms.delete(instanceId)
    if (next === undefined || stopped) return
    if (next <= clock.now()) {
      wake(instanceId)
      return
    }
    const cancel = clock.at(next, () => {
      alarms.delete(instanceId)
      wake(instanceId)
    })
    alarms.set(instanceId, { time: next, cancel })
  }

  const wake = (instanceId: string): void => {
    if (stopped) return
    if (!queue.has(instanceId)) queue.set(instanceId, work.hold())
    begin()
  }

  const begin = (): void => {
    for (const [instanceId, release] of queue) {
      if (running.size >= parts.limit) return
      if (running.has(instanceId)) continue
      queue.delete(instanceId)
      running.add(instanceId)
      void episode(instanceId).finally(() => {
        running.delete(instanceId)
        begin()
        release()
      })
    }
  }

  const episodeParts = (instanceId: string): EpisodeParts => ({
    store,
    now: () => clock.now(),
    run: (instance, history) => callByName(parts, instance, history),
    isActivity,
    broken(state, replayed) {
      const rule = violated === undefined ? undefined : brokenRule(state, replayed, isActivity)
      return rule === undefined ? undefined : violated?.(instanceId, rule).message
    },
  })

  const episode = async (instanceId: string): Promise<void> => {
    try {
      await setImmediate() // what ends in this turn of the event loop shares an episode
      const done = await runEpisode(episodeParts(instanceId), instanceId)
      if (done !== undefined) parts.done(done)
      setAlarm(instanceId)
    } catch (error) {
      parts.failed(`orchestration ${instanceId}`, error)
    }
  }

  return {
    wake,
    start() {
      for (const { instanceId } of store.waitingMessages()) setAlarm(instanceId)
    },
    stop() {
      stopped = true
      for (const { cancel } of alarms.values()) cancel()
      for (const release of queue.values()) release()
      queue.clear()
    },
  }
}

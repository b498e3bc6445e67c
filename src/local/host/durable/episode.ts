// One episode of an orchestration: messages in, history and outbox out, in one transaction.
//
// The function is called with the whole history, its action list is carried out against it, and what is new is written down. When it
// continues as new, the next execution begins within the same episode, so that fifty in a row cost one transaction.

import { randomUUID } from 'node:crypto'
import type { OrchestratorState } from './actions.ts'
import { customStatusOf } from './custom-status.ts'
import { eventType, executionStarted, type HistoryEvent, historyEvent, isFinal, type RuntimeStatus } from './history.ts'
import { type Ending, type Replayed, replay } from './replay.ts'
import type { Activity, Instance, Store } from './store.ts'

type RunOrchestrator = (instance: Instance, history: readonly HistoryEvent[]) => Promise<OrchestratorState>

export type EpisodeParts = {
  readonly store: Store
  readonly now: () => number
  readonly run: RunOrchestrator
  readonly isActivity: (name: string) => boolean
  /** A rule of strict mode that this episode breaks, in words. */
  readonly broken: (state: OrchestratorState, replayed: Replayed) => string | undefined
}

export type EpisodeDone = { readonly activities: readonly Activity[]; readonly ended: boolean }

/** A message takes that long at least, so that an orchestrator that waits again for a timer that was early gets on. */
const quickest = 30

/**
 * A timer's remaining time is cut to whole seconds, so it fires up to a second early. On a real host at least a millisecond has always
 * gone by since the orchestrator asked, so that a timer of 1 s fires at once and one of 60 s after 59 s.
 */
const visibleAt = (fireAt: number, now: number): number => {
  const left = fireAt - now
  return left <= 0 ? now : now + Math.max(Math.min(left, quickest), (Math.ceil(left / 1000) - 1) * 1000)
}

type Execution = { instance: Instance; past: readonly HistoryEvent[]; fresh: HistoryEvent[] }

const outcomeOf = async (
  parts: EpisodeParts,
  { instance, past, fresh }: Execution,
): Promise<{ replayed: Replayed; customStatus: string | null }> => {
  const history = [...past, ...fresh]
  const failed = (output: string): { replayed: Replayed; customStatus: null } => ({
    replayed: { scheduled: [], ending: { status: 'Failed', output }, suspended: false, heldUpByTimers: false },
    customStatus: null,
  })
  let state: OrchestratorState
  try {
    state = await parts.run(instance, history)
  } catch (error) {
    return failed(error instanceof Error ? error.message : String(error))
  }
  const customStatus = customStatusOf(instance.name, state)
  if ('failed' in customStatus) return failed(customStatus.failed)
  const replayed = replay(instance.name, state, history, parts.isActivity)
  const broken = parts.broken(state, replayed)
  return broken === undefined ? { replayed, customStatus: customStatus.json } : failed(broken)
}

const outbox = (replayed: Replayed, now: number): HistoryEvent[] =>
  replayed.scheduled.map((it) =>
    it.kind === 'activity'
      ? historyEvent(eventType.taskScheduled, now, {
          EventId: it.id,
          Name: it.name,
          Version: '',
          Input: null,
          ParentTraceContext: null,
          Tags: null,
        })
      : historyEvent(eventType.timerCreated, now, { EventId: it.id, FireAt: new Date(it.fireAt).toISOString() }),
  )

const completed = (ending: Exclude<Ending, { status: 'ContinuedAsNew' }>, now: number): HistoryEvent =>
  historyEvent(eventType.executionCompleted, now, { OrchestrationStatus: ending.status, Result: ending.output, FailureDetails: null })

const played = (events: readonly HistoryEvent[]): HistoryEvent[] =>
  events.map((event) => (event.EventType === eventType.orchestratorStarted ? event : { ...event, IsPlayed: true }))

/** Runs one episode of the instance; undefined when there was nothing to do. */
export const runEpisode = async (parts: EpisodeParts, instanceId: string): Promise<EpisodeDone | undefined> => {
  const { store, now } = parts
  const messages = store.visible(instanceId, now())
  if (messages.length === 0) return undefined
  const known = store.instance(instanceId)
  const current = known === undefined || isFinal(known.status) ? undefined : known
  const events = messages.flatMap(({ executionId, event }) =>
    current !== undefined && (executionId === null || executionId === current.executionId) ? [event] : [],
  )
  if (current === undefined || events.length === 0) {
    store.commit('drop', () => {
      for (const { number } of messages) store.consume(number)
    })
    return undefined
  }

  const stored = store.history(instanceId)
  const beginning = historyEvent(eventType.orchestratorStarted, now())
  let execution: Execution = { instance: current, past: stored, fresh: [beginning, ...events] }
  let { replayed, customStatus } = await outcomeOf(parts, execution)
  while (replayed.ending?.status === 'ContinuedAsNew') {
    const { input, carried } = replayed.ending
    const time = now()
    const executionId = randomUUID().replaceAll('-', '')
    // Without an input, the status goes on showing the one before.
    const instance: Instance = { ...execution.instance, executionId, input: input ?? execution.instance.input, created: time }
    const start = executionStarted(time, { instanceId, executionId, name: instance.name, input, generation: null })
    const fresh = [
      historyEvent(eventType.orchestratorStarted, time),
      start,
      ...carried,
      historyEvent(eventType.orchestratorCompleted, time),
    ]
    const before = customStatus
    execution = { instance, past: [], fresh }
    ;({ replayed, customStatus } = await outcomeOf(parts, execution))
    customStatus ??= before // what the execution before had set stays until the next episode
  }

  const time = now()
  const ending = replayed.ending
  const status: RuntimeStatus = ending?.status ?? (replayed.suspended ? 'Suspended' : 'Running')
  const reason = execution.fresh.findLast((event) => event.EventType === eventType.executionSuspended)?.Reason
  const output = ending !== undefined ? ending.output : replayed.suspended ? (reason ?? current.output) : null
  const written = [
    ...played(execution.fresh),
    ...outbox(replayed, time),
    ...(ending === undefined ? [] : [completed(ending, time)]),
    historyEvent(eventType.orchestratorCompleted, time),
  ]
  const { executionId } = execution.instance
  const activities = replayed.scheduled.flatMap((it) =>
    it.kind === 'activity' ? [{ instanceId, executionId, taskId: it.id, name: it.name, input: it.input, lockedUntil: 0 }] : [],
  )
  const wasPurged = store.commit('episode', () => {
    if (store.instance(instanceId)?.executionId !== current.executionId) return true
    for (const { number } of messages) store.consume(number)
    const continuedAsNew = executionId !== current.executionId
    if (continuedAsNew || ending !== undefined) store.dropMessagesOf(instanceId, current.executionId)
    store.appendHistory(instanceId, continuedAsNew ? 0 : stored.length, written)
    store.putInstance({ ...execution.instance, status, output, customStatus, updated: time })
    // What was asked for before a non-determinism was noticed still runs.
    for (const activity of activities) store.putActivity(activity)
    if (ending !== undefined) return false
    for (const it of replayed.scheduled) {
      if (it.kind !== 'timer') continue
      const FireAt = new Date(it.fireAt).toISOString()
      const event = historyEvent(eventType.timerFired, time, { TimerId: it.id, FireAt })
      store.send({ instanceId, executionId, visibleAt: visibleAt(it.fireAt, time), event })
    }
    return false
  })
  return wasPurged ? undefined : { activities, ended: ending !== undefined }
}

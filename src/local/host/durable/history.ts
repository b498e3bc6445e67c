// The events of an orchestration's history, as the worker gets them and as the store keeps them.
// https://github.com/Azure/durabletask/tree/main/src/DurableTask.Core/History

export const eventType = {
  executionStarted: 0,
  executionCompleted: 1,
  executionTerminated: 3,
  taskScheduled: 4,
  taskCompleted: 5,
  taskFailed: 6,
  timerCreated: 10,
  timerFired: 11,
  orchestratorStarted: 12,
  orchestratorCompleted: 13,
  eventRaised: 15,
  executionSuspended: 19,
  executionResumed: 20,
} as const
export type EventType = (typeof eventType)[keyof typeof eventType]

export type HistoryEvent = {
  readonly EventType: EventType
  /** The sequence number of something scheduled; -1 for everything else. */
  readonly EventId: number
  readonly IsPlayed: boolean
  readonly Timestamp: string
  readonly Name?: string
  readonly Input?: string | null
  readonly Result?: string | null
  readonly Reason?: string | null
  readonly Details?: string
  readonly TaskScheduledId?: number
  readonly TimerId?: number
  readonly FireAt?: string
  readonly OrchestrationStatus?: RuntimeStatus
  readonly Generation?: number | null
  readonly OrchestrationInstance?: { readonly InstanceId: string; readonly ExecutionId: string }
  readonly [key: string]: unknown
}

export type RuntimeStatus = 'Pending' | 'Running' | 'Suspended' | 'Completed' | 'Failed' | 'Terminated'

export const isFinal = (status: RuntimeStatus): boolean => status === 'Completed' || status === 'Failed' || status === 'Terminated'

type Fields = { readonly EventId?: number; readonly IsPlayed?: boolean; readonly [key: string]: unknown }

export const historyEvent = (type: EventType, time: number, fields: Fields = {}): HistoryEvent => ({
  EventType: type,
  ...fields,
  EventId: fields.EventId ?? -1,
  IsPlayed: fields.IsPlayed ?? false,
  Timestamp: new Date(time).toISOString(),
})

export const executionStarted = (
  time: number,
  start: { instanceId: string; executionId: string; name: string; input: string | null; generation: number | null },
): HistoryEvent =>
  historyEvent(eventType.executionStarted, time, {
    OrchestrationInstance: { InstanceId: start.instanceId, ExecutionId: start.executionId },
    ParentInstance: null,
    Name: start.name,
    Version: null,
    Input: start.input,
    Tags: null,
    Correlation: null,
    ParentTraceContext: null,
    ScheduledStartTime: null,
    Generation: start.generation,
    GenerateNewTrace: false,
  })

const names = Object.fromEntries(Object.entries(eventType).map(([name, type]) => [type, name.charAt(0).toUpperCase() + name.slice(1)]))
const hidden: ReadonlySet<EventType> = new Set([eventType.orchestratorStarted, eventType.orchestratorCompleted])

const value = (json: string | null | undefined): unknown => {
  if (json === null || json === undefined) return null
  try {
    return JSON.parse(json)
  } catch {
    return json
  }
}

/** The history as the management API shows it: a completion tells what it completes, and takes the place of what was scheduled. */
export const shownHistory = (events: readonly HistoryEvent[], withOutput: boolean, withInput: boolean): object[] => {
  const ended = new Set(events.map(({ TaskScheduledId }) => TaskScheduledId))
  const scheduled = new Map<number, HistoryEvent>()
  return events.flatMap((event): object[] => {
    if (event.EventType === eventType.taskScheduled) {
      const key = `TaskScheduled_${event.EventId}`
      if (scheduled.has(event.EventId)) throw new RangeError(`An item with the same key has already been added. Key: ${key}`)
      scheduled.set(event.EventId, event)
      if (ended.has(event.EventId)) return []
    }
    return hidden.has(event.EventType) ? [] : [shownEvent(event, scheduled.get(event.TaskScheduledId ?? -1), withOutput, withInput)]
  })
}

const shownEvent = (event: HistoryEvent, source: HistoryEvent | undefined, withOutput: boolean, withInput: boolean): object => {
  const { EventType: type, EventId: _id, IsPlayed: _played, Version: _version, Name, Input, Result, Timestamp, ...rest } = event
  const input = withInput && Input !== undefined ? { Input } : {}
  const output = withOutput ? { Result: value(Result) } : {}
  const EventType = names[type]
  switch (type) {
    case eventType.taskCompleted:
    case eventType.taskFailed: {
      const outcome = type === eventType.taskCompleted ? output : { Reason: event.Reason, Details: event.Details, FailureDetails: null }
      const ScheduledTime = source?.Timestamp.replace(/Z$/, '+00:00')
      return { EventType, ...outcome, Timestamp, ScheduledTime, FunctionName: source?.Name, ...(withInput ? { Input: null } : {}) }
    }
    case eventType.executionStarted: {
      const { OrchestrationInstance: _instance, ParentInstance: _parent, Tags: _tags, ...more } = rest
      return { EventType, ...input, ...more, Timestamp, FunctionName: Name }
    }
    case eventType.executionCompleted:
      return { EventType, OrchestrationStatus: event.OrchestrationStatus, ...output, FailureDetails: null, Timestamp }
    case eventType.timerFired:
      return { EventType, FireAt: event.FireAt, Timestamp }
    default:
      return { EventType, ...(Name === undefined ? {} : { Name }), ...input, ...rest, Timestamp }
  }
}

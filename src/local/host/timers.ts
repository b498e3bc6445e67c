// Timer-triggered functions. Their status is kept, so that a slot missed while the host was down is made up for, once, at the start.
// https://github.com/Azure/azure-webjobs-sdk-extensions/blob/dev/src/WebJobs.Extensions/Extensions/Timers/Listener/TimerListener.cs

import type { Cancel, Clock } from '../clock.ts'
import type { Store, TimerStatus } from './durable/store.ts'
import type { Binding, FunctionMetadata, RegisteredFunction } from './functions-core.ts'
import type { Invoke } from './invocation.ts'
import { parseSchedule, type Schedule } from './ncrontab.ts'
import type { RpcValue } from './rpc-values.ts'
import { withEnvironment } from './settings.ts'
import type { Work } from './work.ts'

export type TimerParts = {
  readonly functions: ReadonlyMap<string, RegisteredFunction>
  readonly clock: Clock
  readonly store: Store
  readonly work: Work
  readonly invoke: Invoke
  readonly extraInputs: (metadata: FunctionMetadata) => Record<string, RpcValue>
  readonly counted: (name: string) => void
  readonly failed: (what: string, error: unknown) => void
}

type Timer = {
  readonly target: RegisteredFunction
  readonly binding: string
  readonly options: Binding
  readonly schedule: Schedule
  readonly monitored: boolean
}

const never = '0001-01-01T00:00:00+00:00'
/** .NET's DateTimeOffset: no fraction when it is zero. */
const written = (time: number): string => new Date(time).toISOString().replace(/(?:\.000)?Z$/, '+00:00')
const american = (time: number): string => {
  const [year, month, day] = new Date(time).toISOString().slice(0, 10).split('-')
  return `${month}/${day}/${year} ${new Date(time).toISOString().slice(11, 19)}`
}

const timerBinding = ({ metadata }: RegisteredFunction) => Object.entries(metadata.bindings).find(([, { type }]) => type === 'timerTrigger')

export const makeTimers = ({ functions, clock, store, work, invoke, extraInputs, counted, failed }: TimerParts) => {
  const alarms = new Map<string, Cancel>()
  let stopped = false

  const timers = new Map(
    [...functions].flatMap(([name, target]): [string, Timer][] => {
      const [binding, options] = timerBinding(target) ?? []
      if (binding === undefined || options === undefined) return []
      const schedule = parseSchedule(withEnvironment(String(options['schedule'])))
      const first = schedule.next(clock.now())
      // The real host keeps no status for schedules of less than a minute.
      const monitored = options['useMonitor'] !== false && schedule.next(first) - first >= 60_000
      return [[name, { target, binding, options, schedule, monitored }]]
    }),
  )

  const statusOf = ({ target, monitored }: Timer): TimerStatus | undefined => (monitored ? store.timer(target.metadata.name) : undefined)

  const setStatus = (timer: Timer, last: string, from: number): void => {
    if (!timer.monitored) return
    const { name } = timer.target.metadata
    store.commit('timer status', () => {
      store.putTimer({ name, last, next: written(timer.schedule.next(from)), lastUpdated: written(from) })
    })
  }

  /** What the function gets; `more` is put into its trigger metadata. */
  const invokeNow = async (timer: Timer, isPastDue: boolean, more: Record<string, RpcValue> = {}): Promise<void> => {
    const { metadata } = timer.target
    const status = statusOf(timer)
    const shown = status === undefined ? null : { Last: status.last, Next: status.next, LastUpdated: status.lastUpdated }
    const json = JSON.stringify({ Schedule: { AdjustForDST: true }, ScheduleStatus: shown, IsPastDue: isPastDue })
    counted(metadata.name)
    const triggerMetadata = { TimerTrigger: { string: american(clock.now()) }, ...more }
    await invoke(timer.target, { inputs: { [timer.binding]: { json }, ...extraInputs(metadata) }, triggerMetadata })
  }

  const setAlarm = (timer: Timer): void => {
    const { name } = timer.target.metadata
    if (stopped) return
    const next = timer.schedule.next(clock.now())
    alarms.set(
      name,
      clock.at(next, () => void fire(timer, false, next)),
    )
  }

  const fire = (timer: Timer, isPastDue: boolean, due: number): Promise<void> =>
    work.during(async () => {
      try {
        await invokeNow(timer, isPastDue)
      } catch (error) {
        failed(timer.target.metadata.name, error)
      }
      if (stopped) return
      const now = Math.max(clock.now(), due)
      setStatus(timer, written(now), now)
      setAlarm(timer)
    })

  return {
    start() {
      for (const timer of timers.values()) {
        const now = clock.now()
        const status = statusOf(timer)
        const isPastDue = status !== undefined && Date.parse(status.next) < now
        if (status === undefined) setStatus(timer, never, now)
        if (isPastDue || timer.options['runOnStartup'] === true) void fire(timer, isPastDue, now)
        else setAlarm(timer)
      }
    },
    stop() {
      stopped = true
      for (const cancel of alarms.values()) cancel()
    },
    /** Runs a timer function now, outside its schedule and without touching its status. undefined: no such timer. */
    runNow(name: string, input?: unknown): Promise<void> | undefined {
      const timer = timers.get(name)
      if (timer === undefined) return undefined
      const more =
        input === undefined || input === null
          ? {}
          : { [timer.binding]: { string: typeof input === 'string' ? input : JSON.stringify(input) } }
      return work.during(() => invokeNow(timer, false, more))
    },
  }
}

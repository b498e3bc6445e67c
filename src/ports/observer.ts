// What telemetry is told, as steps, loops and doors see it. Types only: src/telemetry/ implements it with OpenTelemetry, and nothing depends on
// whether anybody listens.
import type { Connection } from '../model/connection.ts'
import type { Loop } from '../model/loop.ts'
import type { StepRow } from '../model/outcome.ts'

/** An attempt that was recorded. */
export type Attempted = {
  readonly step: string
  readonly loop: Loop
  /** The connection itself, or the members of a shared loop. */
  readonly connections: readonly Connection[]
  readonly before: StepRow | undefined
  readonly after: Pick<StepRow, 'outcome' | 'attempts'>
}

/** What is known of all connections at one time. */
export type FleetInventory = {
  /** How many connections are in which state. */
  readonly states: ReadonlyMap<string, number>
  /** Long-running operations of Azure that steps wait for. */
  readonly operations: number
}

export interface Observer {
  /** Runs an activity of a loop; what is called outside meanwhile belongs to it. `outcome`: what came of it, in one word. */
  during<T>(activity: string, loop: Loop, run: () => Promise<T>, outcome: (result: T) => string): Promise<T>
  attempted(attempt: Attempted): void
  /** By the heartbeat: how many loops are late, and the one that is latest. */
  beat(overdue: number, longestMs: number): void
  counted(collectMetrics: FleetInventory): void
  /** Nobody listens: then nobody need count. */
  readonly idle: boolean
}

export const silent: Observer = {
  during: (_activity, _loop, run) => run(),
  attempted() {},
  beat() {},
  counted() {},
  idle: true,
}

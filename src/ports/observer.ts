// What steps, loops and handlers report to telemetry. Types only: src/telemetry/ implements it with OpenTelemetry, and nothing depends on whether
// telemetry is on.
import type { Connection } from '../model/connection.ts'
import type { SweepReport } from '../model/leftover.ts'
import type { Loop } from '../model/loop.ts'
import type { StepRow } from '../model/outcome.ts'
import type { StepName } from '../model/step-name.ts'

/** An attempt that was recorded. */
export type Attempted = {
  readonly step: StepName
  readonly loop: Loop
  /** The connection itself, or the members of a shared loop. */
  readonly connections: readonly Connection[]
  readonly before: StepRow | undefined
  readonly after: Pick<StepRow, 'outcome' | 'attempts'>
}

/** What is known of all connections at one moment. */
export type FleetInventory = {
  /** How many connections are in which state. */
  readonly states: ReadonlyMap<string, number>
  /** Long-running operations of Azure that steps wait for. */
  readonly operations: number
}

export interface Observer {
  /** Runs an activity of a loop; outside calls meanwhile belong to it. `outcome`: its result, in one word. */
  during<T>(activity: string, loop: Loop, run: () => Promise<T>, outcome: (result: T) => string): Promise<T>
  attempted(attempt: Attempted): void
  /** From the heartbeat: how many loops are late, and by how much at most. */
  beat(overdue: number, longestMs: number): void
  counted(collectMetrics: FleetInventory): void
  /** A run of the sweep ended. */
  swept(report: SweepReport): void
  /** Telemetry is off, so nothing needs to be counted. */
  readonly idle: boolean
}

export const silent: Observer = {
  during: (_activity, _loop, run) => run(),
  attempted() {},
  beat() {},
  counted() {},
  swept() {},
  idle: true,
}

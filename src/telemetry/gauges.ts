// Current values rather than counts: overdue loops, connections by state, operations in progress. Timers report them, and a timer runs on one
// instance of the app, today on this one and later on another: an instance without a recent report reports nothing, so that it does not repeat old
// values.
import type { Meter, ObservableResult } from '@opentelemetry/api'
import type { SweepReport } from '../model/leftover.ts'
import type { FleetInventory, Observer } from '../ports/observer.ts'

const beatValidMs = 150_000
const inventoryValidMs = 35 * 60_000
/** The fleet is swept every six hours. */
const sweepValidMs = 6.5 * 60 * 60_000

export function gauges(meter: Meter, now: () => number): Pick<Observer, 'beat' | 'counted' | 'swept'> {
  let late: { readonly at: number; readonly overdue: number; readonly longest: number } | undefined
  let sweep: SweepReport | undefined
  let inventory: (FleetInventory & { readonly at: number }) | undefined

  const gauge = (
    name: string,
    options: { readonly description: string; readonly unit?: string },
    observe: (to: ObservableResult) => void,
  ) => meter.createObservableGauge(name, options).addCallback(observe)
  const whileFresh = (observe: (to: ObservableResult, lately: NonNullable<typeof late>) => void) => (to: ObservableResult) => {
    if (late && now() - late.at < beatValidMs) observe(to, late)
  }
  const whileKnown = (observe: (to: ObservableResult, counted: FleetInventory) => void) => (to: ObservableResult) => {
    if (inventory && now() - inventory.at < inventoryValidMs) observe(to, inventory)
  }

  gauge(
    'connector.loops.overdue',
    { description: 'Loops that are due for more than two beats of the heartbeat' },
    whileFresh((to, { overdue }) => to.observe(overdue)),
  )
  gauge(
    'connector.loops.overdue.longest',
    { description: 'For how long the latest of them is due', unit: 's' },
    whileFresh((to, { longest }) => to.observe(longest / 1000)),
  )
  gauge(
    'connector.connections',
    { description: 'Connections by state' },
    whileKnown((to, { states }) => {
      for (const [state, count] of states) to.observe(count, { 'connector.state': state })
    }),
  )
  gauge(
    'connector.operations',
    { description: 'Long-running operations of Azure in progress' },
    whileKnown((to, { operations }) => to.observe(operations)),
  )
  const whileSwept = (observe: (to: ObservableResult, report: SweepReport) => void) => (to: ObservableResult) => {
    if (sweep && now() - sweep.startedAt < sweepValidMs) observe(to, sweep)
  }
  gauge(
    'connector.leftovers',
    { description: 'Objects in the last report of the sweep, by verdict' },
    whileSwept((to, { verdicts }) => {
      for (const [verdict, count] of Object.entries(verdicts)) to.observe(count, { 'connector.verdict': verdict })
    }),
  )
  gauge(
    'connector.sweep.skipped',
    { description: 'Clusters that the last run of the sweep could not look at' },
    whileSwept((to, { skippedCount }) => to.observe(skippedCount)),
  )
  const deleted = meter.createCounter('connector.sweep.deleted', { description: 'Leftovers that were deleted' })
  return {
    swept: (report) => {
      deleted.add(report.verdicts.deleted ?? 0)
      if (report.scope === 'fleet') sweep = report
    },
    beat: (overdue, longest) => {
      late = { at: now(), overdue, longest }
    },
    counted: (counted) => {
      inventory = { ...counted, at: now() }
    },
  }
}

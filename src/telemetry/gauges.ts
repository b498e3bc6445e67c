// Current values rather than counts: overdue loops, connections by state, operations in progress. Timers report them, and a timer runs on one
// instance of the app, today on this one and later on another: an instance without a recent report reports nothing, so that it does not repeat old
// values.
import type { Meter, ObservableResult } from '@opentelemetry/api'
import type { FleetInventory, Observer } from '../ports/observer.ts'

const beatHolds = 150_000
const inventoryMatches = 35 * 60_000

export function gauges(meter: Meter, now: () => number): Pick<Observer, 'beat' | 'counted'> {
  let late: { readonly at: number; readonly overdue: number; readonly longest: number } | undefined
  let collectMetrics: (FleetInventory & { readonly at: number }) | undefined

  const gauge = (name: string, options: { readonly description: string; readonly unit?: string }, tell: (to: ObservableResult) => void) =>
    meter.createObservableGauge(name, options).addCallback(tell)
  const whileFresh = (tell: (to: ObservableResult, lately: NonNullable<typeof late>) => void) => (to: ObservableResult) => {
    if (late && now() - late.at < beatHolds) tell(to, late)
  }
  const whileKnown = (tell: (to: ObservableResult, counted: FleetInventory) => void) => (to: ObservableResult) => {
    if (collectMetrics && now() - collectMetrics.at < inventoryMatches) tell(to, collectMetrics)
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
    { description: 'Long-running operations of Azure under way' },
    whileKnown((to, { operations }) => to.observe(operations)),
  )
  return {
    beat: (overdue, longest) => {
      late = { at: now(), overdue, longest }
    },
    counted: (counted) => {
      collectMetrics = { ...counted, at: now() }
    },
  }
}

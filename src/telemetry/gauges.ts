// Current values rather than counts: overdue loops, connections by state, operations in progress. Timers report them, and a timer runs on one
// instance of the app, today on this one and later on another: an instance without a recent report reports nothing, so that it does not repeat old
// values.
import type { Meter, ObservableResult } from '@opentelemetry/api'
import type { FleetInventory, Observer } from '../ports/observer.ts'

const beatValidMs = 150_000
const inventoryValidMs = 35 * 60_000

export function gauges(meter: Meter, now: () => number): Pick<Observer, 'beat' | 'counted'> {
  let late: { readonly at: number; readonly overdue: number; readonly longest: number } | undefined
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
  return {
    beat: (overdue, longest) => {
      late = { at: now(), overdue, longest }
    },
    counted: (counted) => {
      inventory = { ...counted, at: now() }
    },
  }
}

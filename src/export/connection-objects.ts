// The objects of one connection, step by step: what the steps of its four loops would make for it if it were the only one. Pure: it reads what the loops
// know, and asks nothing of Azure.
import type { AnyStep } from '../contract/digest.ts'
import type { Connection } from '../model/connection.ts'
import type { Change, ManagedObject } from '../model/managed-object.ts'
import type { Problem } from '../model/problem.ts'
import type { View } from '../model/view.ts'
import { stepsOf } from '../steps/program.ts'

export type MadeByStep = {
  readonly step: string
  readonly objects: readonly ManagedObject[]
  /** How a person makes those that can be made by now. */
  readonly commands: NonNullable<Problem['commands']>
  /** What is not known yet, so what it makes is not complete. */
  readonly waits: readonly string[]
}

/** Rows of the app's own store, and what only the app itself publishes or keeps: no file can make them. */
const internal = new Set(['membership', 'declaration', 'withdrawal', 'status', 'stored-secret'])

/** `views`: of its loops, in the order in which things are made. */
export function objectsOf(self: Connection, views: readonly View[]): readonly MadeByStep[] {
  return views.flatMap((view) => {
    const alone = view.self ? view : { ...view, members: [self], readers: [] }
    return stepsOf(view.loop.kind).flatMap((step) => madeBy(step, alone))
  })
}

function madeBy(step: AnyStep, view: View): readonly MadeByStep[] {
  const { objects, later = [], waiting = [] } = step.desired(view)
  const now = objects.filter(({ kind }) => !internal.has(kind))
  const made = [...now, ...later.filter(({ kind }) => !internal.has(kind))]
  const changes = now.map((object): Change => ({ action: 'create', object, observed: { id: object.id, state: 'absent' } }))
  const waits = waiting.map(({ text }) => text)
  if (made.length === 0) return waits.length > 0 ? [{ step: step.name, objects: [], commands: {}, waits }] : []
  return [{ step: step.name, objects: made, commands: (now.length > 0 && step.byHand?.(changes, view)) || {}, waits }]
}

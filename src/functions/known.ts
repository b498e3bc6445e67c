// A connection as the store knows it: its own loop and those that it joins, read together. Loops that many connections share are read once.

import { conditionsOf, type Surrounding } from '../domain/conditions.ts'
import { type Connection, loopsOf } from '../domain/connection.ts'
import type { ConnectionFacts, IdentityFacts } from '../domain/facts.ts'
import { instanceOf, type Key, type Loop, type LoopKind } from '../domain/loop.ts'
import type { Problem } from '../domain/problem.ts'
import { type ConnectionState, type Progress, progressOf } from '../domain/progress.ts'
import type { Entry } from '../domain/timeline.ts'
import { timelineOf } from '../domain/timeline.ts'
import { problemOf } from '../errors/catalogue.ts'
import type { LoopRow, Snapshot, Store } from '../steps/store.ts'
import type { Doors } from './doors.ts'

export type Known = {
  readonly self: Connection
  readonly state: ConnectionState
  readonly facts: Partial<ConnectionFacts>
  readonly identity: Partial<IdentityFacts>
  readonly around: Surrounding
}

/** A condition as callers read it. */
export type ToldCondition = Omit<Problem, 'of'> & { readonly step: string; readonly until?: string }

/** The partition is found by kind and key; the id is only for people. */
const connectionLoop = (key: Key, id = ''): Loop<'connection'> => ({ kind: 'connection', key, id })

export function reader(store: Store, steps: Doors['steps']): (key: Key) => Promise<Known | undefined> {
  const shared = new Map<string, Promise<Snapshot | undefined>>()
  const read = (loop: Loop): Promise<Snapshot | undefined> => {
    const name = instanceOf(loop)
    const found = shared.get(name) ?? store.read(loop)
    shared.set(name, found)
    return found
  }
  return async (key) => {
    const own = await store.read(connectionLoop(key))
    const self = own?.row.self
    if (!own || !self) return undefined
    const joined = (await Promise.all(loopsOf(self).map(read))).filter((snapshot) => snapshot !== undefined)
    const state: ConnectionState = {
      self,
      removing: own.row.removing,
      desiredAt: desiredAtOf(own.row),
      held: steps.connection.flatMap((step) => own.view.held(step)),
      loops: [own, ...joined].map((snapshot) => ({ loop: snapshot.row.loop, steps: snapshot.steps })),
    }
    const viewOf = <K extends LoopKind>(kind: K) =>
      joined.find(({ row }) => row.loop.kind === kind)?.view as Snapshot<K>['view'] | undefined
    const identity = viewOf('identity')
    const around: Surrounding = {
      cluster: viewOf('cluster')?.facts ?? {},
      identity: identity?.facts ?? {},
      held: (step) => identity?.held(step) ?? [],
      ...(own.view.facts.proven ? { proven: own.view.facts.proven } : {}),
    }
    return { self, state, facts: own.view.facts, identity: around.identity, around }
  }
}

const desiredAtOf = (row: LoopRow): number => row.desiredAt ?? row.createdAt

export const progressIn = (known: Known, doors: Doors): Progress => progressOf(known.state, doors.steps, doors.now())

/** Of a connection that is going, nothing has to work any more. */
export const conditionsIn = ({ self, state, around }: Pick<Known, 'self' | 'state' | 'around'>, now: number): readonly ToldCondition[] =>
  (state.removing ? [] : conditionsOf(self, around, now)).map(({ fault, step, until }) => ({
    step,
    ...problemOf(fault),
    ...(until === undefined ? {} : { until: new Date(until).toISOString() }),
  }))

export function timelineIn(known: Known, doors: Doors): readonly Entry[] {
  const conditions = conditionsIn(known, doors.now())
  return timelineOf(known.self.key, known.state.loops, doors.steps).map((entry) => {
    const its = conditions.filter(({ step }) => entry.loop === 'identity' && entry.step === step)
    return its.length > 0 ? { ...entry, conditions: its.map(({ text }) => text) } : entry
  })
}

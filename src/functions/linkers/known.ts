// A connection as the store knows it: its own loop and those that it joined, read together. Loops that many connections share are read once.

import { problemOf } from '../../errors/catalogue.ts'
import { conditionsOf, type SharedFacts } from '../../model/conditions.ts'
import { type Connection, loopsOf } from '../../model/connection.ts'
import type { ConnectionFacts, Facts, IdentityFacts, TargetFacts } from '../../model/facts.ts'
import { instanceOf, type Key, type Loop, type LoopKind } from '../../model/loop.ts'
import type { Problem } from '../../model/problem.ts'
import { type ConnectionState, type Progress, progressOf } from '../../model/progress.ts'
import type { StepName } from '../../model/step-name.ts'
import type { Entry } from '../../model/timeline.ts'
import { timelineOf } from '../../model/timeline.ts'
import type { Beside, LoopRow, Snapshot } from '../../ports/rows.ts'
import type { Store } from '../../ports/store.ts'
import type { HandlerContext } from '../http/handler-context.ts'
import { versionOf } from '../http/preconditions.ts'
import { type SystemData, systemDataOf } from './system-data.ts'

export type Known = {
  readonly self: Connection
  /** Of its definition (preconditions.ts). */
  readonly version: string
  readonly systemData: SystemData
  readonly state: ConnectionState
  readonly facts: Partial<ConnectionFacts>
  readonly identity: Partial<IdentityFacts>
  readonly target: Partial<TargetFacts>
  readonly shared: SharedFacts
}

/** A condition as callers read it. */
export type ConditionAnswer = Omit<Problem, 'of'> & { readonly step: StepName; readonly until?: string }

/** The partition is found by kind and key; the id is only for people. */
const connectionLoop = (key: Key, id = ''): Loop<'connection'> => ({ kind: 'connection', key, id })

/** `made`: the row of a loop that was created a moment ago, so nothing else of it needs to be read. */
export function reader(store: Store, steps: HandlerContext['steps']): (key: Key, made?: LoopRow) => Promise<Known | undefined> {
  const shared = new Map<string, Promise<Beside | undefined>>()
  const readOf = async (loop: Loop): Promise<Beside | undefined> => {
    const found = await store.read(loop)
    return found && { loop: found.row.loop, steps: found.steps, facts: found.view.facts, tracked: found.view.tracked }
  }
  const read = (loop: Loop): Promise<Beside | undefined> => {
    const name = instanceOf(loop)
    const found = shared.get(name) ?? readOf(loop)
    shared.set(name, found)
    return found
  }
  return async (key, made) => {
    const own: Own | undefined = made ? ownOf(made) : await store.read(connectionLoop(key))
    if (!own?.row.self) return undefined
    return knownOf(own, own.row.self, await Promise.all(loopsOf(own.row.self).map(read)), steps)
  }
}

/** The same for an attempt at a step of the connection: its own loop in its current state, and the others as they were a moment ago. */
export async function knownFrom(
  { row, steps, view }: Snapshot,
  store: Pick<Store, 'beside'>,
  names: HandlerContext['steps'],
): Promise<Known | undefined> {
  if (!row.self) return undefined
  const own = { row, steps, view: view as Snapshot<'connection'>['view'] }
  return knownOf(own, row.self, await Promise.all(loopsOf(row.self).map((loop) => store.beside(loop))), names)
}

type Own = Pick<Snapshot, 'row' | 'steps'> & { readonly view: Pick<Snapshot<'connection'>['view'], 'tracked' | 'facts'> }

const ownOf = (row: LoopRow): Own => ({ row, steps: [], view: { tracked: () => [], facts: {} } })

function knownOf(own: Own, self: Connection, others: readonly (Beside | undefined)[], steps: HandlerContext['steps']): Known {
  const joined = others.filter((other) => other !== undefined)
  const state: ConnectionState = {
    self,
    removing: own.row.removing,
    desiredAt: desiredAtOf(own.row),
    tracked: steps.connection.flatMap((step) => own.view.tracked(step)),
    loops: [{ loop: own.row.loop, steps: own.steps }, ...joined],
  }
  const factsOf = <K extends LoopKind>(kind: K) => (joined.find(({ loop }) => loop.kind === kind)?.facts ?? {}) as Partial<Facts[K]>
  const shared: SharedFacts = {
    cluster: factsOf('cluster'),
    identity: factsOf('identity'),
    target: factsOf('target'),
    tracked: (step) => joined.find(({ loop }) => loop.kind === 'identity')?.tracked(step) ?? [],
    ...(own.view.facts.keyOf === undefined ? {} : { keyOf: own.view.facts.keyOf }),
    ...(own.view.facts.proven ? { proven: own.view.facts.proven } : {}),
  }
  return {
    self,
    version: versionOf(own.row),
    systemData: systemDataOf(own.row),
    state,
    facts: own.view.facts,
    identity: shared.identity,
    target: factsOf('target'),
    shared,
  }
}

const desiredAtOf = (row: LoopRow): number => row.desiredAt ?? row.createdAt

export const progressIn = (known: Known, services: HandlerContext): Progress => progressOf(known.state, services.steps, services.now())

/** For a connection that is being removed, nothing has to work any more. */
export const conditionsIn = ({ self, state, shared }: Pick<Known, 'self' | 'state' | 'shared'>, now: number): readonly ConditionAnswer[] =>
  (state.removing ? [] : conditionsOf(self, shared, now)).map(({ fault, step, until }) => ({
    step,
    ...problemOf(fault),
    ...(until === undefined ? {} : { until: new Date(until).toISOString() }),
  }))

export function timelineIn(known: Known, services: HandlerContext): readonly Entry[] {
  const conditions = conditionsIn(known, services.now())
  return timelineOf(known.self.key, known.state.loops, services.steps).map((entry) => {
    const own = conditions.filter(({ step }) => entry.step === step)
    return own.length > 0 ? { ...entry, conditions: own.map(({ text }) => text) } : entry
  })
}

// The only way to run a step: carry out (carry-out.ts), judge (attempt-result.ts). The caller records the result. Only a store that does not answer
// throws: everything else becomes an outcome.

import { type AnyStep, type Modes, modeOf } from '../contract/digest.ts'
import { isOwnMistake, ownMistake } from '../errors/own-mistake.ts'
import { instanceOf } from '../model/loop.ts'
import type { LedgerEntry } from '../model/managed-object.ts'
import { identitiesThatLostRoles, newlyTroubled, readersToWake } from '../model/readers.ts'
import type { Ports } from '../ports/ports.ts'
import type { AttemptRecord, Ledger, Snapshot } from '../ports/rows.ts'
import type { Store } from '../ports/store.ts'
import { finish } from './attempt-result.ts'
import { carryOut } from './carry-out.ts'
import { inputsOf } from './inputs.ts'
import type { Run } from './observe.ts'

export type AttemptPorts = {
  readonly store: Pick<Store, 'intend' | 'touch'>
  readonly ports: (snapshot: Snapshot) => Ports
  readonly modes: Modes
}

/** Runs one step of a loop as it was read. `stale`: it lost the race, and the loop is due again. */
export async function attempt(
  step: AnyStep,
  snapshot: Snapshot,
  { store, ports: portsFor, modes }: AttemptPorts,
): Promise<AttemptRecord | 'stale'> {
  const ports = portsFor(snapshot)
  const { view } = snapshot
  const { loop } = snapshot.row
  const before = snapshot.steps.find((row) => row.step === step.name)
  const ranAt = ports.now()
  const read: Ledger = { step: step.name, ...(before ? { row: before } : {}), tracked: view.tracked(step.name) }
  let ledger = read
  const intend = async (tracked: readonly LedgerEntry[]): Promise<boolean> => {
    const intended = await store.intend(loop, ledger, tracked)
    if (intended === 'stale') return false
    ledger = intended
    return true
  }
  // Its mode asks the step what it wants, and that can be mistaken, too.
  const carriedOut = async () => carryOut(step, view, before, ports, modeOf(step, view, modes), intend)
  const run = await carriedOut().catch((error: unknown) => mistaken(error, step, ledger.tracked))
  if (run === 'stale') {
    await store.touch(loop, 'wake')
    return 'stale'
  }
  const facts = withFacts(before?.facts ?? {}, run.facts)
  const row = finish(run, before, ports.now())
  const members = view.self ? [view.self] : snapshot.members.map((member) => member.connection)
  const concerned = members.filter((member) => step.concerns?.(member, before?.facts ?? {}, facts, view) ?? true)
  const wake = [
    ...readersToWake(loop, concerned, before, facts),
    ...newlyTroubled(loop, members, before, { step: step.name, outcome: row.outcome }),
    ...identitiesThatLostRoles(loop, members, before?.facts ?? {}, facts),
  ]
  const recorded = {
    ...row,
    ranAt,
    resync: snapshot.row.resync,
    generation: view.self?.generation ?? 0,
    // Of the inputs of this attempt: if its own results change its inputs, it runs again.
    inputs: inputsOf(step, view, modes),
    facts,
    wake: [...new Map(wake.map((one) => [instanceOf(one), one])).values()],
    tracked: run.tracked,
  }
  return { ledger, recorded, before, hasIntended: ledger !== read }
}

/** A mistake in the step's own rules is an outcome like any other: reported, and retried less and less often. All tracked objects stay pending. */
function mistaken(error: unknown, { name }: AnyStep, tracked: readonly LedgerEntry[]): Run {
  if (!isOwnMistake(error)) throw error
  const pendingDeletes = tracked.filter(({ ownership }) => ownership !== 'orphaned').map(({ object }) => object.summary)
  return {
    tracked,
    problems: [],
    waits: [],
    unknown: [],
    changed: [],
    pendingDeletes,
    facts: undefined,
    failure: ownMistake(error, `carry out ${name}`),
  }
}

/** Named facts replace the former ones; `undefined` deletes one. */
function withFacts<T extends object>(before: T, changes: object | undefined): T {
  return Object.fromEntries(Object.entries({ ...before, ...changes }).filter(([, value]) => value !== undefined)) as T
}

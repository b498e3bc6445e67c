// The plan: the changes that would turn the observed state into the desired state. Pure, and the only place that knows ownership.
// Create, dry run, drift repair and delete are all this table; test/plan/plan.test.ts and plan.properties.test.ts state it.
//
//   desired  observed   ledger says the app made it  mark             change
//   yes      absent                                                   create
//   yes      same       yes                          ours or none     none
//   yes      same       otherwise                                     adopt: track it, never delete it
//   yes      different  yes                          ours or none     update
//   yes      different  otherwise                    ours             update, then adopt: it is never deleted
//   yes      different  otherwise                    offered          take over: update, and ours from then on
//   yes      different  otherwise                    foreign or none  take over if a policy has `adopt`, otherwise NotOurs
//   no       present    yes                          ours or none     delete, unless it has `retain`
//   no       present    otherwise                                     release
//   no       present    and it stays for one that was removed         none
//   no       absent                                                   forget
//   any      unknown                                                  none
//
// Anyone who may write the object can write a mark (label, tag, description), so a mark alone never deletes: a delete needs the ledger's word
// that the app made the object, and a mark that does not contradict it.

import type { Change, DesiredObjects, LedgerEntry, ManagedObject, ObservedState, Ownership, Plan } from '../model/managed-object.ts'
import type { Concern, Fault, Problem } from '../model/problem.ts'

/** An `intended` object that is absent may still be on its way: an activity may run for 10 minutes (the function timeout). */
export const intendedFor = 10 * 60_000

export type PlanRule = {
  /** A policy allows taking over objects that others made and that differ. */
  readonly adopt: boolean
  readonly now: number
  /** Whom an object concerns. */
  readonly concern?: (objects: readonly ManagedObject[]) => Concern
}

export function plan<T extends ManagedObject>(
  desired: DesiredObjects<T>,
  observed: readonly ObservedState[],
  rows: readonly LedgerEntry<T>[],
  rule: PlanRule,
): Plan<T> {
  const tracked = rows.map((row) => (row.since > rule.now ? { ...row, since: rule.now } : row))
  const states = new Map(observed.map((state) => [state.id, state]))
  const entries = new Map(tracked.map((row) => [row.object.id, row]))
  const later = new Set((desired.later ?? []).map((object) => object.id))
  const objects = new Map(desired.objects.map((object) => [object.id, object]))

  const changes: Change<T>[] = []
  const rowsAfter: LedgerEntry<T>[] = []
  const faults: Fault[] = [...(desired.faults ?? [])]
  const unknown: Problem[] = []
  const concern = rule.concern ?? onlyMember
  const concerning = (problem: Problem, object: ManagedObject): Problem => ({ ...problem, ...concern([object]) })
  const keepRow = (row: LedgerEntry<T> | undefined): void => void (row && rowsAfter.push(row))
  const own = (object: T, as: Ownership): void => {
    const before = entries.get(object.id)
    rowsAfter.push({
      object,
      ownership: as,
      since: before?.ownership === as ? before.since : rule.now,
      ...revertsOf(before, as, states.get(object.id)),
      ...(before?.keptFor ? { keptFor: before.keptFor } : {}),
    })
  }

  for (const object of objects.values()) {
    const state = states.get(object.id) ?? { id: object.id, state: 'absent' }
    const row = entries.get(object.id)
    if (state.state === 'unknown') {
      unknown.push(concerning(state.problem, object))
      keepRow(row)
    } else if (state.state === 'absent') {
      changes.push({ action: 'create', object, observed: state })
      // The object that others had made is gone: the next one is made by the app, and must not be mistaken for theirs.
      if (row?.ownership !== 'adopted') keepRow(row)
    } else if (state.state === 'same') {
      if (isOurs(state, row, object)) own(object, 'ours')
      else {
        if (row?.ownership !== 'adopted') changes.push({ action: 'adopt', object, observed: state })
        own(object, 'adopted')
      }
    } else if (isOurs(state, row, object)) {
      changes.push({ action: 'update', object, observed: state })
      own(object, 'ours')
    } else if (state.mark === 'offered' || state.mark === 'ours' || rule.adopt) {
      changes.push({ action: 'update', object, observed: state })
      keepRow(row)
    } else {
      const about = { object: object.summary, id: object.id, difference: state.difference ?? 'it differs' }
      faults.push({ code: 'NotOurs', about, ...concern([object]) })
      keepRow(row)
    }
  }

  for (const row of tracked) {
    const { object } = row
    if (objects.has(object.id)) continue
    const state = states.get(object.id) ?? { id: object.id, state: 'absent' }
    const isKept = row.keptFor !== undefined && state.state !== 'absent'
    if (later.has(object.id) || desired.incomplete || isKept) keepRow(row)
    else if (state.state === 'unknown') {
      unknown.push(concerning(state.problem, object))
      keepRow(row)
    } else if (state.state === 'absent') {
      const onItsWay = row.ownership === 'intended' && rule.now - row.since < intendedFor
      if (onItsWay) keepRow(row)
      else changes.push({ action: 'forget', object, observed: state })
    } else if (isOurs(state, row, object) && !object.retain) {
      changes.push({ action: 'delete', object, observed: state })
      keepRow(row)
    } else changes.push({ action: 'release', object, observed: state })
  }
  return { changes, tracked: rowsAfter, faults, unknown }
}

/** The ledger says whether the app made it; a mark can only contradict that. An intended object that exists is the app's. */
function isOurs(
  state: ObservedState & { readonly state: 'same' | 'different' },
  row: LedgerEntry | undefined,
  object: ManagedObject,
): boolean {
  const isMade = object.made === true || state.made === true || (row !== undefined && row.ownership !== 'adopted')
  return isMade && state.mark !== 'foreign' && state.mark !== 'offered'
}

/** An object that is as desired again is repaired; the times stay, because they count for a day. */
function revertsOf(before: LedgerEntry | undefined, as: Ownership, state: ObservedState | undefined): Pick<LedgerEntry, 'reverted'> {
  const reverted = as === 'ours' ? before?.reverted : undefined
  if (reverted === undefined || state?.state !== 'same') return reverted ? { reverted } : {}
  return reverted.times.length > 0 ? { reverted: { times: reverted.times } } : {}
}

const onlyMember = ([object]: readonly ManagedObject[]): Concern => (object?.of === undefined ? {} : { of: object.of })

/**
 * The ledger before `changes` are carried out: what is about to be created, or taken over with the app's mark, is `intended` from now on, whatever
 * its previous entry said. With an older time it could be forgotten while this attempt, lost in a crash, still creates it.
 */
export function intentions<T extends ManagedObject>(
  tracked: readonly LedgerEntry<T>[],
  changes: readonly Change<T>[],
  now: number,
): readonly LedgerEntry<T>[] {
  const made = changes.filter((change) => change.action === 'create' || (change.action === 'update' && takesOver(change.observed)))
  const ids = new Set(made.map((change) => change.object.id))
  const before = new Map(tracked.map((row) => [row.object.id, row.reverted]))
  const intended = made.map(({ object }): LedgerEntry<T> => {
    const reverted = before.get(object.id)
    return { object, ownership: 'intended', since: now, ...(reverted ? { reverted } : {}) }
  })
  return [...tracked.filter((row) => !ids.has(row.object.id)), ...intended]
}

/** It was made by others, and is the app's after that. */
export const takesOver = (state: ObservedState): boolean => 'mark' in state && (state.mark === 'foreign' || state.mark === 'offered')

/** The changes that have an effect outside; the others are bookkeeping. */
export const effects = <T extends ManagedObject>(changes: readonly Change<T>[]): readonly Change<T>[] =>
  changes.filter((change) => change.action === 'create' || change.action === 'update' || change.action === 'delete')

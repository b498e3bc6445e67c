// The plan: the changes that would make what is seen into what is wanted. Pure, and the only place that knows ownership.
// Create, dry run, drift repair and delete are all this table; test/domain/plan.test.ts and plan.properties.test.ts state it.
//
//   wanted  seen       ledger says we made it  mark             change
//   yes     absent                                              create
//   yes     same       yes                     ours or none     none: it is ours
//   yes     same       otherwise                                adopt: remember it, never delete it
//   yes     different  yes                     ours or none     update
//   yes     different  otherwise               ours             update, then adopt: it is never deleted
//   yes     different  otherwise               offered          take over: update, and ours from then on
//   yes     different  otherwise               foreign or none  take over where a policy has `adopt`, otherwise NotOurs
//   no      there      yes                     ours or none     delete, unless it is lasting
//   no      there      otherwise                                release
//   no      absent                                              forget
//   any     unseen                                              none
//
// A mark (label, tag, description) is written by anybody who may write the object, so a mark alone never deletes: a delete needs the ledger's
// word that we made the object, and a mark that does not contradict it.
import type { Concern, Fault, Problem } from './problem.ts'
import type { Change, Held, Hold, Plan, Seen, Thing, Wanted } from './thing.ts'

/** An `intended` thing that is absent may still be on its way: an activity may run for 10 minutes (the function timeout). */
export const intendedFor = 10 * 60_000

export type PlanRule = {
  /** A policy allows to take over what others made and what differs. */
  readonly adopt: boolean
  readonly now: number
  /** Whom a thing concerns. */
  readonly concern?: (things: readonly Thing[]) => Concern
}

export function plan<T extends Thing>(wanted: Wanted<T>, seen: readonly Seen[], rows: readonly Held<T>[], rule: PlanRule): Plan<T> {
  const held = rows.map((row) => (row.since > rule.now ? { ...row, since: rule.now } : row))
  const looks = new Map(seen.map((look) => [look.id, look]))
  const holds = new Map(held.map((row) => [row.thing.id, row]))
  const later = new Set((wanted.later ?? []).map((thing) => thing.id))
  const things = new Map(wanted.things.map((thing) => [thing.id, thing]))

  const changes: Change<T>[] = []
  const kept: Held<T>[] = []
  const faults: Fault[] = [...(wanted.faults ?? [])]
  const unseen: Problem[] = []
  const concern = rule.concern ?? onlyMember
  const concerning = (problem: Problem, thing: Thing): Problem => ({ ...problem, ...concern([thing]) })
  const keep = (row: Held<T> | undefined): void => void (row && kept.push(row))
  const hold = (thing: T, as: Hold): void => {
    const before = holds.get(thing.id)
    kept.push({ thing, hold: as, since: before?.hold === as ? before.since : rule.now, ...revertsOf(before, as, looks.get(thing.id)) })
  }

  for (const thing of things.values()) {
    const look = looks.get(thing.id) ?? { id: thing.id, state: 'absent' }
    const row = holds.get(thing.id)
    if (look.state === 'unseen') {
      unseen.push(concerning(look.problem, thing))
      keep(row)
    } else if (look.state === 'absent') {
      changes.push({ action: 'create', thing, seen: look })
      // what others had made is gone: the next one is made by us, and must not be taken for theirs
      if (row?.hold !== 'adopted') keep(row)
    } else if (look.state === 'same') {
      if (isOurs(look, row, thing)) hold(thing, 'ours')
      else {
        if (row?.hold !== 'adopted') changes.push({ action: 'adopt', thing, seen: look })
        hold(thing, 'adopted')
      }
    } else if (isOurs(look, row, thing)) {
      changes.push({ action: 'update', thing, seen: look })
      hold(thing, 'ours')
    } else if (look.mark === 'offered' || look.mark === 'ours' || rule.adopt) {
      changes.push({ action: 'update', thing, seen: look })
      keep(row)
    } else {
      const about = { thing: thing.summary, id: thing.id, difference: look.difference ?? 'it differs' }
      faults.push({ code: 'NotOurs', about, ...concern([thing]) })
      keep(row)
    }
  }

  for (const row of held) {
    const { thing } = row
    if (things.has(thing.id)) continue
    const look = looks.get(thing.id) ?? { id: thing.id, state: 'absent' }
    if (later.has(thing.id) || wanted.incomplete) keep(row)
    else if (look.state === 'unseen') {
      unseen.push(concerning(look.problem, thing))
      keep(row)
    } else if (look.state === 'absent') {
      const onItsWay = row.hold === 'intended' && rule.now - row.since < intendedFor
      if (onItsWay) keep(row)
      else changes.push({ action: 'forget', thing, seen: look })
    } else if (isOurs(look, row, thing) && !thing.lasting) {
      changes.push({ action: 'delete', thing, seen: look })
      keep(row)
    } else changes.push({ action: 'release', thing, seen: look })
  }
  return { changes, held: kept, faults, unseen }
}

/** The ledger says whether we made it; a mark can only contradict that. What was intended and is there is ours. */
function isOurs(look: Seen & { readonly state: 'same' | 'different' }, row: Held | undefined, thing: Thing): boolean {
  const isMade = thing.made === true || look.made === true || (row !== undefined && row.hold !== 'adopted')
  return isMade && look.mark !== 'foreign' && look.mark !== 'offered'
}

/** What is as wanted again is mended; the times stay, for they count for a day. */
function revertsOf(before: Held | undefined, as: Hold, look: Seen | undefined): Pick<Held, 'reverted'> {
  const reverted = as === 'ours' ? before?.reverted : undefined
  if (reverted === undefined || look?.state !== 'same') return reverted ? { reverted } : {}
  return reverted.times.length > 0 ? { reverted: { times: reverted.times } } : {}
}

const onlyMember = ([thing]: readonly Thing[]): Concern => (thing?.of === undefined ? {} : { of: thing.of })

/**
 * The ledger before `changes` are carried out: what is about to be made, or to be taken over with our mark, is intended from now on, whatever was
 * held of it before. With an older time it could be forgotten while this attempt, lost in a crash, still makes it.
 */
export function intentions<T extends Thing>(held: readonly Held<T>[], changes: readonly Change<T>[], now: number): readonly Held<T>[] {
  const made = changes.filter((change) => change.action === 'create' || (change.action === 'update' && takesOver(change.seen)))
  const ids = new Set(made.map((change) => change.thing.id))
  const before = new Map(held.map((row) => [row.thing.id, row.reverted]))
  const intended = made.map(({ thing }): Held<T> => {
    const reverted = before.get(thing.id)
    return { thing, hold: 'intended', since: now, ...(reverted ? { reverted } : {}) }
  })
  return [...held.filter((row) => !ids.has(row.thing.id)), ...intended]
}

const takesOver = (look: Seen): boolean => 'mark' in look && (look.mark === 'foreign' || look.mark === 'offered')

/** The changes that have an effect outside; the others are bookkeeping. */
export const effects = <T extends Thing>(changes: readonly Change<T>[]): readonly Change<T>[] =>
  changes.filter((change) => change.action === 'create' || change.action === 'update' || change.action === 'delete')

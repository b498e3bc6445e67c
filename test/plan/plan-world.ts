// A tiny world of objects with owners, and one loop that works on it by the plan. It knows nothing of how the plan is made: another party makes,
// changes and deletes things, attempts crash at any place and go on as stale attempts, and at every change it checks what must never happen.
import fc from 'fast-check'
import { expect } from 'vitest'
import type { Change, LedgerEntry, ManagedObject, ObservedState } from '../../src/model/managed-object.ts'
import { effects, intentions, plan } from '../../src/plan/plan.ts'

const problem = { code: 'Forbidden' as const, text: 't', cause: 'c', remediation: 'c', link: 'l' }

export const ids = ['a', 'b', 'c', 'd', 'e'] as const
type Id = (typeof ids)[number]
/** Some carry a mark of the one that made them, some do not; one is retained. */
const marked = (id: string): boolean => id <= 'c'
export const retainedId = 'c'
export type Real = { madeBy: 'us' | 'other'; spec: number; offered: boolean; touchedByUs: boolean }
export type Spec = Readonly<Partial<Record<Id, number>>>

export type Step =
  | { readonly do: 'desire'; readonly spec: Spec; readonly later: readonly Id[] }
  | {
      readonly do: 'attempt'
      readonly crash: 'no' | 'before intend' | 'stale' | 'midway' | 'before record'
      readonly hidden: readonly Id[]
      readonly incomplete: boolean
      readonly adopt: boolean
    }
  | { readonly do: 'other makes' | 'other changes' | 'other deletes' | 'other offers'; readonly id: Id; readonly spec: number }
  | { readonly do: 'time passes'; readonly minutes: number }

const someIds = fc.subarray([...ids])
export const spec: fc.Arbitrary<Spec> = fc
  .tuple(someIds, fc.array(fc.integer({ min: 1, max: 3 }), { minLength: ids.length, maxLength: ids.length }))
  .map(([chosen, numbers]) => Object.fromEntries(chosen.map((id, index) => [id, numbers[index] ?? 1])))
export const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ do: fc.constant('desire' as const), spec, later: someIds }) },
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant('attempt' as const),
        crash: fc.constantFrom('no', 'no', 'before intend', 'stale', 'midway', 'before record'),
        hidden: fc.oneof(fc.constant([]), someIds),
        incomplete: fc.boolean(),
        adopt: fc.constantFrom(false, false, true),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constantFrom('other makes', 'other changes', 'other deletes', 'other offers'),
        id: fc.constantFrom(...ids),
        spec: fc.integer({ min: 1, max: 3 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('time passes' as const), minutes: fc.integer({ min: 1, max: 11 }) }) },
  ),
  { maxLength: 60, size: 'max' },
)

type ObjectWith = ManagedObject & { readonly spec: number }
const managedOf = (id: string, number: number): ObjectWith => ({
  kind: 'object',
  id,
  summary: id,
  spec: number,
  ...(id === retainedId ? { retain: true } : {}),
})

/** One world, and one loop that works on it. What it checks at every change is what must never happen. */
export function createWorldOf() {
  const real = new Map<string, Real>()
  let clock = 0
  let ledger: readonly LedgerEntry<ObjectWith>[] = []
  let desired: Spec = {}
  let later: readonly string[] = []
  let staleAttempts: { readonly at: number; readonly change: Change<ObjectWith> }[] = []

  const desiredObjects = (): ObjectWith[] =>
    Object.entries(desired).flatMap(([id, number]) => (number !== undefined && !later.includes(id) ? [managedOf(id, number)] : []))

  function observe(tracked: readonly LedgerEntry<ObjectWith>[], hidden: readonly string[]): ObservedState[] {
    const needed = new Map([...tracked.map((one) => one.object), ...desiredObjects()].map((one) => [one.id, one.spec]))
    return [...needed].map(([id, number]): ObservedState => {
      if (hidden.includes(id)) return { id, state: 'unknown', problem }
      const found = real.get(id)
      if (!found) return { id, state: 'absent' }
      const mark = !marked(id) ? 'none' : found.madeBy === 'us' ? 'ours' : found.offered ? 'offered' : 'foreign'
      return { id, state: found.spec === number ? 'same' : 'different', mark }
    })
  }

  function check(
    change: Change<ObjectWith>,
    at: { readonly hidden: readonly string[]; readonly incomplete: boolean; readonly adopt: boolean },
  ): void {
    const { id } = change.object
    const found = real.get(id)
    const must = desiredObjects().some((one) => one.id === id)
    expect(at.hidden, 'nothing is done about what could not be seen').not.toContain(id)
    if (change.action === 'create') expect([must, found], 'only what is wanted and absent is made').toEqual([true, undefined])
    if (change.action === 'update') {
      expect(must, 'only what is wanted is changed').toBe(true)
      expect(
        found?.madeBy === 'us' || at.adopt || (marked(id) && found?.offered),
        'what others made is not changed unless it is offered or a policy allows it',
      ).toBe(true)
    }
    if (change.action === 'delete') {
      expect(found?.madeBy, 'only what the app made is deleted').toBe('us')
      expect(must || later.includes(id), 'nothing that is wanted is deleted').toBe(false)
      expect(at.incomplete, 'nothing is deleted while some things cannot be named').toBe(false)
      expect(id, 'retained objects are never deleted').not.toBe(retainedId)
    }
  }

  /**
   * Every effect is safe against its own stale attempt: what is there is not made again. A stale one that arrives after its object was made by a later attempt
   * and removed as well is nothing that a ledger can know; it is left to the sweep, and this world has none.
   */
  function carryOut({ action, object: { id, spec: number } }: Change<ObjectWith>): void {
    const found = real.get(id)
    staleAttempts = staleAttempts.filter(({ change }) => change.object.id !== id)
    if (action === 'create' && !found) real.set(id, { madeBy: 'us', spec: number, offered: false, touchedByUs: true })
    if (action === 'update' && found)
      Object.assign(found, { spec: number, touchedByUs: true }, marked(id) ? { madeBy: 'us', offered: false } : {})
    if (action === 'delete' && found) real.delete(id)
  }

  function attempt({ crash, hidden, incomplete, adopt }: Extract<Step, { readonly do: 'attempt' }>): number {
    const planned = (tracked: readonly LedgerEntry<ObjectWith>[]) =>
      plan(
        { objects: desiredObjects(), later: later.map((id) => managedOf(id, 1)), ...(incomplete ? { incomplete: true } : {}) },
        observe(tracked, hidden),
        tracked,
        { adopt, now: clock },
      )
    const first = planned(ledger)
    const doing = effects(first.changes)
    for (const change of first.changes) check(change, { hidden, incomplete, adopt })
    if (crash === 'before intend') return doing.length
    if (doing.length === 0) {
      ledger = first.tracked
      return 0
    }
    ledger = intentions(first.tracked, doing, clock)
    // an activity is killed after ten minutes: until then what it had begun can still arrive
    if (crash === 'stale')
      staleAttempts.push(...doing.filter((change) => change.action === 'create').map((change) => ({ at: clock + 9 * 60_000, change })))
    else for (const change of crash === 'midway' ? doing.slice(0, Math.ceil(doing.length / 2)) : doing) carryOut(change)
    if (crash === 'no') ledger = planned(ledger).tracked
    return doing.length
  }

  function passTime(minutes: number): void {
    clock += minutes * 60_000
    for (const stale of staleAttempts.filter(({ at }) => at <= clock)) carryOut(stale.change)
    staleAttempts = staleAttempts.filter(({ at }) => at > clock)
  }

  /** What carries no mark is told apart by the ledger alone: others keep away from what the app tracks there, and from what is being made. */
  const free = (id: string): boolean =>
    !staleAttempts.some(({ change }) => change.object.id === id) &&
    (marked(id) || !ledger.some((one) => one.object.id === id && one.ownership !== 'adopted'))

  return {
    real,
    attempt,
    passTime,
    ledger: () => ledger,
    step(one: Step): void {
      if (one.do === 'desire') {
        desired = one.spec
        later = one.later.filter((id) => id in one.spec)
      } else if (one.do === 'attempt') attempt(one)
      else if (one.do === 'time passes') passTime(one.minutes)
      else {
        const found = real.get(one.id)
        if (one.do === 'other makes' && !found && free(one.id))
          real.set(one.id, { madeBy: 'other', spec: one.spec, offered: false, touchedByUs: false })
        if (one.do === 'other changes' && found) found.spec = one.spec
        if (one.do === 'other deletes') real.delete(one.id)
        if (one.do === 'other offers' && found?.madeBy === 'other') found.offered = true
      }
    },
    desire(now_: Spec): void {
      desired = now_
      later = []
    },
  }
}

// The plan's table (design section 4) as rows, and as properties of a world that knows nothing of how the plan is made: things with owners,
// somebody else who makes, changes and deletes them, attempts that crash at any place and go on as ghosts.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Key } from '../../src/domain/loop.ts'
import { effects, intendedFor, intentions, plan } from '../../src/domain/plan.ts'
import type { Action, Change, Held, Hold, Mark, Seen, Thing, Wanted } from '../../src/domain/thing.ts'

const now = Date.parse('2026-03-02T08:00:00Z')
const problem = { code: 'Forbidden', text: 't', cause: 'c', cure: 'c', link: 'l' }
const thing: Thing = { kind: 'rule', id: 't', summary: 'a thing' }
const lasting: Thing = { ...thing, lasting: true }
const row = (hold: Hold, of: Thing = thing, since = now - 1000): Held => ({ thing: of, hold, since })
const there = (state: 'same' | 'different', mark: Mark = 'none'): Seen => ({ id: 't', state, mark })
const absent: Seen = { id: 't', state: 'absent' }
const unseen: Seen = { id: 't', state: 'unseen', problem }

type Outcome = { readonly does: Action | 'nothing' | 'fault'; readonly keeps?: Hold }
type Case = { readonly seen: Seen; readonly held?: Held; readonly adopt?: true } & Outcome

function outcome(wanted: Wanted, { seen, held, adopt }: Pick<Case, 'seen' | 'held' | 'adopt'>): Outcome {
  const made = plan(wanted, [seen], held ? [held] : [], { adopt: adopt === true, now })
  expect(made.changes.length + made.faults.length).toBeLessThanOrEqual(1)
  const keeps = made.held[0]?.hold
  return { does: made.changes[0]?.action ?? (made.faults.length > 0 ? 'fault' : 'nothing'), ...(keeps === undefined ? {} : { keeps }) }
}
const expected = ({ does, keeps }: Case): Outcome => ({ does, ...(keeps === undefined ? {} : { keeps }) })

describe('a thing that is wanted', () => {
  it.each<Case>([
    { seen: absent, does: 'create' },
    { seen: absent, held: row('intended'), does: 'create', keeps: 'intended' },
    { seen: absent, held: row('ours'), does: 'create', keeps: 'ours' },
    { seen: absent, held: row('adopted'), does: 'create' },
    { seen: absent, held: row('left-behind'), does: 'create', keeps: 'left-behind' },
    { seen: there('same', 'ours'), does: 'nothing', keeps: 'ours' },
    { seen: there('same', 'ours'), held: row('adopted'), does: 'nothing', keeps: 'ours' },
    { seen: there('same'), held: row('ours'), does: 'nothing', keeps: 'ours' },
    { seen: there('same'), held: row('intended'), does: 'nothing', keeps: 'ours' },
    { seen: there('same'), held: row('left-behind'), does: 'nothing', keeps: 'ours' },
    { seen: there('same'), does: 'adopt', keeps: 'adopted' },
    { seen: there('same'), held: row('adopted'), does: 'nothing', keeps: 'adopted' },
    { seen: there('same', 'foreign'), held: row('ours'), does: 'adopt', keeps: 'adopted' },
    { seen: there('same', 'offered'), does: 'adopt', keeps: 'adopted' },
    { seen: there('different', 'ours'), does: 'update', keeps: 'ours' },
    { seen: there('different'), held: row('ours'), does: 'update', keeps: 'ours' },
    { seen: there('different'), held: row('intended'), does: 'update', keeps: 'ours' },
    { seen: there('different'), does: 'fault' },
    { seen: there('different'), held: row('adopted'), does: 'fault', keeps: 'adopted' },
    { seen: there('different', 'foreign'), held: row('ours'), does: 'fault', keeps: 'ours' },
    { seen: there('different', 'offered'), does: 'update' },
    { seen: there('different'), adopt: true, does: 'update' },
    { seen: unseen, does: 'nothing' },
    { seen: unseen, held: row('ours'), does: 'nothing', keeps: 'ours' },
  ])('and seen as $seen.state ($seen.mark) and held as $held.hold: $does, keeps $keeps', (one) => {
    expect(outcome({ things: [thing] }, one)).toEqual(expected(one))
  })
})

describe('a thing that is not wanted any more', () => {
  it.each<Case>([
    { seen: there('same', 'ours'), held: row('ours'), does: 'delete', keeps: 'ours' },
    { seen: there('different', 'ours'), held: row('ours'), does: 'delete', keeps: 'ours' },
    { seen: there('same'), held: row('ours'), does: 'delete', keeps: 'ours' },
    { seen: there('same'), held: row('intended'), does: 'delete', keeps: 'intended' },
    { seen: there('same'), held: row('left-behind'), does: 'delete', keeps: 'left-behind' },
    { seen: there('same'), held: row('adopted'), does: 'release' },
    { seen: there('same', 'foreign'), held: row('ours'), does: 'release' },
    { seen: there('same', 'offered'), held: row('ours'), does: 'release' },
    { seen: there('same', 'ours'), held: row('ours', lasting), does: 'release' },
    { seen: absent, held: row('ours'), does: 'forget' },
    { seen: absent, held: row('adopted'), does: 'forget' },
    { seen: absent, held: row('left-behind'), does: 'forget' },
    { seen: absent, held: row('intended'), does: 'nothing', keeps: 'intended' },
    { seen: absent, held: row('intended', thing, now - intendedFor + 1), does: 'nothing', keeps: 'intended' },
    { seen: absent, held: row('intended', thing, now - intendedFor), does: 'forget' },
    { seen: unseen, held: row('ours'), does: 'nothing', keeps: 'ours' },
    { seen: unseen, held: row('adopted'), does: 'nothing', keeps: 'adopted' },
  ])('and seen as $seen.state ($seen.mark) and held as $held.hold: $does, keeps $keeps', (one) => {
    expect(outcome({ things: [] }, one)).toEqual(expected(one))
  })

  it.each(['intended', 'ours', 'adopted', 'left-behind'] as const)(
    'stays while some wanted things cannot be named yet, and while it is for later: %s',
    (hold) => {
      for (const seen of [absent, there('same'), there('different', 'ours'), unseen]) {
        expect(outcome({ things: [], incomplete: true }, { seen, held: row(hold) })).toEqual({ does: 'nothing', keeps: hold })
        expect(outcome({ things: [], later: [thing] }, { seen, held: row(hold) })).toEqual({ does: 'nothing', keeps: hold })
      }
    },
  )
})

describe('a plan', () => {
  it('does not make what is for later', () => {
    expect(plan({ things: [], later: [thing] }, [absent], [], { adopt: false, now }).changes).toEqual([])
  })

  it('says of whom a fault or an unseen thing is', () => {
    const of = 'member' as Key
    const made = plan({ things: [{ ...thing, of }] }, [there('different', 'foreign')], [], { adopt: false, now })
    expect(made.faults).toEqual([{ code: 'NotOurs', about: { thing: 'a thing', id: 't', difference: 'it differs' }, of }])
    expect(plan({ things: [{ ...thing, of }] }, [unseen], [], { adopt: false, now }).unseen).toEqual([{ ...problem, of }])
  })

  it('passes on the faults of what was wanted', () => {
    const fault = { code: 'CredentialLimit', about: {} }
    expect(plan({ things: [], faults: [fault] }, [], [], { adopt: false, now }).faults).toEqual([fault])
  })

  it('keeps the time since when a thing is held, and writes the wanted form of it', () => {
    const wanted = { ...thing, summary: 'in new words' }
    expect(plan({ things: [wanted] }, [there('same')], [row('ours')], { adopt: false, now }).held).toEqual([
      { thing: wanted, hold: 'ours', since: now - 1000 },
    ])
  })

  it('writes down what it is about to make, and from when', () => {
    const other = { ...thing, id: 'other' }
    const changes: Change[] = [
      { action: 'create', thing, seen: absent },
      { action: 'update', thing: other, seen: there('different') },
    ]
    expect(intentions([row('ours'), row('ours', other)], changes, now)).toEqual([
      row('ours', other),
      { thing, hold: 'intended', since: now },
    ])
  })
})

// --- the world ------------------------------------------------------------------------------------------------------------------

const ids = ['a', 'b', 'c', 'd', 'e'] as const
type Id = (typeof ids)[number]
/** Some carry a mark of whoever made them, some do not; one is lasting. */
const marked = (id: string): boolean => id <= 'c'
const lastingId = 'c'
type Real = { madeBy: 'us' | 'other'; spec: number; offered: boolean; touchedByUs: boolean }
type Spec = Readonly<Partial<Record<Id, number>>>

type Step =
  | { readonly do: 'want'; readonly spec: Spec; readonly later: readonly Id[] }
  | {
      readonly do: 'attempt'
      readonly crash: 'no' | 'before intend' | 'ghost' | 'midway' | 'before record'
      readonly hidden: readonly Id[]
      readonly incomplete: boolean
      readonly adopt: boolean
    }
  | { readonly do: 'other makes' | 'other changes' | 'other deletes' | 'other offers'; readonly id: Id; readonly spec: number }
  | { readonly do: 'time passes'; readonly minutes: number }

const someIds = fc.subarray([...ids])
const spec: fc.Arbitrary<Spec> = fc
  .tuple(someIds, fc.array(fc.integer({ min: 1, max: 3 }), { minLength: ids.length, maxLength: ids.length }))
  .map(([chosen, numbers]) => Object.fromEntries(chosen.map((id, index) => [id, numbers[index] ?? 1])))
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ do: fc.constant('want' as const), spec, later: someIds }) },
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant('attempt' as const),
        crash: fc.constantFrom('no', 'no', 'before intend', 'ghost', 'midway', 'before record'),
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

type ThingWith = Thing & { readonly spec: number }
const thingOf = (id: string, number: number): ThingWith => ({
  kind: 'thing',
  id,
  summary: id,
  spec: number,
  ...(id === lastingId ? { lasting: true } : {}),
})

/** One world, and one loop that works on it. What it checks at every change is what must never happen. */
function createWorldOf() {
  const real = new Map<string, Real>()
  let clock = 0
  let ledger: readonly Held<ThingWith>[] = []
  let wanted: Spec = {}
  let later: readonly string[] = []
  let ghosts: { readonly at: number; readonly change: Change<ThingWith> }[] = []

  const wantedThings = (): ThingWith[] =>
    Object.entries(wanted).flatMap(([id, number]) => (number !== undefined && !later.includes(id) ? [thingOf(id, number)] : []))

  function look(held: readonly Held<ThingWith>[], hidden: readonly string[]): Seen[] {
    const needed = new Map([...held.map((one) => one.thing), ...wantedThings()].map((one) => [one.id, one.spec]))
    return [...needed].map(([id, number]): Seen => {
      if (hidden.includes(id)) return { id, state: 'unseen', problem }
      const found = real.get(id)
      if (!found) return { id, state: 'absent' }
      const mark = !marked(id) ? 'none' : found.madeBy === 'us' ? 'ours' : found.offered ? 'offered' : 'foreign'
      return { id, state: found.spec === number ? 'same' : 'different', mark }
    })
  }

  function check(
    change: Change<ThingWith>,
    at: { readonly hidden: readonly string[]; readonly incomplete: boolean; readonly adopt: boolean },
  ): void {
    const { id } = change.thing
    const found = real.get(id)
    const shall = wantedThings().some((one) => one.id === id)
    expect(at.hidden, 'nothing is done about what could not be seen').not.toContain(id)
    if (change.action === 'create') expect([shall, found], 'only what is wanted and absent is made').toEqual([true, undefined])
    if (change.action === 'update') {
      expect(shall, 'only what is wanted is changed').toBe(true)
      expect(
        found?.madeBy === 'us' || at.adopt || (marked(id) && found?.offered),
        'what others made is not changed unless it is offered or a policy allows it',
      ).toBe(true)
    }
    if (change.action === 'delete') {
      expect(found?.madeBy, 'only what we made is deleted').toBe('us')
      expect(shall || later.includes(id), 'nothing that is wanted is deleted').toBe(false)
      expect(at.incomplete, 'nothing is deleted while some things cannot be named').toBe(false)
      expect(id, 'lasting things are never deleted').not.toBe(lastingId)
    }
  }

  /**
   * Every effect is safe against its own ghost: what is there is not made again. A ghost that arrives after its thing was made by a later attempt
   * and taken back as well is nothing that a ledger can know; it is left to the sweep, and this world has none.
   */
  function carryOut({ action, thing: { id, spec: number } }: Change<ThingWith>): void {
    const found = real.get(id)
    ghosts = ghosts.filter(({ change }) => change.thing.id !== id)
    if (action === 'create' && !found) real.set(id, { madeBy: 'us', spec: number, offered: false, touchedByUs: true })
    if (action === 'update' && found)
      Object.assign(found, { spec: number, touchedByUs: true }, marked(id) ? { madeBy: 'us', offered: false } : {})
    if (action === 'delete' && found) real.delete(id)
  }

  function attempt({ crash, hidden, incomplete, adopt }: Extract<Step, { readonly do: 'attempt' }>): number {
    const planned = (held: readonly Held<ThingWith>[]) =>
      plan(
        { things: wantedThings(), later: later.map((id) => thingOf(id, 1)), ...(incomplete ? { incomplete: true } : {}) },
        look(held, hidden),
        held,
        { adopt, now: clock },
      )
    const first = planned(ledger)
    const doing = effects(first.changes)
    for (const change of first.changes) check(change, { hidden, incomplete, adopt })
    if (crash === 'before intend') return doing.length
    if (doing.length === 0) {
      ledger = first.held
      return 0
    }
    ledger = intentions(first.held, doing, clock)
    // an activity is killed after ten minutes: until then what it had begun can still arrive
    if (crash === 'ghost')
      ghosts.push(...doing.filter((change) => change.action === 'create').map((change) => ({ at: clock + 9 * 60_000, change })))
    else for (const change of crash === 'midway' ? doing.slice(0, Math.ceil(doing.length / 2)) : doing) carryOut(change)
    if (crash === 'no') ledger = planned(ledger).held
    return doing.length
  }

  function passTime(minutes: number): void {
    clock += minutes * 60_000
    for (const ghost of ghosts.filter(({ at }) => at <= clock)) carryOut(ghost.change)
    ghosts = ghosts.filter(({ at }) => at > clock)
  }

  /** What carries no mark is told apart by the ledger alone: others keep away from what we hold there, and from what is being made. */
  const free = (id: string): boolean =>
    !ghosts.some(({ change }) => change.thing.id === id) &&
    (marked(id) || !ledger.some((one) => one.thing.id === id && one.hold !== 'adopted'))

  return {
    real,
    attempt,
    passTime,
    ledger: () => ledger,
    step(one: Step): void {
      if (one.do === 'want') {
        wanted = one.spec
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
    want(now_: Spec): void {
      wanted = now_
      later = []
    },
  }
}

const calm = { do: 'attempt', crash: 'no', hidden: [], incomplete: false, adopt: false } as const

/** Runs the loop undisturbed until it has nothing left to do. */
function settle(world: ReturnType<typeof createWorldOf>): void {
  for (let round = 0; round < 3; round++) {
    world.attempt(calm)
    world.passTime(11)
  }
  expect(world.attempt(calm), 'nothing is left to do').toBe(0)
}

describe('whatever happens', () => {
  it('only what is ours is changed or deleted, unseen and lasting things stay, and incomplete knowledge deletes nothing', () => {
    fc.assert(
      fc.property(steps, (history) => {
        const world = createWorldOf()
        for (const one of history) world.step(one)
      }),
      { numRuns: 1000 },
    )
  })

  it('it comes to rest, and then all is as wanted', () => {
    fc.assert(
      fc.property(steps, spec, (history, wanted) => {
        const world = createWorldOf()
        for (const one of history) world.step(one)
        world.want(wanted)
        settle(world)
        for (const id of ids) {
          const found = world.real.get(id)
          const number = wanted[id]
          if (number !== undefined)
            expect(found?.spec === number || found?.madeBy === 'other', `${id} is as wanted, or it is somebody else's`).toBe(true)
          else if (id !== lastingId) expect(found?.madeBy, `${id} is not wanted, so nothing of ours is left`).not.toBe('us')
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('wanting nothing leaves nothing of ours and nothing in the ledger, and what others made is as they left it', () => {
    fc.assert(
      fc.property(steps, (history) => {
        const world = createWorldOf()
        const others = new Map<string, Real>()
        for (const one of history) {
          world.step(one.do === 'attempt' ? { ...one, adopt: false } : one.do === 'other offers' ? calm : one)
          for (const [id, found] of world.real) if (found.madeBy === 'other') others.set(id, { ...found })
          for (const [id] of others) if (one.do === 'other deletes' && one.id === id) others.delete(id)
        }
        world.want({})
        settle(world)
        expect([...world.real].filter(([id, found]) => found.madeBy === 'us' && id !== lastingId)).toEqual([])
        expect(world.ledger()).toEqual([])
        for (const [id, before] of others) expect(world.real.get(id), `${id} is somebody else's`).toEqual(before)
      }),
      { numRuns: 1000 },
    )
  })

  it('a thing that was adopted is never deleted, whatever is wanted afterwards', () => {
    fc.assert(
      fc.property(fc.constantFrom(...ids), fc.array(spec), (id, wishes) => {
        const world = createWorldOf()
        world.step({ do: 'other makes', id, spec: 1 })
        world.want({ [id]: 1 })
        world.attempt(calm)
        expect(world.ledger().map((one) => one.hold)).toEqual(['adopted'])
        for (const wish of wishes) {
          world.want(wish)
          world.attempt(calm)
        }
        world.want({})
        settle(world)
        expect(world.real.get(id)).toMatchObject({ madeBy: 'other', touchedByUs: false })
      }),
    )
  })

  it('what a crashed attempt made after all is found and taken back', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('ghost' as const, 'midway' as const, 'before record' as const),
        spec,
        fc.integer({ min: 0, max: 20 }),
        (crash, wanted, minutes) => {
          const world = createWorldOf()
          world.want(wanted)
          world.attempt({ ...calm, crash })
          world.want({})
          world.attempt(calm)
          world.passTime(minutes)
          settle(world)
          expect([...world.real.keys()].filter((id) => id !== lastingId)).toEqual([])
        },
      ),
    )
  })
})

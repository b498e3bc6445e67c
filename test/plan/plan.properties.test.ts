// What holds for the plan whatever happens: histories of a tiny world (plan-world.ts) that knows nothing of the implementation.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LedgerEntry, ManagedObject, Mark, ObservedState } from '../../src/model/managed-object.ts'
import { effects, intentions, plan } from '../../src/plan/plan.ts'
import { createWorldOf, ids, type Real, retainedId, spec, steps } from './plan-world.ts'

const calm = { do: 'attempt', crash: 'no', hidden: [], incomplete: false, adopt: false } as const

/** Runs the loop undisturbed until it has nothing left to do. */
function settle(world: ReturnType<typeof createWorldOf>): void {
  for (let round = 0; round < 3; round++) {
    world.attempt(calm)
    world.passTime(11)
  }
  expect(world.attempt(calm), 'nothing is left to do').toBe(0)
}

/** An adversary writes any mark at any time, makes, changes and deletes the object, and people desire it or do not. */
const histories = fc.array(
  fc.record({
    isDesired: fc.boolean(),
    state: fc.constantFrom('absent', 'same', 'different'),
    mark: fc.constantFrom<Mark>('ours', 'ours', 'foreign', 'none'),
    minutes: fc.integer({ min: 0, max: 11 }),
  }),
  { maxLength: 30 },
)

describe('whatever marks are written', () => {
  it('nothing is deleted that the app has not made', () => {
    const object: ManagedObject = { kind: 'object', id: 't', summary: 't' }
    fc.assert(
      fc.property(histories, (history) => {
        let ledger: readonly LedgerEntry[] = []
        let isMade = false
        let now = 0
        for (const { isDesired, state, mark, minutes } of history) {
          now += minutes * 60_000
          const observed: ObservedState = state === 'absent' ? { id: 't', state } : { id: 't', state, mark }
          const planned = plan({ objects: isDesired ? [object] : [] }, [observed], ledger, { adopt: false, now })
          const doing = effects(planned.changes)
          if (doing.some(({ action }) => action === 'delete')) expect(isMade, 'it was made by the app').toBe(true)
          if (doing.some(({ action }) => action === 'create')) isMade = true
          ledger = intentions(planned.tracked, doing, now)
        }
      }),
      { numRuns: 2000 },
    )
  })
})

describe('whatever happens', () => {
  it('only what is owned is changed or deleted, unknown and retained objects stay, and incomplete knowledge deletes nothing', () => {
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
      fc.property(steps, spec, (history, desired) => {
        const world = createWorldOf()
        for (const one of history) world.step(one)
        world.desire(desired)
        settle(world)
        for (const id of ids) {
          const found = world.real.get(id)
          const number = desired[id]
          if (number !== undefined)
            expect(found?.spec === number || found?.madeBy === 'other', `${id} is as desired, or it is another party's`).toBe(true)
          else if (id !== retainedId) expect(found?.madeBy, `${id} is not desired, so nothing of the app is left`).not.toBe('us')
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('desiring nothing leaves nothing of the app and nothing in the ledger, and what others made is as they left it', () => {
    fc.assert(
      fc.property(steps, (history) => {
        const world = createWorldOf()
        const others = new Map<string, Real>()
        for (const one of history) {
          world.step(one.do === 'attempt' ? { ...one, adopt: false } : one.do === 'other offers' ? calm : one)
          for (const [id, found] of world.real) if (found.madeBy === 'other') others.set(id, { ...found })
          for (const [id] of others) if (one.do === 'other deletes' && one.id === id) others.delete(id)
        }
        world.desire({})
        settle(world)
        expect([...world.real].filter(([id, found]) => found.madeBy === 'us' && id !== retainedId)).toEqual([])
        expect(world.ledger()).toEqual([])
        for (const [id, before] of others) expect(world.real.get(id), `${id} is another party's`).toEqual(before)
      }),
      { numRuns: 1000 },
    )
  })

  it('an object that was adopted is never deleted, whatever is desired afterwards', () => {
    fc.assert(
      fc.property(fc.constantFrom(...ids), fc.array(spec), (id, specs) => {
        const world = createWorldOf()
        world.step({ do: 'other makes', id, spec: 1 })
        world.desire({ [id]: 1 })
        world.attempt(calm)
        expect(world.ledger().map((one) => one.ownership)).toEqual(['adopted'])
        for (const put of specs) {
          world.desire(put)
          world.attempt(calm)
        }
        world.desire({})
        settle(world)
        expect(world.real.get(id)).toMatchObject({ madeBy: 'other', touchedByUs: false })
      }),
    )
  })

  it('what a crashed attempt made after all is found and removed', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('stale' as const, 'midway' as const, 'before record' as const),
        spec,
        fc.integer({ min: 0, max: 20 }),
        (crash, desired, minutes) => {
          const world = createWorldOf()
          world.desire(desired)
          world.attempt({ ...calm, crash })
          world.desire({})
          world.attempt(calm)
          world.passTime(minutes)
          settle(world)
          expect([...world.real.keys()].filter((id) => id !== retainedId)).toEqual([])
        },
      ),
    )
  })
})

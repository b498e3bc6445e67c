import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LedgerEntry, ManagedObject, ObservedState } from '../../src/model/managed-object.ts'
import { contest, revertedAtOnce } from '../../src/plan/contested.ts'
import { effects, intentions, plan } from '../../src/plan/plan.ts'

const hour = 3_600_000
const day = 24 * hour
const object: ManagedObject & { readonly spec: number } = { kind: 'rule', id: 'a', summary: 'rule a', spec: 1 }

/** One loop with one object, repaired by the plan wherever the contest allows it. */
function loopOf(desiredObject: () => ManagedObject, asWritten = false) {
  let ledger: readonly LedgerEntry[] = []
  let real: ManagedObject | undefined
  const observe = (writer?: string): ObservedState => {
    if (real === undefined) return { id: 'a', state: 'absent' }
    const isSame = JSON.stringify(real) === JSON.stringify(desiredObject())
    const whose = asWritten ? ({ asWritten: true } as const) : writer === undefined ? {} : { writer }
    return isSame ? { id: 'a', state: 'same', mark: 'ours' } : { id: 'a', state: 'different', mark: 'ours', ...whose }
  }
  return {
    ledger: () => ledger,
    revert(to: ManagedObject | undefined): void {
      real = to
    },
    /** Answers how often it wrote, and the faults. */
    attempt(now: number, how: { readonly requestedAt?: number; readonly refused?: true; readonly writer?: string } = {}) {
      const desired = { objects: [desiredObject()] }
      const first = plan(desired, [observe(how.writer)], ledger, { adopt: false, now })
      const found = contest(effects(first.changes), ledger, { now, requestedAt: how.requestedAt })
      const others = [...found.repeated, ...found.contested.map(({ row }) => row)]
      const tracked = first.tracked.map((row) => others.find((other) => other.object.id === row.object.id) ?? row)
      const intended = intentions(tracked, found.changes, now)
      if (found.changes.length > 0 && !how.refused) real = desiredObject()
      const second = plan(desired, [observe(how.writer)], intended, { adopt: false, now })
      ledger = second.tracked.map((row) => found.contested.find((one) => one.row.object.id === row.object.id)?.row ?? row)
      return { writes: how.refused ? 0 : found.changes.length, faults: found.contested.map(({ fault }) => fault) }
    },
  }
}

describe('a change that another writer reverts', () => {
  it('is made twice more, and at the third revert within a day it stops and names the other writer', () => {
    const loop = loopOf(() => object)
    expect(loop.attempt(0).writes).toBe(1)
    for (const at of [1, 2]) {
      loop.revert({ ...object, spec: 9 } as ManagedObject)
      expect(loop.attempt(at * hour).writes).toBe(1)
    }
    loop.revert({ ...object, spec: 9 } as ManagedObject)
    const { writes, faults } = loop.attempt(3 * hour, { writer: 'argocd' })
    expect(writes).toBe(0)
    expect(faults).toMatchObject([{ code: 'Contested', about: { object: 'rule a', writer: 'argocd' } }])
    expect(loop.attempt(20 * hour).faults).toHaveLength(1)
    expect(loop.attempt(25 * hour + 1).writes, 'a day after the first one').toBe(1)
  })

  it('is forgiven when a person requests a reconcile, and forgotten when the other stops', () => {
    const loop = loopOf(() => object)
    loop.attempt(0)
    for (const at of [1, 2, 3]) {
      loop.revert(undefined)
      loop.attempt(at * hour)
    }
    expect(loop.attempt(4 * hour).writes).toBe(0)
    expect(loop.attempt(5 * hour, { requestedAt: 5 * hour }).writes).toBe(1)
    loop.revert(undefined)
    loop.attempt(6 * hour)
    loop.revert(object) // the other has put it back
    expect(loop.attempt(7 * hour).faults).toEqual([])
  })

  it('counts once, however often repairing it is refused', () => {
    const loop = loopOf(() => object)
    loop.attempt(0)
    loop.revert({ ...object, spec: 9 } as ManagedObject)
    for (let at = 1; at < 9; at++) expect(loop.attempt(at * hour, { refused: true }).faults).toEqual([])
    expect(loop.attempt(9 * hour).writes).toBe(1)
  })

  it('is none where something else is wanted, however often', () => {
    let spec = 1
    const loop = loopOf(() => ({ ...object, spec }) as ManagedObject)
    for (spec = 1; spec < 9; spec++) {
      expect(loop.attempt(spec * hour, { refused: true }).faults).toEqual([])
      expect(loop.attempt(spec * hour + 1).writes).toBe(1)
    }
  })

  it('is none where the object is as the app wrote it: its values are another credential now', () => {
    const loop = loopOf(() => object, true)
    loop.attempt(0)
    for (let at = 1; at < 9; at++) {
      loop.revert({ ...object, spec: at + 1 } as ManagedObject)
      expect(loop.attempt(at * hour).writes).toBe(1)
    }
  })

  it('counts also where a known writer reverts it at once', () => {
    const row: LedgerEntry = { object, ownership: 'ours', since: 0, reverted: { times: [1], unrepaired: true } }
    const still = { action: 'update', object, observed: { id: 'a', state: 'different', mark: 'ours', writer: 'webhook' } } as const
    expect(revertedAtOnce([row], [still])).toEqual([{ ...row, reverted: { times: [1] } }])
    expect(revertedAtOnce([row], [])).toEqual([row])
  })

  it('is never repeated more than three times in any 24 hours', () => {
    const moment = fc.record({ minutes: fc.integer({ min: 1, max: 600 }), refused: fc.boolean(), gone: fc.boolean() })
    fc.assert(
      fc.property(fc.array(moment, { maxLength: 60, size: 'max' }), (moments) => {
        const loop = loopOf(() => object)
        loop.attempt(0)
        const repeats: number[] = []
        let now = 0
        for (const { minutes, refused, gone } of moments) {
          now += minutes * 60_000
          loop.revert(gone ? undefined : ({ ...object, spec: 9 } as ManagedObject))
          if (loop.attempt(now, refused ? { refused: true } : {}).writes > 0) repeats.push(now)
          const within = repeats.filter((at) => at > now - day)
          expect(within.length).toBeLessThanOrEqual(3)
        }
      }),
    )
  })
})

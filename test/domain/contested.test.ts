import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contest, revertedAtOnce } from '../../src/domain/contested.ts'
import { effects, intentions, plan } from '../../src/domain/plan.ts'
import type { Held, Seen, Thing } from '../../src/domain/thing.ts'

const hour = 3_600_000
const day = 24 * hour
const thing: Thing & { readonly spec: number } = { kind: 'rule', id: 'a', summary: 'rule a', spec: 1 }

/** One loop with one thing, repaired by the plan wherever the contest allows it. */
function loopOf(wantedThing: () => Thing, asWritten = false) {
  let ledger: readonly Held[] = []
  let real: Thing | undefined
  const look = (writer?: string): Seen => {
    if (real === undefined) return { id: 'a', state: 'absent' }
    const isSame = JSON.stringify(real) === JSON.stringify(wantedThing())
    const whose = asWritten ? ({ asWritten: true } as const) : writer === undefined ? {} : { writer }
    return isSame ? { id: 'a', state: 'same', mark: 'ours' } : { id: 'a', state: 'different', mark: 'ours', ...whose }
  }
  return {
    ledger: () => ledger,
    revert(to: Thing | undefined): void {
      real = to
    },
    /** Answers how often it wrote, and the faults. */
    attempt(now: number, how: { readonly askedAt?: number; readonly refused?: true; readonly writer?: string } = {}) {
      const wanted = { things: [wantedThing()] }
      const first = plan(wanted, [look(how.writer)], ledger, { adopt: false, now })
      const found = contest(effects(first.changes), ledger, { now, askedAt: how.askedAt })
      const others = [...found.repeated, ...found.contested.map(({ row }) => row)]
      const held = first.held.map((row) => others.find((other) => other.thing.id === row.thing.id) ?? row)
      const intended = intentions(held, found.changes, now)
      if (found.changes.length > 0 && !how.refused) real = wantedThing()
      const second = plan(wanted, [look(how.writer)], intended, { adopt: false, now })
      ledger = second.held.map((row) => found.contested.find((one) => one.row.thing.id === row.thing.id)?.row ?? row)
      return { writes: how.refused ? 0 : found.changes.length, faults: found.contested.map(({ fault }) => fault) }
    },
  }
}

describe('a change that somebody reverts', () => {
  it('is made twice more, and at the third revert within a day it stops and names the other writer', () => {
    const loop = loopOf(() => thing)
    expect(loop.attempt(0).writes).toBe(1)
    for (const at of [1, 2]) {
      loop.revert({ ...thing, spec: 9 } as Thing)
      expect(loop.attempt(at * hour).writes).toBe(1)
    }
    loop.revert({ ...thing, spec: 9 } as Thing)
    const { writes, faults } = loop.attempt(3 * hour, { writer: 'argocd' })
    expect(writes).toBe(0)
    expect(faults).toMatchObject([{ code: 'Contested', about: { thing: 'rule a', writer: 'argocd' } }])
    expect(loop.attempt(20 * hour).faults).toHaveLength(1)
    expect(loop.attempt(25 * hour + 1).writes, 'a day after the first one').toBe(1)
  })

  it('is forgiven when a person asks for a look, and forgotten when the other stops', () => {
    const loop = loopOf(() => thing)
    loop.attempt(0)
    for (const at of [1, 2, 3]) {
      loop.revert(undefined)
      loop.attempt(at * hour)
    }
    expect(loop.attempt(4 * hour).writes).toBe(0)
    expect(loop.attempt(5 * hour, { askedAt: 5 * hour }).writes).toBe(1)
    loop.revert(undefined)
    loop.attempt(6 * hour)
    loop.revert(thing) // the other has put it back
    expect(loop.attempt(7 * hour).faults).toEqual([])
  })

  it('counts once, however often mending it is refused', () => {
    const loop = loopOf(() => thing)
    loop.attempt(0)
    loop.revert({ ...thing, spec: 9 } as Thing)
    for (let at = 1; at < 9; at++) expect(loop.attempt(at * hour, { refused: true }).faults).toEqual([])
    expect(loop.attempt(9 * hour).writes).toBe(1)
  })

  it('is none where something else is wanted, however often', () => {
    let spec = 1
    const loop = loopOf(() => ({ ...thing, spec }) as Thing)
    for (spec = 1; spec < 9; spec++) {
      expect(loop.attempt(spec * hour, { refused: true }).faults).toEqual([])
      expect(loop.attempt(spec * hour + 1).writes).toBe(1)
    }
  })

  it('is none where the thing is as we wrote it: its values are another credential now', () => {
    const loop = loopOf(() => thing, true)
    loop.attempt(0)
    for (let at = 1; at < 9; at++) {
      loop.revert({ ...thing, spec: at + 1 } as Thing)
      expect(loop.attempt(at * hour).writes).toBe(1)
    }
  })

  it('counts also where a known writer reverts it at once', () => {
    const row: Held = { thing, hold: 'ours', since: 0, reverted: { times: [1], standing: true } }
    const still = { action: 'update', thing, seen: { id: 'a', state: 'different', mark: 'ours', writer: 'webhook' } } as const
    expect(revertedAtOnce([row], [still])).toEqual([{ ...row, reverted: { times: [1] } }])
    expect(revertedAtOnce([row], [])).toEqual([row])
  })

  it('is never repeated more than three times in any 24 hours', () => {
    const moment = fc.record({ minutes: fc.integer({ min: 1, max: 600 }), refused: fc.boolean(), gone: fc.boolean() })
    fc.assert(
      fc.property(fc.array(moment, { maxLength: 60, size: 'max' }), (moments) => {
        const loop = loopOf(() => thing)
        loop.attempt(0)
        const repeats: number[] = []
        let now = 0
        for (const { minutes, refused, gone } of moments) {
          now += minutes * 60_000
          loop.revert(gone ? undefined : ({ ...thing, spec: 9 } as Thing))
          if (loop.attempt(now, refused ? { refused: true } : {}).writes > 0) repeats.push(now)
          const within = repeats.filter((at) => at > now - day)
          expect(within.length).toBeLessThanOrEqual(3)
        }
      }),
    )
  })
})

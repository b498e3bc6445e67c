import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AnyStep } from '../../src/contract/digest.ts'
import { isKept } from '../../src/contract/on-delete.ts'
import { withKept } from '../../src/engine/kept.ts'
import type { Connection } from '../../src/model/connection.ts'
import type { LedgerEntry, ManagedObject } from '../../src/model/managed-object.ts'
import type { View } from '../../src/model/view.ts'
import { plan } from '../../src/plan/plan.ts'
import { allowAll } from '../model/allow-all.ts'
import { connection, installation, loopOf, now, stdata, tracked, viewOf } from '../steps/builders.ts'

const object = (id: string): ManagedObject => ({ kind: 'rule', id, summary: id })
/** Each member needs the objects that its name spells. */
const step = {
  name: 'open-firewall',
  outlives: true,
  desired: ({ members }: View) => ({ objects: [...new Set(members.flatMap(({ name }) => [...name]))].map(object) }),
} as unknown as AnyStep
const named = (name: string, key: string, onDelete?: 'keep' | 'remove'): Connection =>
  connection({ name, key: key as Connection['key'], ...(onDelete ? { onDelete } : {}) })

describe('what a removed connection keeps', () => {
  it('stays whatever else comes and goes, until that connection is back', () => {
    type Event = { readonly who: 'x' | 'y' | 'z'; readonly what: 'comes' | 'goes' | 'goes and keeps' }
    const needs = { x: 'ab', y: 'bc', z: 'cd' } as const
    const events: fc.Arbitrary<readonly Event[]> = fc.array(
      fc.record({ who: fc.constantFrom('x', 'y', 'z'), what: fc.constantFrom('comes', 'goes', 'goes and keeps') }),
      { maxLength: 12 },
    )
    fc.assert(
      fc.property(events, (all) => {
        let rows: readonly LedgerEntry[] = []
        const members = new Set<'x' | 'y' | 'z'>()
        const kept = new Map<string, string>()
        const outside = new Set<string>()
        for (const { who, what } of all) {
          const was = members.has(who)
          if (what === 'comes') members.add(who)
          else members.delete(who)
          if (what === 'comes') kept.delete(who)
          else if (was && what === 'goes and keeps') kept.set(who, needs[who])
          const view = viewOf(stdata, {
            members: [...members].map((key) => named(needs[key], key)),
            ...(was && what === 'goes and keeps' ? { keeping: [named(needs[who], who)] } : {}),
          })
          const desired = step.desired(view)
          const ids = new Set([...outside, ...desired.objects.map(({ id }: ManagedObject) => id)])
          const observed = [...ids].map((id) =>
            outside.has(id) ? ({ id, state: 'same', mark: 'none' } as const) : ({ id, state: 'absent' } as const),
          )
          const planned = plan(desired, observed, withKept(step, view, rows), { adopt: false, now })
          for (const {
            action,
            object: { id },
          } of planned.changes) {
            if (action === 'create') outside.add(id)
            if (action === 'delete') outside.delete(id)
          }
          const made = planned.changes.flatMap(({ action, object: one }) => (action === 'create' ? [tracked(one)] : []))
          rows = [...planned.tracked.filter(({ object: { id } }) => outside.has(id)), ...made]
          const expected = [...members].map((key) => needs[key]).concat([...kept.values()] as never[])
          expect([...outside].sort()).toEqual([...new Set(expected.flatMap((some) => [...some]))].sort())
        }
      }),
    )
  })

  it('is released in its own loop, when it is removed and allowed', () => {
    const self = named('a', 'x', 'keep')
    const retained = (more: Parameters<typeof viewOf<'connection'>>[1]) =>
      withKept(step, viewOf(loopOf(self), { self, ...more }), [tracked(object('a'))]).map((row) => row.object.retain === true)
    expect(retained({ removing: true })).toEqual([true])
    expect(retained({})).toEqual([false])
    expect(retained({ removing: true, policies: [] })).toEqual([false])
    expect(
      withKept({ ...step, outlives: undefined } as never, viewOf(loopOf(self), { self, removing: true }), [tracked(object('a'))]),
    ).toEqual([tracked(object('a'))])
  })

  it.each([
    ['keep', 'remove', 'remove', true],
    ['remove', 'keep', 'keep', false],
    [undefined, 'keep', 'remove', true],
    [undefined, 'remove', 'keep', false],
    [undefined, undefined, 'keep', true],
    [undefined, undefined, undefined, false],
  ] as const)('is said by the connection (%s), else its policy (%s), else the installation (%s)', (own, ofPolicy, ofAll, expected) => {
    const view = viewOf(stdata, {
      policies: [{ name: 'p', allow: { ...allowAll, ...(ofPolicy ? { onDelete: ofPolicy } : {}) } }],
      installation: { ...installation, ...(ofAll ? { onDelete: ofAll } : {}) },
    })
    expect(isKept(named('a', 'x', own), view)).toBe(expected)
  })
})

// What a pause holds back, against the sentence itself: what only paused connections need is not written, and what any other one needs is.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AnyStep } from '../../src/contract/digest.ts'
import { heldBack } from '../../src/engine/paused.ts'
import type { Connection } from '../../src/model/connection.ts'
import type { Change, ManagedObject } from '../../src/model/managed-object.ts'
import type { View } from '../../src/model/view.ts'
import { connection, loopOf, stdata, viewOf } from '../steps/builders.ts'

const object = (id: string, kind = 'rule'): ManagedObject => ({ kind, id, summary: id })
const change = (action: Change['action'], id: string, kind?: string): Change => ({
  action,
  object: object(id, kind),
  observed: { id, state: 'absent' },
})
/** Each member needs the objects that its name spells. */
const step = {
  name: 'open-firewall',
  desired: ({ members }: View) => ({ objects: [...new Set(members.flatMap(({ name }) => [...name]))].map((id) => object(id)) }),
} as unknown as AnyStep
const paused = (one: Connection): Connection => ({ ...one, paused: true })

describe('a pause', () => {
  it('holds back what no other connection needs, and nothing else', () => {
    const members = fc.array(fc.record({ needs: fc.subarray(['a', 'b', 'c']), isPaused: fc.boolean() }), { maxLength: 4 })
    fc.assert(
      fc.property(members, fc.constantFrom('create', 'update', 'delete'), fc.boolean(), (all, action, isLeaving) => {
        const connections = all.map(({ needs, isPaused }, at) => {
          const one = connection({ name: needs.join(''), key: `k${at}` as Connection['key'] })
          return isPaused ? paused(one) : one
        })
        const isHeld = heldBack(step, viewOf(stdata, { members: connections, ...(isLeaving ? { leaving: true } : {}) }))
        const others = all.filter(({ isPaused }) => !isPaused)
        for (const id of ['a', 'b', 'c', 'd']) {
          const isWanted = action === 'delete' ? isLeaving || others.length > 0 : others.some(({ needs }) => needs.includes(id))
          expect(isHeld(change(action, id))).toBe(all.length > others.length && !isWanted)
        }
      }),
    )
  })

  it('holds back everything of the connection itself but its memberships and its status, until it is removed or not allowed', () => {
    const self = paused(connection())
    const of = (more: Parameters<typeof viewOf<'connection'>>[1], name = 'write-resources') =>
      heldBack({ ...step, name } as AnyStep, viewOf(loopOf(self), { self, facts: { consent: 'granted' }, ...more }))
    expect(of({})(change('delete', 'a'))).toBe(true)
    expect(of({})(change('create', 'a', 'membership'))).toBe(false)
    expect(of({}, 'publish-status')(change('update', 'a'))).toBe(false)
    expect(of({ removing: true })(change('delete', 'a'))).toBe(false)
    expect(of({ facts: { consent: 'refused' } })(change('delete', 'a'))).toBe(false)
  })
})

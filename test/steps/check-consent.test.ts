import { describe, expect, it } from 'vitest'
import { instanceOf, loop } from '../../src/domain/loop.ts'
import { checkConsent } from '../../src/steps/check-consent.ts'
import {
  attempted,
  connection,
  fakeRegistry,
  following,
  group,
  held,
  loopOf,
  minutes,
  now,
  portsOf,
  shop,
  stdata,
  viewOf,
  worker,
} from './builders.ts'

const self = connection()
const view = (given: Partial<Parameters<typeof viewOf<'connection'>>[1]> = {}) => viewOf(loopOf(self), { self, ...given })
const run = (of: ReturnType<typeof view>, registry = fakeRegistry()) => attempted(checkConsent, of, portsOf({ registry }))
const secretThing = { kind: 'Secret', id: 's', summary: 'the Secret' }

/** A connection that was granted and has joined its loops. */
async function granted() {
  const registry = fakeRegistry()
  const before = view()
  const joined = await run(before, registry)
  registry.calls.length = 0
  return { registry, later: (change: Partial<ReturnType<typeof view>>) => following(checkConsent, before, joined, change) }
}

describe('check-consent', () => {
  it('joins cluster, target and identity of a connection that a policy allows, and says which policy', async () => {
    const registry = fakeRegistry()
    const joined = await run(view(), registry)
    expect(registry.calls).toEqual(['join cluster', 'join target', 'join identity'])
    expect(joined.facts).toEqual({ consent: 'granted', by: 'all', refusedSince: undefined })
    expect(joined.held.map((row) => row.hold)).toEqual(['ours', 'ours', 'ours'])
  })

  it('does nothing at all without a policy, but says what one would have to allow', async () => {
    const registry = fakeRegistry()
    const refused = await run(view({ policies: [] }), registry)
    expect(registry.calls).toEqual([])
    expect(refused.problems).toMatchObject([{ code: 'NotAllowed', cure: expect.stringContaining('"namespaces":["orders"]') }])
    expect(refused.facts).toMatchObject({ consent: 'refused' })
    expect(refused.held).toEqual([])
  })

  it('gives no grace time to what was never allowed', async () => {
    const registry = fakeRegistry()
    const before = view({ policies: [] })
    const again = following(checkConsent, before, await run(before, registry))
    const { waits, problems } = await run(again, registry)
    expect(waits).toEqual([])
    expect(problems).toMatchObject([{ code: 'NotAllowed' }])
  })

  it('tells the loops of a newer generation', async () => {
    const { later } = await granted()
    const registry = fakeRegistry(2)
    for (const of of [shop, stdata, worker]) registry.memberships.set(instanceOf(of), { generation: 1, leaving: false })
    await run(later({ self: { ...self, generation: 2 } }), registry)
    expect(registry.calls).toEqual(['join cluster', 'join target', 'join identity'])
  })

  it('leaves the former target when the connection is pointed at another', async () => {
    const { registry, later } = await granted()
    const other = loop('target', `${group}/providers/Microsoft.Storage/storageAccounts/other`)
    const moved = await run(later({ self: { ...self, target: other } }), registry)
    expect(registry.calls).toEqual(['leave target', 'join target'])
    expect(moved.waits).toMatchObject([{ of: [stdata], text: 'waiting until target stdata has let go of the connection' }])
  })

  it('keeps everything for the grace time after the policy went, and says until when', async () => {
    const { registry, later } = await granted()
    const withdrawn = await run(later({ policies: [] }), registry)
    expect(registry.calls).toEqual([])
    expect(withdrawn.problems).toMatchObject([{ code: 'ConsentWithdrawn', text: expect.stringContaining('2026-11-22 09:30Z') }])
    expect(withdrawn.waits).toMatchObject([{ lookAt: now + 30 * minutes }])
    expect(withdrawn.facts).toMatchObject({ consent: 'withdrawn', refusedSince: now })
    const kept = following(checkConsent, later({ policies: [] }), withdrawn)
    await run({ ...kept, now: now + 29 * minutes }, registry)
    expect(registry.calls).toEqual([])
    const ended = await run({ ...kept, now: now + 30 * minutes }, registry)
    expect(registry.calls).toEqual(['leave target', 'leave identity'])
    expect(ended.facts).toMatchObject({ consent: 'refused' })
    expect(ended.problems).toMatchObject([{ code: 'NotAllowed' }])
  })

  it('goes on as before when the policy comes back in time', async () => {
    const { registry, later } = await granted()
    const withdrawn = await run(later({ policies: [] }), registry)
    const back = await run(following(checkConsent, later({}), withdrawn), registry)
    expect(back.facts).toEqual({ consent: 'granted', by: 'all', refusedSince: undefined })
    expect(back.problems).toEqual([])
    expect(registry.calls).toEqual([])
  })

  it('on removal leaves target and identity at once, and the cluster when all else is gone', async () => {
    const { registry, later } = await granted()
    const secretHeld = { held: (step: string) => (step === 'write-resources' ? [held(secretThing)] : later({}).held(step)) }
    const leaving = await run(later({ removing: true, ...secretHeld }), registry)
    expect(registry.calls).toEqual(['leave target', 'leave identity'])
    expect(leaving.held).toHaveLength(3)
    registry.memberships.delete(instanceOf(stdata))
    registry.memberships.delete(instanceOf(worker))
    const rest = (secret: boolean) => ({
      removing: true,
      held: (step: string) => (step === 'write-resources' ? (secret ? [held(secretThing)] : []) : leaving.held),
    })
    const almost = await run(later(rest(true)), registry)
    expect(registry.calls).not.toContain('leave cluster')
    const alone = { ...rest(false), held: (step: string) => (step === 'check-consent' ? almost.held : []) }
    await run(later(alone), registry)
    expect(registry.calls.at(-1)).toBe('leave cluster')
    registry.memberships.delete(instanceOf(shop))
    expect((await run(later(alone), registry)).held).toEqual([])
  })

  it('waits until a loop has let go, and asks it once more without harm', async () => {
    const { registry, later } = await granted()
    const leaving = await run(later({ removing: true }), registry)
    expect(leaving.waits.map(({ text }) => text)).toEqual([
      'waiting until target stdata has let go of the connection',
      'waiting until identity worker has let go of the connection',
    ])
    expect(leaving.failure).toBeUndefined()
    expect(leaving.owes).toHaveLength(2)
  })

  it('comes back to a loop that it was about to leave', async () => {
    const { registry, later } = await granted()
    const leaving = await run(later({ removing: true }), registry)
    registry.calls.length = 0
    await run(following(checkConsent, later({}), leaving, { removing: false }), registry)
    expect(registry.calls).toEqual(['join target', 'join identity'])
  })
})

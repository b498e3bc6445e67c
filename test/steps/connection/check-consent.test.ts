import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Failure } from '../../../src/errors/failure.ts'
import type { Connection } from '../../../src/model/connection.ts'
import type { Loop } from '../../../src/model/loop.ts'
import { instanceOf, loop } from '../../../src/model/loop.ts'
import type { StepName } from '../../../src/model/step-name.ts'
import { checkConsent } from '../../../src/steps/connection/check-consent.ts'
import { membershipsOf } from '../../../src/steps/connection/memberships.ts'
import {
  attempted,
  clusterFacts,
  connection,
  fakeCluster,
  fakeRegistry,
  following,
  group,
  loopOf,
  minutes,
  now,
  portsOf,
  shop,
  stdata,
  targetFacts,
  tracked,
  viewOf,
  worker,
} from '../builders.ts'

const self = connection()
const others: readonly (readonly [Loop, object])[] = [
  [shop, clusterFacts()],
  [stdata, targetFacts()],
]
const view = (given: Partial<Parameters<typeof viewOf<'connection'>>[1]> = {}) => viewOf(loopOf(self), { self, others, ...given })
const run = (of: ReturnType<typeof view>, registry = fakeRegistry(), kubernetes = fakeCluster()) =>
  attempted(checkConsent, of, portsOf({ registry, kubernetes: async () => kubernetes }))
const place = { of: 'uid-shop/orders' }
const secretObject = { kind: 'Secret', id: 's', summary: 'the Secret' }

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
    expect(joined.facts).toEqual({ consent: 'granted', by: 'all', refusedSince: undefined, place })
    expect(joined.tracked.map((row) => row.ownership)).toEqual(['ours', 'ours', 'ours'])
  })

  it('does nothing at all without a policy, but says what one would have to allow', async () => {
    const registry = fakeRegistry()
    const refused = await run(view({ policies: [] }), registry)
    expect(registry.calls).toEqual([])
    expect(refused.problems).toMatchObject([{ code: 'NotAllowed', remediation: expect.stringContaining('"namespaces":["orders"]') }])
    expect(refused.facts).toMatchObject({ consent: 'refused' })
    expect(refused.tracked).toEqual([])
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
    expect(registry.calls).toEqual(['leave target', 'join target reading'])
    expect(moved.waits.map(({ text }) => text)).toEqual([
      'waiting until target other has been read',
      'waiting until target stdata has released the connection',
    ])
  })

  it('keeps everything for the grace time after the policy went, and says until when', async () => {
    const { registry, later } = await granted()
    const withdrawn = await run(later({ policies: [] }), registry)
    expect(registry.calls).toEqual([])
    expect(withdrawn.problems).toMatchObject([{ code: 'ConsentWithdrawn', text: expect.stringContaining('2026-11-22 09:30Z') }])
    expect(withdrawn.waits).toMatchObject([{ nextRunAt: now + 30 * minutes }])
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
    expect(back.facts).toEqual({ consent: 'granted', by: 'all', refusedSince: undefined, place })
    expect(back.problems).toEqual([])
    expect(registry.calls).toEqual([])
  })

  it('on removal leaves target and identity at once, and the cluster when all else is gone', async () => {
    const { registry, later } = await granted()
    const secretTracked = { tracked: (step: StepName) => (step === 'write-resources' ? [tracked(secretObject)] : later({}).tracked(step)) }
    const leaving = await run(later({ removing: true, ...secretTracked }), registry)
    expect(registry.calls).toEqual(['leave target', 'leave identity'])
    expect(leaving.tracked).toHaveLength(3)
    registry.memberships.delete(instanceOf(stdata))
    registry.memberships.delete(instanceOf(worker))
    const rest = (secret: boolean) => ({
      removing: true,
      tracked: (step: StepName) => (step === 'write-resources' ? (secret ? [tracked(secretObject)] : []) : leaving.tracked),
    })
    const almost = await run(later(rest(true)), registry)
    expect(registry.calls).not.toContain('leave cluster')
    const alone = { ...rest(false), tracked: (step: StepName) => (step === 'check-consent' ? almost.tracked : []) }
    await run(later(alone), registry)
    expect(registry.calls.at(-1)).toBe('leave cluster')
    registry.memberships.delete(instanceOf(shop))
    expect((await run(later(alone), registry)).tracked).toEqual([])
  })

  it('waits until a loop has released the member, and asks it once more without harm', async () => {
    const { registry, later } = await granted()
    const leaving = await run(later({ removing: true }), registry)
    expect(leaving.waits.map(({ text }) => text)).toEqual([
      'waiting until target stdata has released the connection',
      'waiting until identity worker has released the connection',
    ])
    expect(leaving.failure).toBeUndefined()
    expect(leaving.pendingDeletes).toHaveLength(2)
  })

  it('comes back to a loop that it was about to leave', async () => {
    const { registry, later } = await granted()
    const leaving = await run(later({ removing: true }), registry)
    registry.calls.length = 0
    await run(following(checkConsent, later({}), leaving, { removing: false }), registry)
    expect(registry.calls).toEqual(['join target', 'join identity'])
  })

  describe('reads before it joins:', () => {
    const known = (of: Loop, facts: object | undefined) => [
      ...others.filter(([other]) => other !== of),
      ...(facts ? [[of, facts] as const] : []),
    ]
    const missing = { missingSince: now - minutes }

    it.each([
      ['the cluster has not been read', known(shop, undefined)],
      ['the target has not been read', known(stdata, undefined)],
      ['the target is missing', known(stdata, targetFacts(missing))],
      ['the target is of the wrong kind, so that nothing could be read of it', known(stdata, { location: 'northeurope' })],
    ])('only reads while %s', async (_, cache) => {
      const registry = fakeRegistry()
      await run(view({ others: cache }), registry)
      expect(registry.calls).toEqual(['join cluster reading', 'join target reading'])
    })

    it('joins in full once all have been read', async () => {
      const registry = fakeRegistry()
      const before = view({ others: known(stdata, undefined) })
      const reading = await run(before, registry)
      registry.calls.length = 0
      await run(following(checkConsent, { ...before, of: view().of }, reading), registry)
      expect(registry.calls).toEqual(['join cluster', 'join target', 'join identity'])
    })

    it('begins again with loops that it had left, and that were forgotten, before it knew', async () => {
      const { later } = await granted()
      const registry = fakeRegistry()
      await run(later({ of: view({ others: [] }).of }), registry)
      expect(registry.calls).toEqual(['join cluster reading', 'join target reading'])
    })

    it('joins nothing where the namespace is missing, says so, and reads on', async () => {
      const registry = fakeRegistry()
      const first = await run(view(), registry, fakeCluster([]))
      expect(registry.calls).toEqual([])
      expect(first.problems).toMatchObject([{ code: 'NamespaceMissing' }])
      const second = await run(following(checkConsent, view(), first), registry, fakeCluster([]))
      expect(registry.calls).toEqual(['join cluster reading', 'join target reading'])
      expect(second).toMatchObject({ problems: [{ code: 'NamespaceMissing' }], nextRunAt: now + minutes })
      const third = await run(following(checkConsent, view(), second), registry)
      await run(following(checkConsent, view(), third), registry)
      expect(registry.calls.slice(2)).toEqual(['join cluster', 'join target', 'join identity'])
    })

    it('reads a missing namespace less and less often', async () => {
      const at = async (since: number) => {
        const facts = { consent: 'granted' as const, place: { ...place, missingSince: since } }
        return ((await run(view({ facts }), fakeRegistry(), fakeCluster([]))).nextRunAt ?? 0) - now
      }
      expect(await Promise.all([0, 4, 40, 24 * 60].map((ago) => at(now - ago * minutes)))).toEqual(
        [1, 1, 10, 30].map((one) => one * minutes),
      )
    })

    it('joins nothing where it may not read the namespace, and says which right is missing', async () => {
      const registry = fakeRegistry()
      const about = { verb: 'get', resource: 'namespaces', namespace: 'orders', cluster: 'shop', id: shop.id }
      const closed = async (): Promise<never> => {
        throw new Failure({ class: 'permission', code: 'KubernetesRightMissing', about, status: 403 })
      }
      const planned = await run(view(), registry, { ...fakeCluster(), namespace: closed })
      expect(registry.calls).toEqual([])
      expect(new Set(planned.unknown.map(({ code }) => code))).toEqual(new Set(['KubernetesRightMissing']))
    })

    it('joins nothing in a stopped cluster, and reads again when it runs', async () => {
      const registry = fakeRegistry()
      const stopped = view({ others: known(shop, clusterFacts({ running: false })) })
      const { unknown } = await run(stopped, registry)
      expect(new Set(unknown.map(({ code }) => code))).toEqual(new Set(['ClusterStopped']))
      expect(registry.calls).toEqual([])
      expect(checkConsent.inputs?.(stopped)).not.toEqual(checkConsent.inputs?.(view()))
    })

    it('does not read in the cluster of a connection that comes by the extension, and still reads the target first', async () => {
      const byExtension = { self: { ...self, transport: 'extension' as const } }
      const registry = fakeRegistry()
      await run(view({ ...byExtension, others: known(stdata, undefined) }), registry)
      await run(view(byExtension), registry, fakeCluster([]))
      expect(registry.calls).toEqual(['join cluster reading', 'join target reading', 'join cluster', 'join target', 'join identity'])
    })

    it('keeps what it made while a namespace that was deleted may come back, then lets it lapse, and joins again when it does', async () => {
      const { registry, later } = await granted()
      const gone = await run(later({}), registry, fakeCluster([]))
      expect(gone.problems).toMatchObject([{ code: 'NamespaceGone', text: expect.stringContaining('2026-11-22 09:30Z') }])
      const kept = following(checkConsent, later({}), gone)
      expect((await run({ ...kept, now: now + 29 * minutes }, registry, fakeCluster([]))).problems).toMatchObject([
        { code: 'NamespaceGone' },
      ])
      expect(registry.calls).toEqual([])
      const lapsed = await run({ ...kept, now: now + 30 * minutes }, registry, fakeCluster([]))
      expect(registry.calls).toEqual(['join cluster lapsed', 'join target lapsed', 'join identity lapsed'])
      expect(lapsed.problems).toMatchObject([{ code: 'NamespaceMissing' }])
      registry.calls.length = 0
      const still = following(checkConsent, kept, lapsed)
      const again = await run({ ...still, now: now + 31 * minutes }, registry, fakeCluster([]))
      expect(registry.calls).toEqual([])
      const back = await run(following(checkConsent, still, again), registry)
      await run(following(checkConsent, still, back), registry)
      expect(registry.calls).toEqual(['join cluster', 'join target', 'join identity'])
    })

    it('removes what it made at once when the connection is moved to a namespace that is missing', async () => {
      const { later } = await granted()
      const registry = fakeRegistry(2)
      for (const of of [shop, stdata, worker]) registry.memberships.set(instanceOf(of), { generation: 1, leaving: false })
      const moved = later({ self: { ...self, generation: 2, namespace: 'typo' } })
      const elsewhere = fakeCluster(['orders'])
      const first = await run(moved, registry, elsewhere)
      expect(registry.calls).toEqual([])
      await run(following(checkConsent, moved, first), registry, elsewhere)
      expect(registry.calls).toEqual(['join cluster lapsed', 'join target lapsed', 'join identity lapsed'])
    })

    it('takes nothing back from a connection that had joined when the target goes missing: that is told by its own loop', async () => {
      const { registry, later } = await granted()
      await run(later({ of: view({ others: known(stdata, targetFacts(missing)) }).of }), registry)
      expect(registry.calls).toEqual([])
    })

    it('wants no identity, and no full membership anywhere, unless all three have been seen', () => {
      const loops = fc.constantFrom<'unread' | 'missing' | 'there'>('unread', 'missing', 'there')
      fc.assert(
        fc.property(
          fc.record({
            target: loops,
            namespace: loops,
            isClusterRead: fc.boolean(),
            auth: fc.constantFrom<Connection['auth']>('workload-identity', 'secret', 'service-principal'),
            transport: fc.constantFrom<Connection['transport']>('direct', 'extension'),
          }),
          ({ target, namespace, isClusterRead, auth, transport }) => {
            const one = { ...connection({ auth }), transport }
            const cache: [Loop, object][] = [
              ...(isClusterRead ? [[shop, clusterFacts()] as [Loop, object]] : []),
              ...(target === 'unread' ? [] : [[stdata, targetFacts(target === 'missing' ? missing : {})] as [Loop, object]]),
            ]
            const observed = namespace === 'unread' ? {} : { place: { ...place, ...(namespace === 'missing' ? missing : {}) } }
            const desired = membershipsOf(one, viewOf(loopOf(one), { self: one, others: cache, facts: observed })).objects
            // Of a namespace that was not read yet, reading it decides.
            const isThere = target === 'there' && isClusterRead && (transport === 'extension' || namespace !== 'missing')
            expect(desired.some(({ stage, loop: of }) => stage === undefined || of.kind === 'identity')).toBe(isThere)
          },
        ),
      )
    })
  })
})

import { describe, expect, it } from 'vitest'
import type { Run } from '../../../src/engine/observe.ts'
import type { ConnectionSpec } from '../../../src/model/connection.ts'
import type { View } from '../../../src/model/view.ts'
import { readDeclarations } from '../../../src/steps/cluster/read-declarations.ts'
import { attempted, connection, type FakeRegistry, fakeRegistry, following, minutes, now, portsOf, shop, viewOf } from '../builders.ts'

const tags = (...names: readonly string[]) => Object.fromEntries(names.map((name) => [`connect-${name}`, 'blob:stdata?namespace=orders']))
const withTags = (...names: readonly string[]): View<'cluster'> => viewOf(shop, { facts: { tags: tags(...names) } })
const run = (view: View<'cluster'>, registry: FakeRegistry): Promise<Run> => attempted(readDeclarations, view, portsOf({ registry }))

/** A cluster whose tags were read once. */
async function declared(...names: readonly string[]) {
  const registry = fakeRegistry()
  const view = withTags(...names)
  const first = await run(view, registry)
  const later = (change: Partial<View<'cluster'>['facts']>, at = now): View<'cluster'> => {
    const observed = following(readDeclarations, view, first)
    return { ...observed, facts: { ...observed.facts, ...change }, now: at }
  }
  return { registry, first, later }
}

describe('read-declarations', () => {
  it('declares a connection for each tag, once', async () => {
    const { registry, first, later } = await declared('data', 'mail')
    expect(registry.calls).toEqual(['declare data', 'declare mail'])
    expect(first.tracked.map((row) => row.ownership)).toEqual(['ours', 'ours'])
    await run(later({}), registry)
    expect(registry.calls).toHaveLength(2)
  })

  it('declares again what the tag says differently', async () => {
    const { registry, later } = await declared('data')
    const changed = await run(later({ tags: { 'connect-data': 'blob:stdata?namespace=mail' } }), registry)
    expect(registry.calls).toEqual(['declare data', 'declare data'])
    expect(changed.changed).toEqual(['updated declaration of connection data'])
  })

  it('makes a bad tag a problem of its own connection, and declares the good ones', async () => {
    const registry = fakeRegistry()
    const view = viewOf(shop, { facts: { tags: { ...tags('data'), 'connect-bad': 'nonsense' } } })
    const { problems } = await run(view, registry)
    expect(registry.calls).toEqual(['declare data'])
    expect(problems).toMatchObject([{ code: 'InvalidTag', of: connection({ name: 'bad' }).key }])
  })

  it.each([
    ['nonsense', undefined],
    ['blub:stdata?namespace=orders', 'orders'],
    ['blob:stdata?auth=magic&namespace=orders', 'orders'],
    ['blob:stdata?namespace=Not A Name', undefined],
  ])('tells what the bad tag %s is about, and the namespace that it names', async (value, namespace) => {
    const { facts } = await run(viewOf(shop, { facts: { tags: { 'connect-Bad': value } } }), fakeRegistry())
    expect(facts).toMatchObject({
      invalidTags: [{ tag: 'connect-Bad', name: 'bad', connection: { key: connection({ name: 'bad' }).key } }],
    })
    expect((facts as { invalidTags: { namespace?: string }[] }).invalidTags[0]?.namespace).toBe(namespace)
  })

  it('keeps a connection for the grace time after its tag is gone, and then withdraws it', async () => {
    const { registry, later } = await declared('data')
    const gone = await run(later({ tags: {} }), registry)
    expect(gone.waits).toMatchObject([{ nextRunAt: now + 30 * minutes, member: connection().key }])
    expect(registry.calls).toEqual(['declare data'])
    const still = following(readDeclarations, later({ tags: {} }), gone, { now: now + 29 * minutes })
    await run(still, registry)
    expect(registry.calls).toEqual(['declare data'])
    const over = await run({ ...still, now: now + 30 * minutes }, registry)
    expect(registry.calls).toEqual(['declare data', 'withdraw data'])
    expect(over.tracked).toEqual([])
  })

  it('brings a connection back to life when the tag returns, even after it was withdrawn', async () => {
    const { registry, later } = await declared('data')
    const gone = await run(later({ tags: {} }), registry)
    const returned = await run(
      following(readDeclarations, later({}), gone, { facts: { ...gone.facts, tags: tags('data') } as View<'cluster'>['facts'] }),
      registry,
    )
    expect(returned.facts).toEqual({ vanished: undefined })
    registry.declarations.set(connection().key, { spec: connection(), removing: true })
    await run(later({}), registry)
    expect(registry.calls).toEqual(['declare data', 'declare data'])
    expect(registry.declarations.get(connection().key)?.removing).toBe(false)
  })

  it('keeps connections for a day when many vanish in one read, and tells them so', async () => {
    const { registry, later } = await declared('a', 'b', 'c', 'd', 'e')
    const wiped = await run(later({ tags: tags('e') }), registry)
    expect(wiped.problems.map(({ code, of }) => [code, of])).toEqual(
      ['a', 'b', 'c', 'd'].map((name) => ['ManyVanished', connection({ name }).key]),
    )
    const nextDay = following(readDeclarations, later({ tags: tags('e') }), wiped)
    await run({ ...nextDay, now: now + 23 * 60 * minutes }, registry)
    expect(registry.calls.filter((call) => call.startsWith('withdraw'))).toEqual([])
    await run({ ...nextDay, now: now + 24 * 60 * minutes }, registry)
    expect(registry.calls.filter((call) => call.startsWith('withdraw'))).toHaveLength(4)
  })

  it('does not call three of five, nor four of eight, a mistake', async () => {
    const codes = (run: { readonly problems: readonly { readonly code: string }[] }) => [...new Set(run.problems.map(({ code }) => code))]
    const five = await declared('a', 'b', 'c', 'd', 'e')
    expect(codes(await run(five.later({ tags: tags('d', 'e') }), five.registry))).toEqual(['TagWithdrawn'])
    const eight = await declared('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h')
    expect(codes(await run(eight.later({ tags: tags('e', 'f', 'g', 'h') }), eight.registry))).toEqual(['TagWithdrawn'])
  })

  it('warns the connection whose tag is gone, until when it stays, and no other', async () => {
    const two = await declared('a', 'b')
    const { problems } = await run(two.later({ tags: tags('b') }), two.registry)
    expect(problems.map(({ text, warning }) => [text, warning])).toEqual([
      ['The tag of connection a on cluster shop is gone; the connection is kept until 2026-11-22 09:30Z and then removed.', true],
    ])
  })

  it('leaves a connection alone that was declared over HTTP, and says so', async () => {
    const registry = fakeRegistry()
    registry.declarations.set(connection().key, { spec: connection({ origin: 'http' }), removing: false })
    const view = withTags('data')
    const first = await run(view, registry)
    expect(first.problems).toMatchObject([{ code: 'DeclaredElsewhere', of: connection().key }])
    await run(following(readDeclarations, { ...view, facts: { tags: {} } }, first, { now: now + 60 * minutes }), registry)
    expect(registry.calls).toEqual([])
  })

  it('waits for a person where the Kubernetes name is taken, and declares the others', async () => {
    const registry = fakeRegistry()
    registry.taken.set('data', 'another connection has the same Secret')
    const { waits, failure } = await run(withTags('data', 'mail'), registry)
    expect(waits).toMatchObject([{ manual: true, member: connection().key }])
    expect(waits[0]?.text).toContain('another connection has the same Secret')
    expect(failure).toBeUndefined()
    expect(registry.declarations.has(connection({ name: 'mail' }).key)).toBe(true)
  })

  it('withdraws all connections of a cluster that is gone at once, however they were declared', async () => {
    const { registry, later } = await declared('data')
    const other = connection({ name: 'mail', origin: 'http' })
    registry.declarations.set(other.key, { spec: other, removing: false })
    const view = { ...later({ gone: true }), members: [connection(), other] }
    const gone = await run(view, registry)
    expect(registry.calls.slice(1).sort()).toEqual(['withdraw data', 'withdraw mail'])
    const left = await run(following(readDeclarations, view, gone, { members: [] }), registry)
    expect(left.tracked).toEqual([])
  })

  it('takes nothing back before the cluster has been read', async () => {
    const { registry, later } = await declared('data')
    const unread = later({})
    const { waits, tracked } = await run({ ...unread, facts: {}, now: now + 60 * minutes }, registry)
    expect(waits).toEqual([])
    expect(tracked).toHaveLength(1)
    expect(registry.calls).toEqual(['declare data'])
  })
})

describe('read-declarations of policies', () => {
  const allow = { clusters: ['*/*/*'], targets: ['*/*/*'], namespaces: ['*'], auth: ['*'] }
  const target = { type: 'storage-blob', id: connection().target.id }
  const fleet = { name: 'fleet', allow, connect: [{ name: 'logs', clusters: {}, target }] }
  const withPolicies = (policies: View['policies'], facts = {}): View<'cluster'> => ({
    ...viewOf(shop, { facts: { tags: {}, location: 'westeurope', ...facts } }),
    policies,
  })

  it('declares what a rule connects, and withdraws it after the grace time', async () => {
    const registry = fakeRegistry()
    const view = withPolicies([fleet])
    const first = await run(view, registry)
    expect(registry.calls).toEqual(['declare logs'])
    const gone = { ...following(readDeclarations, view, first), policies: [{ name: 'fleet', allow }] }
    const kept = await run(gone, registry)
    expect(kept.waits).toMatchObject([{ nextRunAt: now + 30 * minutes }])
    expect(kept.problems).toMatchObject([{ code: 'DeclarationWithdrawn', of: connection({ name: 'logs' }).key }])
    await run({ ...following(readDeclarations, gone, kept), policies: gone.policies, now: now + 30 * minutes }, registry)
    expect(registry.calls).toEqual(['declare logs', 'withdraw logs'])
  })

  it.each<[string, View['policies']]>([
    ['withdrew many', [{ name: 'fleet', allow, withdrawsMany: true }]],
    ['is not there any more', []],
  ])('keeps it for a day where the policy %s', async (_, policies) => {
    const registry = fakeRegistry()
    const view = withPolicies([fleet])
    const gone = { ...following(readDeclarations, view, await run(view, registry)), policies }
    expect((await run(gone, registry)).waits).toMatchObject([{ nextRunAt: now + 24 * 60 * minutes }])
  })

  it('lets a tag of the same name go first, and takes over from it when the tag goes', async () => {
    const registry = fakeRegistry()
    const view = withPolicies([fleet], { tags: tags('logs') })
    const first = await run(view, registry)
    expect(registry.calls).toEqual(['declare logs'])
    const untagged = following(readDeclarations, view, first)
    const second = await run({ ...untagged, policies: [fleet], facts: { ...untagged.facts, tags: {} } }, registry)
    expect([registry.calls, second.waits]).toEqual([['declare logs', 'declare logs'], []])
  })
})

describe('read-declarations of ConfigMaps', () => {
  const allow = { clusters: ['*/*/*'], targets: ['*/*/*'], namespaces: ['*'], auth: ['*'] }
  const key = (namespace: string, name = 'photos') => ({ namespace, configMap: 'connections', key: name, words: 'storage-blob:stdata' })
  const withKeys = (declared: View<'cluster'>['facts']['declared'], on = true): View<'cluster'> => {
    const view = viewOf(shop, { facts: { tags: {}, ...(declared ? { declared } : {}) } })
    return {
      ...view,
      policies: [{ name: 'all', allow }],
      installation: { ...view.installation, ...(on ? { declareInCluster: true as const } : {}) },
    }
  }

  it('declares their keys where that is switched on', async () => {
    const registry = fakeRegistry()
    await run(withKeys([key('orders')], false), registry)
    expect(registry.calls).toEqual([])
    const { problems, facts } = await run(withKeys([key('orders'), key('orders', '!')]), registry)
    expect(registry.calls).toEqual(['declare photos'])
    expect([problems, facts]).toMatchObject([
      [{ code: 'InvalidDeclaration' }],
      { invalidTags: [{ origin: 'configmap', namespace: 'orders' }] },
    ])
  })

  const specsIn = ({ tracked }: Run) => tracked.map(({ object }) => (object as unknown as { spec: ConnectionSpec }).spec)
  const target = { type: 'storage-blob', id: connection().target.id }
  const rule = { name: 'photos', clusters: {}, target, namespace: 'platform' }
  /** What is declared later, by policies or ConfigMaps, after `first`. */
  const next = (view: View<'cluster'>, first: Run, then: View<'cluster'>, over: Partial<View<'cluster'>> = {}): View<'cluster'> => {
    const after = following(readDeclarations, view, first)
    return { ...after, policies: then.policies, installation: then.installation, facts: { ...after.facts, ...then.facts }, ...over }
  }

  it('lets a policy go first, as a tag does', async () => {
    const registry = fakeRegistry()
    const view = withKeys([key('orders')])
    const first = await run(view, registry)
    const policies = [{ name: 'all', allow, connect: [rule] }]
    const second = await run(next(view, first, view, { policies }), registry)
    expect(specsIn(second)).toMatchObject([{ origin: 'policy', namespace: 'platform' }])
  })

  it('gives the name of a namespace that deleted its key to no other namespace before the grace is over', async () => {
    const registry = fakeRegistry()
    const view = withKeys([key('orders')])
    const first = await run(view, registry)
    const other = withKeys([key('a-squatter')])
    const second = await run(next(view, first, other), registry)
    expect([registry.calls, specsIn(second)]).toMatchObject([['declare photos'], [{ namespace: 'orders' }]])
    expect([second.problems.map(({ code }) => code), second.facts]).toMatchObject([
      ['DeclarationWithdrawn'],
      { invalidTags: [{ namespace: 'a-squatter', message: expect.stringContaining('taken') }] },
    ])
    const last = next(other, second, other, { now: now + 30 * minutes })
    const third = await run(last, registry)
    expect(registry.calls).toEqual(['declare photos', 'withdraw photos'])
    await run(next(last, third, other, { now: last.now + minutes }), registry)
    expect(registry.calls).toEqual(['declare photos', 'withdraw photos', 'declare photos'])
  })

  it('gives a name at once where its holder is gone and no policy allows it any more', async () => {
    const registry = fakeRegistry()
    const view = withKeys([key('orders')])
    const first = await run(view, registry)
    const other = withKeys([key('web')])
    const policies = [{ name: 'all', allow: { ...allow, namespaces: ['web'] } }]
    expect(specsIn(await run(next(view, first, other, { policies }), registry))).toMatchObject([{ namespace: 'web' }])
  })

  it('says of a key that it is invalid only to the connection of its own namespace', async () => {
    const registry = fakeRegistry()
    const view = withKeys([key('orders')])
    const first = await run(view, registry)
    const bad = (namespace: string) => withKeys([key('orders'), { ...key(namespace), configMap: 'other', words: 'nonsense' }])
    const foreign = await run(next(view, first, bad('a-squatter')), registry)
    expect([foreign.problems, foreign.facts]).toMatchObject([[], { invalidTags: [{ namespace: 'a-squatter' }] }])
    expect((await run(next(view, first, bad('orders')), registry)).problems).toMatchObject([{ of: connection({ name: 'photos' }).key }])
  })

  it('keeps the name of the namespace that has it', async () => {
    const registry = fakeRegistry()
    const view = withKeys([key('orders')])
    const first = await run(view, registry)
    const both = withKeys([key('a-squatter'), key('orders')])
    const second = { ...following(readDeclarations, view, first), policies: both.policies, installation: both.installation }
    const { tracked } = await run({ ...second, facts: { ...second.facts, ...both.facts } }, registry)
    expect(tracked.map(({ object }) => (object as unknown as { spec: { namespace: string } }).spec.namespace)).toEqual(['orders'])
    expect(registry.calls).toEqual(['declare photos'])
  })
})

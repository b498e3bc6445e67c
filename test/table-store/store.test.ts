import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { AzuriteHandle } from '../../src/local/cloud/storage/azurite.ts'
import type { Connection, ConnectionSpec } from '../../src/model/connection.ts'
import { keyOf, type Loop, loop } from '../../src/model/loop.ts'
import type { LedgerEntry } from '../../src/model/managed-object.ts'
import { shortIdentityId } from '../../src/model/names.ts'
import type { Recorded } from '../../src/ports/rows.ts'
import type { Store } from '../../src/ports/store.ts'
import { azuriteOfRun } from '../azurite.ts'
import { aConnection } from '../model/a-connection.ts'
import { aRecord } from '../model/a-record.ts'
import { anyone } from '../model/allow-all.ts'
import { freshStore } from './fresh-store.ts'

const group = '/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/shop'
const cluster = loop('cluster', `${group}/providers/Microsoft.ContainerService/managedClusters/web`)
const target = loop('target', `${group}/providers/Microsoft.Storage/storageAccounts/stdata`)
const connectionLoop = (name: string): Loop<'connection'> =>
  loop('connection', `${cluster.id}/providers/Microsoft.ServiceLinker/linkers/${name}`)
const spec = (name: string, more: Partial<ConnectionSpec> = {}): ConnectionSpec =>
  aConnection({ name, cluster, target, auth: 'secret', ...more })
const tracked = (id: string, ownership: LedgerEntry['ownership'] = 'ours'): LedgerEntry => ({
  object: { kind: 'object', id, summary: id },
  ownership,
  since: 5,
})
const recorded = (more: Partial<Recorded> = {}): Recorded => ({
  ...aRecord({ since: 1, ranAt: 1, inputs: 'x', generation: 1, ...more }),
  tracked: more.tracked ?? [],
})
const collect = async <T>(rows: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = []
  for await (const row of rows) all.push(row)
  return all
}

let azurite: AzuriteHandle
let store: Store
let now: number
beforeAll(() => {
  azurite = azuriteOfRun()
})
afterAll(() => azurite.close())
beforeEach(async () => {
  now = 1_000_000
  store = await freshStore(azurite, () => now)
})
const read = async (one: Loop) => {
  const snapshot = await store.read(one, ['cluster', 'target', 'identity'])
  if (!snapshot) throw new Error('the loop is not there')
  return snapshot
}

describe('desired', () => {
  it('is written with the due time in one entity, and only when it changes', async () => {
    expect(await store.desire(spec('orders'), anyone)).toMatchObject({ generation: 1, changed: true })
    const first = await read(connectionLoop('orders'))
    expect(first.row).toMatchObject({ dueAt: now, removing: false, self: { name: 'orders', generation: 1 } })
    now += 1000
    expect(await store.desire(spec('orders'), anyone)).toEqual({ generation: 1, changed: false })
    expect((await read(connectionLoop('orders'))).row.etag).toBe(first.row.etag)
    expect(await store.desire(spec('orders', { namespace: 'other' }), anyone)).toMatchObject({ generation: 2, changed: true })
  })

  it('belongs to the origin that came first', async () => {
    await store.desire(spec('orders'), anyone)
    expect(await store.desire(spec('orders', { origin: 'tag', namespace: 'x' }), anyone)).toEqual({
      taken: 'it is declared by http already',
    })
  })

  it('goes to the first author that is allowed', async () => {
    const only = (origin: string) => (one: ConnectionSpec) => one.origin === origin
    await store.desire(spec('orders', { origin: 'tag' }), () => false)
    expect(await store.desire(spec('orders', { namespace: 'x' }), () => false)).toEqual({ taken: 'it is declared by tag already' })
    expect(await store.desire(spec('orders'), only('http'))).toMatchObject({ generation: 2, changed: true })
    expect(await store.desire(spec('orders', { origin: 'tag' }), only('http'))).toHaveProperty('taken')
    expect(await store.desire(spec('orders', { origin: 'tag' }), only('tag'))).toMatchObject({ generation: 3, changed: true })
  })

  it('has its Kubernetes name only while it is allowed, and takes it with consent', async () => {
    const only = (name: string) => (one: ConnectionSpec) => one.name === name
    await store.desire(spec('a.b'), () => false)
    const squat = { ...spec('a.b'), generation: 1 }
    const other = { ...spec('ab'), generation: 1 }
    expect(await store.nameHolder(other, only('ab'))).toBe('free')
    expect(await store.desire(spec('ab'), only('ab'))).toMatchObject({ generation: 1, changed: true })
    expect([await store.nameHolder(other, anyone), await store.nameHolder(squat, anyone)]).toEqual([
      'own',
      { taken: expect.stringContaining("'ab'") },
    ])
    expect(await store.claimName(squat, anyone)).toHaveProperty('taken')
    expect(await store.claimName(squat, only('a.b'))).toBe('own')
    expect((await read(connectionLoop('ab'))).row.resync).toBe(1)
  })

  it('keeps an identity that was made under a short name, for all connections of its place and for no other', async () => {
    const auth = 'workload-identity'
    const short = loop('identity', shortIdentityId(spec('orders'), { name: 'main' }))
    const old = spec('orders', { auth, identity: short })
    await store.join({ ...old, generation: 1 }, short)
    const identityOf = async (name: string, over: Partial<ConnectionSpec> = {}) => {
      await store.desire(spec(name, { auth, ...over }), anyone)
      return (await read(connectionLoop(name))).row.self?.identity?.id
    }
    expect(await identityOf('invoices')).toBe(short.id)
    const collision = loop('identity', 'another')
    expect(await identityOf('mail', { namespace: 'mail', identity: collision })).toBe('another')
  })

  it('gives one Kubernetes name to one connection of a cluster, also when both ask at once', async () => {
    const both = await Promise.all([store.desire(spec('a.b'), anyone), store.desire(spec('ab'), anyone)])
    expect(both.filter((answer) => 'taken' in answer)).toHaveLength(1)
  })

  it('comes back to life when it is desired again while it is removed', async () => {
    await store.desire(spec('orders'), anyone)
    expect(await store.remove(connectionLoop('orders'))).toEqual({ generation: 2, changed: true })
    expect(await store.remove(connectionLoop('orders'))).toEqual({ generation: 2, changed: false })
    expect(await store.desire(spec('orders'), anyone)).toMatchObject({ generation: 3, changed: true })
    expect((await read(connectionLoop('orders'))).row.removing).toBe(false)
  })

  it('goes on counting generations after the connection was forgotten, and frees its name', async () => {
    await store.desire(spec('a.b'), anyone)
    await store.remove(connectionLoop('a.b'))
    const { row } = await read(connectionLoop('a.b'))
    expect(await store.forget(row, { generation: 2, name: 'a.b', at: now })).toBe('forgotten')
    expect(await store.read(connectionLoop('a.b'))).toBeUndefined()
    expect(await store.finished(connectionLoop('a.b').key)).toEqual([{ generation: 2, name: 'a.b', at: now }])
    expect(await store.desire(spec('ab'), anyone)).toMatchObject({ generation: 1, changed: true })
    await store.remove(connectionLoop('ab'))
    await store.forget((await read(connectionLoop('ab'))).row)
    expect(await store.desire(spec('a.b'), anyone)).toMatchObject({ generation: 3, changed: true })
  })
})

describe('sleeping and forgetting', () => {
  it('are refused when another writer wrote after the read', async () => {
    await store.desire(spec('orders'), anyone)
    const { row } = await read(connectionLoop('orders'))
    await store.touch(connectionLoop('orders'), 'wake')
    expect(await store.sleep(row, now + 60_000, now)).toBe('changed meanwhile')
    expect(await store.forget(row)).toBe('changed meanwhile')
    const again = (await read(connectionLoop('orders'))).row
    expect(await store.sleep(again, now + 60_000, now)).toBe('asleep')
    expect(await collect(store.due(now))).toEqual([])
    expect((await collect(store.due(now + 60_000))).map((row) => row.loop.key)).toEqual([keyOf(connectionLoop('orders').id)])
  })
})

describe('a secret that was given', () => {
  const { key } = connectionLoop('orders')
  const id = 'https://keys.vault.azure.net/secrets/sc-main-orders'
  const tenMinutes = 10 * 60_000
  const giving = async () => {
    expect(await store.giving(key, id)).toBe(true)
    return { connection: key, secretId: id, at: now }
  }
  const listed = async () => (await collect(store.provided())).map(({ etag: _, ...given }) => given)
  const oldest = async () => {
    const [given] = await collect(store.provided())
    if (!given) throw new Error('nothing was given')
    return given
  }

  it('is listed once its giver must have ended, and counts from the last time that it was given', async () => {
    await giving()
    now += tenMinutes - 1
    expect(await listed()).toEqual([])
    const again = await giving()
    now += tenMinutes - 1
    expect(await listed()).toEqual([])
    now += 1
    expect(await listed()).toEqual([again])
  })

  it('can be given by two at once, and in two vaults', async () => {
    expect(await Promise.all([store.giving(key, id), store.giving(key, id), store.giving(key, `${id}2`)])).toEqual([true, true, true])
    now += tenMinutes
    expect((await listed()).map(({ secretId }) => secretId).sort()).toEqual([id, `${id}2`])
  })

  it('cannot be provided while it is claimed, until it is settled or its claimant must have ended', async () => {
    await giving()
    now += tenMinutes
    const claimed = await store.claim(await oldest())
    expect(await store.giving(key, id)).toBe(false)
    expect(await listed()).toEqual([])
    if (claimed) await store.settled(claimed)
    await giving()
    now += tenMinutes
    await store.claim(await oldest())
    now += tenMinutes
    expect(await listed()).toHaveLength(1)
    await giving()
  })

  it('can neither be claimed nor settled where it was provided again meanwhile', async () => {
    await giving()
    now += tenMinutes
    const stale = await oldest()
    const again = await giving()
    expect(await store.claim(stale)).toBeUndefined()
    await store.settled(stale)
    now += tenMinutes
    expect(await listed()).toEqual([again])
  })

  it('is no connection, and outlives one', async () => {
    await giving()
    expect(await store.read(connectionLoop('orders'))).toBeUndefined()
    await store.desire(spec('orders'), anyone)
    await store.remove(connectionLoop('orders'))
    expect(await store.forget((await read(connectionLoop('orders'))).row)).toBe('forgotten')
    now += tenMinutes
    expect(await listed()).toHaveLength(1)
  })
})

describe('the ledger', () => {
  const one = connectionLoop('orders')
  beforeEach(async () => void (await store.desire(spec('orders'), anyone)))

  it('holds what was intended before the effect, and what came of it', async () => {
    const intended = await store.intend(one, { step: 'write-resources', tracked: [] }, [tracked('a', 'intended')])
    if (intended === 'stale') throw new Error('not a stale attempt')
    expect((await read(one)).view.tracked('write-resources')).toEqual([tracked('a', 'intended')])
    expect(await store.record(one, intended, recorded({ tracked: [tracked('a')], facts: { secretName: 'sc-orders-secret' } }))).toBe(
      'recorded',
    )
    const { view, steps } = await read(one)
    expect(view.tracked('write-resources')).toEqual([tracked('a')])
    expect(view.facts).toEqual({ secretName: 'sc-orders-secret' })
    expect(steps.map((step) => step.outcome.kind)).toEqual(['satisfied'])
  })

  it('is guarded from the first intention on, also of a step that was never run before', async () => {
    const first = await store.intend(one, { step: 'write-resources', tracked: [] }, [tracked('a', 'intended')])
    if (first === 'stale') throw new Error('not a stale attempt')
    const [row] = (await read(one)).steps
    expect(first.row?.etag).toBe(row?.etag)
    expect(await store.record(one, first, recorded({ tracked: [tracked('a')] }))).toBe('recorded')
    expect(await store.record(one, first, recorded({ tracked: [tracked('a')] }))).toBe('stale')
  })

  it('takes nothing from a stale attempt, and makes the loop due', async () => {
    const unknown = { step: 'open-firewall' as const, tracked: [] }
    await store.record(one, unknown, recorded({ tracked: [tracked('new')] }))
    const { row, steps } = await read(one)
    const [known] = steps
    if (!known) throw new Error('the step was not recorded')
    const stale = { step: 'open-firewall' as const, row: { ...known, etag: 'W/"stale"' }, tracked: [tracked('new')] }
    await store.sleep(row, now + 60_000, now)
    expect(await store.record(one, unknown, recorded({ tracked: [tracked('old')] }))).toBe('stale')
    expect(await store.record(one, stale, recorded({ tracked: [tracked('old')] }))).toBe('stale')
    expect(await store.intend(one, stale, [tracked('old')])).toBe('stale')
    const after = await read(one)
    expect(after.view.tracked('open-firewall')).toEqual([tracked('new')])
    expect(after.row.dueAt).toBe(now)
  })

  it('keeps more rows than one transaction holds, and takes them away again', async () => {
    const many = Array.from({ length: 230 }, (_, index) => tracked(`rule-${index}`))
    await store.record(one, { step: 'open-firewall' as const, tracked: [] }, recorded({ tracked: many }))
    const { view, steps } = await read(one)
    expect(view.tracked('open-firewall')).toHaveLength(230)
    await store.record(
      one,
      { step: 'open-firewall' as const, ...(steps[0] ? { row: steps[0] } : {}), tracked: view.tracked('open-firewall') },
      recorded({ tracked: many.slice(0, 3) }),
    )
    expect((await read(one)).view.tracked('open-firewall')).toHaveLength(3)
  })

  it('keeps facts that are longer than a property may be', async () => {
    const allowedIps = Array.from({ length: 9000 }, (_, index) => `20.0.${index >> 8}.${index & 255}`)
    await store.record(one, { step: 'open-firewall' as const, tracked: [] }, recorded({ facts: { allowedIps } }))
    expect((await read(one)).view.facts).toEqual({ allowedIps })
  })
})

describe('members', () => {
  const connection: Connection = { ...spec('orders'), generation: 3 }
  const one = connectionLoop('orders')

  it('make the loop that they join, and are in no view any more once they leave', async () => {
    await store.desire(spec('orders'), anyone)
    await store.join(connection, target)
    expect((await read(target)).view.members).toEqual([connection])
    expect((await read(target)).row.dueAt).toBe(now)
    await store.leave(one, target)
    const { view, members } = await read(target)
    expect(view.members).toEqual([])
    expect(members).toEqual([{ connection, leavingSince: now }])
    expect(await store.membership(one, target)).toEqual({ generation: 3, leaving: true })
    for (const member of members) await store.removeMember(target, member)
    expect(await store.membership(one, target)).toBeUndefined()
  })

  it('stay when they came back before they were released', async () => {
    await store.join(connection, target)
    await store.leave(one, target)
    const [member] = (await read(target)).members
    await store.join({ ...connection, generation: 4 }, target)
    if (member) await store.removeMember(target, member)
    expect(await store.membership(one, target)).toEqual({ generation: 4, leaving: false })
  })

  it('are never overwritten by an older generation', async () => {
    await store.join(connection, target)
    await store.join({ ...connection, generation: 2 }, target)
    expect(await store.membership(one, target)).toEqual({ generation: 3, leaving: false })
  })

  it('come with the facts of the loops that they belong to', async () => {
    await store.touch(cluster, 'wake', { make: true })
    await store.record(cluster, { step: 'resolve-egress', tracked: [] }, recorded({ facts: { egressIps: ['20.1.1.1'] } }))
    await store.join(connection, target)
    expect((await read(target)).view.of(cluster)).toEqual({ egressIps: ['20.1.1.1'] })
  })
})

it('keeps policies by name, whatever its case', async () => {
  const policy = { name: 'Shop', allow: { clusters: ['*'], targets: [], namespaces: [], auth: [] } }
  expect(await store.putPolicy(policy)).toBe('created')
  expect(await store.putPolicy(policy)).toBe('unchanged')
  expect(await store.policy('sHOP')).toEqual(policy)
  expect(await store.deletePolicy('shop')).toBe(true)
  expect(await store.policies()).toEqual([])
})

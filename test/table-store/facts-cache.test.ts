import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { AzuriteHandle } from '../../src/local/cloud/storage/azurite.ts'
import { type Loop, loop } from '../../src/model/loop.ts'
import type { Policy } from '../../src/model/policy.ts'
import type { LoopRow } from '../../src/ports/rows.ts'
import type { Store } from '../../src/ports/store.ts'
import { type FactsCache, factsCache } from '../../src/store/facts-cache.ts'
import { ordering, recentReads } from '../../src/store/recent-reads.ts'
import { azuriteOfRun } from '../azurite.ts'
import { aConnection } from '../model/a-connection.ts'
import { aRecord } from '../model/a-record.ts'
import { anyone } from '../model/allow-all.ts'
import { freshStores } from './fresh-store.ts'

const group = '/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/shop'
const cluster = loop('cluster', `${group}/providers/Microsoft.ContainerService/managedClusters/web`)
const target = loop('target', `${group}/providers/Microsoft.Storage/storageAccounts/stdata`)
const connection = loop('connection', `${cluster.id}/providers/Microsoft.ServiceLinker/linkers/orders`)
const spec = aConnection({ name: 'orders', cluster, target, auth: 'secret' })

describe('what a loop knows of others', () => {
  let now: number
  let reads: string[]
  let cache: FactsCache
  const row = (etag: string): LoopRow => ({ loop: connection, etag, createdAt: 0, dueAt: 0, resync: 0, auditAt: 0, removing: false })
  const policies = async (): Promise<readonly Policy[]> => {
    reads.push('policies')
    return []
  }
  const facts = async (partition: string) => {
    reads.push(partition.split('-')[0] ?? '')
    if (reads.includes('fail')) throw new Error('the store does not answer')
    return { location: `read ${reads.length}` }
  }
  const both = [cluster, target]
  const read = async (etag: string): Promise<string[]> => {
    reads = []
    await cache.of(row(etag), both)
    return reads
  }
  beforeEach(() => {
    now = 0
    reads = []
    const order = ordering()
    const clock = (): number => now
    const beside = async (partition: string) => ({ facts: await facts(partition) })
    cache = factsCache({ policies: recentReads(policies, order, clock), beside: recentReads(beside, order, clock) }, order, clock)
  })

  it('is read once for each version of its row', async () => {
    expect(await read('1')).toEqual(['policies', 'cluster', 'target'])
    expect(await read('1')).toEqual([])
    expect(await read('2')).toEqual(['policies', 'cluster', 'target'])
  })

  it('is read once for many who ask at once', async () => {
    await Promise.all([cache.of(row('1'), both), cache.of(row('1'), both)])
    expect(reads).toEqual(['policies', 'cluster', 'target'])
  })

  it('survives the own writes of this instance, except for the loops that they change', async () => {
    await read('1')
    cache.moved(connection, '1', '2', [])
    expect(await read('2')).toEqual([])
    cache.moved(connection, '2', '3', [target])
    expect(await read('3')).toEqual(['target'])
    cache.moved(connection, 'of another writer', '4', [])
    expect(await read('4')).toEqual(['policies', 'cluster', 'target'])
    cache.forget(connection)
    expect(await read('4')).toEqual(['policies', 'cluster', 'target'])
  })

  it('is read once for all that were notified of the same change, and after the change', async () => {
    const other = { ...row('1'), loop: loop('connection', `${cluster.id}/providers/Microsoft.ServiceLinker/linkers/bills`) }
    await cache.of(row('1'), both)
    await cache.of(other, both)
    cache.moved(connection, '1', '2', [target])
    cache.moved(other.loop, '1', '2', [target])
    expect(await read('2')).toEqual(['target'])
    reads = []
    await cache.of({ ...other, etag: '2' }, both)
    expect(reads).toEqual([])
  })

  it('is new of a loop that the loop has joined, because it was notified of nothing before', async () => {
    await read('1')
    cache.joined(connection, target, [], { from: 'a', to: 'b', isNew: true })
    expect(await read('1')).toEqual(['target'])
    cache.joined(connection, target, [], { from: 'b', to: 'c', isNew: false })
    expect(await read('1')).toEqual([])
  })

  it('is no older than a minute', async () => {
    await read('1')
    now = 59_999
    expect(await read('1')).toEqual([])
    now = 60_000
    expect(await read('1')).toEqual(['policies', 'cluster', 'target'])
  })

  it('is read again where it could not be read', async () => {
    reads = ['fail']
    await expect(cache.of(row('1'), both)).rejects.toThrow('does not answer')
    expect(await read('1')).toEqual(['policies', 'cluster', 'target'])
  })
})

describe('what is read from the table', () => {
  let azurite: AzuriteHandle
  beforeAll(() => {
    azurite = azuriteOfRun()
  })
  afterAll(() => azurite.close())

  const moment = fc.record({
    by: fc.constantFrom(0, 1),
    what: fc.constantFrom('find out', 'find out and notify', 'notify', 'read', 'read', 'read and sleep', 'write', 'join'),
  })

  it('is no less than the loop was notified of, by any instance of the app', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(moment, { minLength: 10, maxLength: 30 }), async (moments) => {
        const stores = await freshStores(azurite, 2, () => 1_000_000)
        await stores[0]?.desire(spec, anyone)
        await stores[0]?.join({ ...spec, generation: 1 }, cluster)
        let [found, notified] = [0, 0]
        for (const { by, what } of moments) {
          const store = stores[by] as Store
          if (what.startsWith('find out')) await findOut(store, ++found)
          if (what.endsWith('notify')) {
            await store.touch(connection, 'facts', { changedLoop: cluster })
            notified = found
          }
          if (what === 'write') await store.touch(connection, 'wake')
          if (what === 'join') await store.join({ ...spec, generation: 1 }, target)
          if (!what.startsWith('read')) continue
          const snapshot = await store.read(connection, ['cluster'])
          expect(Number(snapshot?.view.of(cluster).location ?? 0)).toBeGreaterThanOrEqual(notified)
          if (what === 'read and sleep' && snapshot) await store.sleep(snapshot.row, 2_000_000, 2_000_000)
        }
      }),
      { numRuns: 25, endOnFailure: true },
    )
  })

  it('is new for the loop that is joined, and for the one that joins', async () => {
    const [store] = await freshStores(azurite, 1, () => 1_000_000)
    if (!store) throw new TypeError('One store was asked for')
    const location = async (of: Loop) => (await store.read(of, ['cluster']))?.view.of(cluster).location
    const member = { ...spec, generation: 1 }
    await store.desire(spec, anyone)
    await store.join(member, cluster)
    await store.join(member, target)
    await findOut(store, 1)
    await store.touch(target, 'facts', { changedLoop: cluster })
    expect([await location(target), await location(connection)]).toEqual(['1', '1'])
    await findOut(store, 2) // and notifies no loop
    expect([await location(target), await location(connection)]).toEqual(['1', '1'])
    await store.join(member, target)
    expect(await location(target)).toBe('2')
    await store.leave(connection, cluster)
    await store.join(member, cluster)
    expect(await location(connection)).toBe('2')
  })

  it('lacks a policy that was deleted before the row was read, because no loop would read it again', async () => {
    let forbid = async (): Promise<unknown> => undefined
    const [reading, other] = await freshStores(
      azurite,
      2,
      () => 1_000_000,
      (table, instance) => ({
        ...table,
        async *query(filter) {
          if (instance === 0 && filter.includes(connection.key)) await forbid()
          yield* table.query(filter)
        },
      }),
    )
    if (!reading || !other) throw new TypeError('Two stores were asked for')
    await other.desire(spec, anyone)
    await other.putPolicy({ name: 'all', allow: { clusters: ['*/*/*'], targets: ['*/*/*'], namespaces: ['*'], auth: ['*'] } })
    expect(await reading.policies()).toHaveLength(1)
    forbid = async () => [await other.deletePolicy('all'), await other.touch(connection, 'wake')]
    const snapshot = await reading.read(connection, ['cluster'])
    expect(snapshot?.view.policies).toEqual([])
    if (snapshot) expect(await reading.sleep(snapshot.row, 2_000_000, 2_000_000)).toBe('asleep')
  })

  async function findOut(store: Store, location: number): Promise<void> {
    const before = await store.read(cluster)
    const [row] = before?.steps ?? []
    const ledger = { step: 'read-cluster' as const, tracked: [], ...(row ? { row } : {}) }
    expect(await store.record(cluster, ledger, { ...aRecord({ facts: { location: String(location) } }), tracked: [] })).toBe('recorded')
  }
})

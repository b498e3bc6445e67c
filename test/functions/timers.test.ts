import { describe, expect, it } from 'vitest'
import { Failure } from '../../src/errors/failure.ts'
import { collectMetrics } from '../../src/functions/triggers/collect-metrics.timer.ts'
import { discover } from '../../src/functions/triggers/discover.timer.ts'
import { heartbeat } from '../../src/functions/triggers/heartbeat.timer.ts'
import { clearProvidedSecrets } from '../../src/functions/triggers/provided-secrets.timer.ts'
import { purge } from '../../src/functions/triggers/purge.timer.ts'
import { sweep } from '../../src/functions/triggers/sweep.timer.ts'
import type { Inventoried } from '../../src/model/inventory.ts'
import type { ListedObject } from '../../src/model/leftover.ts'
import { type Loop, loop } from '../../src/model/loop.ts'
import { type FleetInventory, silent } from '../../src/ports/observer.ts'
import { aRecord } from '../model/a-record.ts'
import {
  account,
  app,
  clientId,
  cluster,
  emptyCluster,
  everything,
  fallAsleep,
  keyOfLinker,
  linkerBody,
  linkerPath,
  request,
  sweepingIn,
  type TestServices,
  testServices,
  version,
} from './test-services.ts'

const minute = 60_000
const put = async ({ services, store, context }: TestServices, name: string) => {
  await store.putPolicy({ name: 'all', allow: everything })
  await app(() => services)(request('PUT', `${linkerPath(name)}?${version}`, { body: linkerBody() }), context)
}
const clusterLoop = loop('cluster', cluster)

describe('the heartbeat', () => {
  const beating = (given: TestServices) => {
    const beat = heartbeat(() => given.services)
    return async (minutes: number) => {
      for (let at = 0; at < minutes; at++) {
        given.clock.now += minute
        await beat(given.context)
      }
    }
  }

  it('wakes what is due, and nothing else', async () => {
    const given = testServices()
    await given.store.touch(clusterLoop, 'wake', { make: true })
    await given.store.touch(loop('target', account), 'wake', { make: true, at: given.clock.now + 10 * minute })
    await beating(given)(1)
    expect(given.woken.map(({ kind }) => kind)).toEqual(['cluster'])
  })

  it('ends an instance that did not answer for 15 minutes, once, and wakes its successor', async () => {
    const given = testServices()
    await given.store.touch(clusterLoop, 'wake', { make: true })
    const beat = beating(given)
    await beat(15)
    expect(given.terminated).toEqual([])
    await beat(1)
    expect(given.terminated.map(({ key }) => key)).toEqual([clusterLoop.key])
    given.woken.length = 0
    await beat(10)
    expect(given.terminated).toHaveLength(1)
    expect(given.woken).toHaveLength(10)
  })

  it('tells how many loops are late, and by how much', async () => {
    const told: (readonly number[])[] = []
    const given = testServices({ observer: { ...silent, beat: (...late) => void told.push(late) } })
    await given.store.touch(clusterLoop, 'wake', { make: true })
    await given.store.touch(loop('target', account), 'wake', { make: true, at: given.clock.now + 2 * minute })
    await beating(given)(4)
    expect(told).toEqual([
      [0, 0],
      [1, 2 * minute],
      [1, 3 * minute],
      [2, 4 * minute],
    ])
  })

  it('does not take a loop for stuck because the app did not run for a while', async () => {
    const given = testServices()
    await given.store.touch(clusterLoop, 'wake', { make: true })
    const beat = beating(given)
    await beat(1)
    given.clock.now += 60 * minute
    await beat(14)
    expect(given.terminated).toEqual([])
    expect(given.woken).toHaveLength(15)
  })

  it('goes on with the others when one cannot be woken', async () => {
    const woken: Loop[] = []
    const hub = () => ({
      wake: async (one: Loop) => {
        if (one.kind === 'cluster') throw new Error('no')
        woken.push(one)
      },
      terminate: async () => {},
      purge: async () => 0,
    })
    const given = testServices({ hub })
    await given.store.touch(clusterLoop, 'wake', { make: true })
    await given.store.touch(loop('target', account), 'wake', { make: true })
    await beating(given)(1)
    expect(woken.map(({ kind }) => kind)).toEqual(['target'])
  })
})

describe('the inventory', () => {
  const counting = async (idle: boolean) => {
    const told: FleetInventory[] = []
    const given = testServices({ observer: { ...silent, idle, counted: (counted) => void told.push(counted) } })
    await put(given, 'data')
    await put(given, 'more')
    await collectMetrics(() => given.services)
    return told
  }

  it('counts connections by state', async () => {
    expect(await counting(false)).toEqual([{ states: new Map([['Accepted', 2]]), operations: 0 }])
  })

  it('reads nothing where there is no listener', async () => {
    expect(await counting(true)).toEqual([])
  })
})

describe('discovery', () => {
  it('makes tagged clusters known and wakes them, and leaves known ones alone', async () => {
    const other = cluster.replace('/aks', '/other')
    const given = testServices({
      async *discover() {
        yield { what: 'resource', id: cluster.toUpperCase(), isTagged: true }
        yield { what: 'resource', id: other, isTagged: true }
        yield { what: 'resource', id: other.toLowerCase(), isTagged: true }
        yield { what: 'resource', id: account, isTagged: true }
        yield { what: 'resource', id: 'nonsense', isTagged: true }
      },
    })
    await given.store.touch(clusterLoop, 'wake', { make: true })
    const before = (await given.store.read(clusterLoop))?.row.etag
    await discover(() => given.services, given.context)
    expect(given.woken.map(({ id }) => id)).toEqual([other])
    expect((await given.store.read(clusterLoop))?.row.etag).toBe(before)
  })

  it.each<[string, Inventoried[] | 'error', boolean]>([
    ['shows the same', [{ what: 'resource', id: cluster, isTagged: true, digest: 'a' }], false],
    ['shows an operation at work', [{ what: 'resource', id: cluster, isTagged: true }], false],
    ['shows something else', [{ what: 'resource', id: cluster, isTagged: true, digest: 'b' }], true],
    ['does not show it', [], true],
    ['breaks off', 'error', false],
  ])('wakes a known cluster, or not, where a later list %s', async (_what, later, wakes) => {
    let lists: (Inventoried[] | 'error')[] = [[{ what: 'resource', id: cluster, isTagged: true, digest: 'a' }], later]
    const given = testServices({
      async *discover() {
        const [now, ...rest] = lists
        lists = rest
        if (now === 'error') throw new Error('429')
        yield* now ?? []
      },
    })
    await given.store.touch(clusterLoop, 'wake', { make: true })
    await discover(() => given.services, given.context)
    expect(given.woken).toEqual([])
    given.clock.now += 900_000
    const row = (await given.store.read(clusterLoop))?.row
    if (row) await given.store.sleep(row, given.clock.now + 3_600_000, given.clock.now + 3_600_000)
    await discover(() => given.services, given.context).catch(() => undefined)
    expect(given.woken.length > 0).toBe(wakes)
  })

  it('touches an identity once, however many of its roles are new, others or gone', async () => {
    const identity = loop('identity', 'c1-shop-web')
    const all = Array.from(
      { length: 25 },
      (_, at) => ({ what: 'role', id: `${account}/roles/${at}`, owner: identity.key, digest: 'a' }) as const,
    )
    let roles: readonly Inventoried[] = all
    const given = testServices({
      async *discover() {
        yield* roles
      },
    })
    const { table } = given
    const writes: unknown[] = []
    const seen = async (): Promise<number> => {
      writes.length = 0
      given.woken.length = 0
      const write = table.write
      table.write = async (changes) => {
        writes.push(changes)
        return await write(changes)
      }
      await discover(() => given.services, given.context)
      table.write = write
      return writes.length
    }
    await given.store.touch(identity, 'wake', { make: true })
    const once = await seen()
    expect(given.woken).toEqual([])
    expect(await seen()).toBe(0)
    const row = (await given.store.read(identity))?.row
    if (row) await given.store.sleep(row, given.clock.now + 60 * minute, given.clock.now + 60 * minute)
    roles = all.slice(3).map((role, at) => (at < 5 ? { ...role, digest: 'b' } : role))
    expect(await seen()).toBe(once)
    expect(given.woken.map(({ key }) => key)).toEqual([identity.key])
  })

  it('finds nothing where Resource Graph fails', async () => {
    const given = testServices({
      // biome-ignore lint/correctness/useYield: it fails before its first page
      async *discover() {
        throw new Error('429')
      },
    })
    await expect(discover(() => given.services, given.context)).rejects.toThrow('429')
    expect(given.woken).toEqual([])
  })
})

describe('the sweep', () => {
  const marks = (owner: string) => ({ 'service-connector/installation': 'main', 'service-connector/owner': owner })
  const secret = (version = 'u/1'): ListedObject => {
    const [uid = '', resourceVersion = ''] = version.split('/')
    const base = { kind: 'Secret', namespace: 'shop', name: 'sc-data-secret', uid, resourceVersion } as const
    const writers = [{ name: 'aks-service-connector', marks: true }]
    return { ...base, labels: marks(keyOfLinker('data')), annotations: {}, writers, dataKeys: [], isOwned: false, isGoing: false }
  }

  /** What the lists show, one after another; `undefined` = the cluster cannot be listed. */
  const wakesFor = async (...lists: (readonly ListedObject[] | undefined)[]) => {
    let listed: readonly ListedObject[] | undefined = []
    const services: TestServices = testServices({
      sweeping: sweepingIn(
        { now: 0 },
        {
          open: async () => ({
            ...emptyCluster,
            async list(kind) {
              if (listed === undefined) throw new Failure({ class: 'transient', code: 'NoAnswer', about: {} })
              return listed.filter((one) => one.kind === kind)
            },
          }),
        },
      ),
    })
    await services.store.touch(clusterLoop, 'wake', { make: true })
    await put(services, 'data')
    await fallAsleep(services, loop('connection', linkerPath('data')))
    const woken: boolean[] = []
    for (const list of lists) {
      listed = list
      services.woken.length = 0
      services.clock.now += 60 * minute
      await sweep(() => services.services, services.context, 'evidence')
      woken.push(services.woken.length > 0)
    }
    return woken
  }

  it.each<[string, boolean, readonly (readonly ListedObject[] | undefined)[]]>([
    ['is seen for the first time', false, [[], [secret()]]],
    ['is there as before', false, [[secret()], [secret()]]],
    ['is missing', true, [[secret()], []]],
    ['was made again or changed', true, [[secret()], [secret('v/9')]]],
    ['is missing where the cluster could not be listed', false, [[secret()], undefined]],
    ['goes on missing', false, [[secret()], [], []]],
    ['is back', false, [[secret()], [], [secret('v/9')]]],
  ])('and an object that %s: it wakes its owner? %s', async (_what, expected, lists) => {
    expect((await wakesFor(...lists)).at(-1)).toBe(expected)
  })
})

describe('secrets that were given', () => {
  const id = 'https://keys.vault.azure.net/secrets/sc-main-data'
  const own = { kind: 'connection', key: keyOfLinker('data'), id: '' } as const
  const giving = async (refuse?: Error) => {
    const discarded: string[] = []
    const given = testServices({
      vault: {
        idOf: () => id,
        put: async () => ({ id, version: 'v1' }),
        async discard(_connection, one) {
          if (refuse) throw refuse
          discarded.push(one)
        },
      },
    })
    await given.store.putPolicy({ name: 'all', allow: { ...everything, identities: ['servicePrincipals/*/*'] } })
    const giver = given.clock
    return {
      ...given,
      discarded,
      put: async (authInfo: object) =>
        (
          await app(() => given.services)(
            request('PUT', `${linkerPath('data')}?${version}`, { body: linkerBody({ authInfo }) }),
            given.context,
          )
        ).status,
      async clear(after = 10 * minute) {
        giver.now += after
        await clearProvidedSecrets(() => given.services, given.context)
        return discarded.splice(0)
      },
      async ownership() {
        const snapshot = await given.store.read(own)
        const object = { kind: 'stored-secret', id, summary: 'the secret' }
        const steps = snapshot?.steps[0]
        await given.store.record(
          { ...own, id: linkerPath('data') },
          { step: 'store-secret', tracked: [], ...(steps ? { row: steps } : {}) },
          { ...aRecord({ generation: 1 }), tracked: [{ object, ownership: 'ours', since: 1 }] },
        )
      },
    }
  }
  const principal = { authType: 'servicePrincipalSecret', clientId, principalId: clientId, secret: 'hunter2' }
  const another = { authType: 'userAssignedIdentity' }

  it('go out of the vault where no connection came of them, after ten minutes and once', async () => {
    const given = await giving()
    await given.store.giving(own.key, id)
    expect(await given.clear(9 * minute)).toEqual([])
    expect(await given.clear(minute)).toEqual([id])
    expect(await given.clear()).toEqual([])
  })

  it('stay where a connection has them, and are its own to remove from the time that its ledger holds them', async () => {
    const given = await giving()
    expect(await given.put(principal)).toBe(201)
    expect(await given.clear()).toEqual([])
    await given.ownership()
    expect(await given.clear()).toEqual([])
    await given.store.remove(own)
    const row = (await given.store.read(own))?.row
    if (row) await given.store.forget(row)
    expect(await given.clear()).toEqual([])
  })

  it('go where the connection was removed before its ledger held them, not before it is gone', async () => {
    const given = await giving()
    await given.put(principal)
    await given.store.remove(own)
    expect(await given.clear()).toEqual([])
    const row = (await given.store.read(own))?.row
    if (row) await given.store.forget(row)
    expect(await given.clear()).toEqual([id])
  })

  it('stay where an update of a connection died after the vault was written, and go where it had none', async () => {
    const given = await giving()
    await given.put(principal)
    await given.ownership()
    await given.store.giving(own.key, id)
    expect(await given.clear()).toEqual([])
    const other = await giving()
    await other.put(another)
    await other.store.giving(own.key, id)
    expect(await other.clear()).toEqual([id])
  })

  it('go where the name was taken by a connection of another origin', async () => {
    const given = await giving()
    const { desire } = given.store
    given.services.store.desire = async (spec, isAllowed) => {
      await desire({ ...spec, origin: 'tag', auth: 'workload-identity', secret: undefined } as never, isAllowed)
      return await desire(spec, () => true)
    }
    expect(await given.put(principal)).toBe(409)
    expect(await given.clear()).toEqual([id])
  })

  it('are not removed while they are provided again', async () => {
    const given = await giving()
    await given.store.giving(own.key, id)
    const { claim } = given.store
    given.services.store.claim = async (one) => {
      expect(await given.put(principal)).toBe(201)
      return await claim(one)
    }
    expect(await given.clear()).toEqual([])
  })

  it('make a caller that provides them at that very moment come again', async () => {
    const answers: (number | undefined)[] = []
    const given = await giving()
    const vault = given.services.vault
    if (!vault) throw new Error('no vault')
    await given.store.giving(own.key, id)
    vault.discard = async () => void answers.push(await given.put(principal))
    await given.clear()
    expect(answers).toEqual([503])
    expect(await given.put(principal)).toBe(201)
  })

  it('are tried again where the vault refuses, and after a week left there and said', async () => {
    const given = await giving(new Error('403'))
    await given.store.giving(own.key, id)
    await given.clear()
    expect(given.logged.join()).toContain('It is tried again')
    await given.clear(7 * 24 * 60 * minute)
    expect(given.logged.at(-1)).toContain('az keyvault secret delete --vault-name keys --name sc-main-data')
    given.logged.length = 0
    await given.clear()
    expect(given.logged).toEqual([])
  })
})

describe('the purge', () => {
  it('forgets operations of removed connections after seven days', async () => {
    const purged: number[] = []
    const given = testServices({
      hub: () => ({ wake: async () => {}, terminate: async () => {}, purge: async (before) => purged.push(before) }),
    })
    await put(given, 'data')
    const own = { kind: 'connection', key: keyOfLinker('data'), id: '' } as const
    await given.store.remove(own)
    const row = (await given.store.read(own))?.row
    if (row) await given.store.forget(row, { generation: 2, name: 'data', at: given.clock.now })
    given.clock.now += 6 * 24 * 60 * minute
    await purge(() => given.services, given.context)
    expect(await given.store.finished(own.key)).toHaveLength(1)
    given.clock.now += 2 * 24 * 60 * minute
    await purge(() => given.services, given.context)
    expect(await given.store.finished(own.key)).toEqual([])
    expect(purged.at(-1)).toBe(given.clock.now - 7 * 24 * 60 * minute)
  })
})

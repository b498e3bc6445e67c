// The sweep from its timer to its reports over HTTP, with clusters that are lists in memory.
import type { HttpResponseInit } from '@azure/functions'
import { describe, expect, it } from 'vitest'
import { Failure } from '../../src/errors/failure.ts'
import { sweep } from '../../src/functions/triggers/sweep.timer.ts'
import type { ListedObject, SweepMode } from '../../src/model/leftover.ts'
import { keyOf, loop } from '../../src/model/loop.ts'
import { kubernetesAnnotations, kubernetesMarks } from '../../src/model/names.ts'
import type { SweptCluster } from '../../src/ports/sweep.ts'
import { aRecord } from '../model/a-record.ts'
import {
  app,
  cluster,
  emptyCluster,
  everything,
  linkerBody,
  linkerPath,
  request,
  sweepingIn,
  type TestServices,
  testServices,
  version,
} from './test-services.ts'

const hour = 60 * 60_000
const place = loop('cluster', cluster)

/** Three leftovers in one cluster, and a connection that lives elsewhere. */
async function fleet(mode: SweepMode, over: Partial<SweptCluster> = {}, count = 3) {
  const objects = new Map<string, ListedObject>(
    Array.from({ length: count }, (_, at) => {
      const id = linkerPath(`old${at}`)
      const name = `sc-old${at}-secret`
      const object: ListedObject = {
        kind: 'Secret',
        namespace: 'shop',
        name,
        uid: `uid-${at}`,
        resourceVersion: '1',
        labels: kubernetesMarks('main', keyOf(id)),
        annotations: { [kubernetesAnnotations.connection]: id },
        writers: [{ name: 'aks-service-connector', marks: true }],
        dataKeys: [],
        isOwned: false,
        isGoing: false,
      }
      return [name, object]
    }),
  )
  const users = new Map<string, readonly string[]>()
  const clock = { now: Date.UTC(2026, 10, 22, 8) }
  const swept: SweptCluster = {
    ...emptyCluster,
    list: async (kind) => [...objects.values()].filter((one) => one.kind === kind),
    usersOf: async () => ({ of: ({ name }) => users.get(name) ?? [], missing: [], unchecked: [] }),
    remove: async ({ name }) => void objects.delete(name),
    ...over,
  }
  const settings = { mode, graceMs: 24 * hour, most: 100, share: 1 }
  const given = testServices({ sweeping: sweepingIn(clock, { open: async () => swept, settings }) })
  const run = async () => {
    clock.now += 6 * hour
    given.clock.now = clock.now
    return await sweep(() => given.services, given.context)
  }
  await given.store.touch(place, 'wake', { make: true })
  await given.store.putPolicy({ name: 'all', allow: everything })
  const connect = () => app(() => given.services)(request('PUT', `${linkerPath('data')}?${version}`, { body: linkerBody() }), given.context)
  await connect()
  return { ...given, objects, users, run, at: clock }
}
const ask = async (given: TestServices, method: string, path: string) => {
  const answer = (await app(() => given.services)(request(method, path), given.context)) as HttpResponseInit
  return {
    status: answer.status ?? 200,
    body: JSON.parse(String(answer.body ?? '{}')) as Record<string, never> & { objects: Record<string, never>[] },
  }
}

describe('the sweep', () => {
  it('only reports until it is switched on, and then deletes after the grace', async () => {
    const reporting = await fleet('report')
    for (let runs = 0; runs < 8; runs++) expect((await reporting.run())?.verdicts).toEqual({ 'left over': 3 })
    expect(reporting.objects.size).toBe(3)

    const deleting = await fleet('own')
    const verdicts = []
    for (let runs = 0; runs < 5; runs++) verdicts.push((await deleting.run())?.verdicts)
    expect(verdicts).toEqual([...Array(4).fill({ marked: 3 }), { deleted: 3 }])
    expect(deleting.objects.size).toBe(0)
    expect(deleting.logged.join('\n')).toContain('shop/sc-old0-secret')
  })

  it('spares what is used, names its users, and begins the grace again when it is free', async () => {
    const given = await fleet('own', {}, 1)
    given.users.set('sc-old0-secret', ['CronJob shop/nightly'])
    for (let runs = 0; runs < 6; runs++) await given.run()
    const { body } = await ask(given, 'GET', '/sweeps/latest')
    expect(body.objects).toMatchObject([{ verdict: 'used', users: ['CronJob shop/nightly'], before: 'used', place: 'shop/sc-old0-secret' }])
    given.users.clear()
    for (let runs = 0; runs < 4; runs++) expect((await given.run())?.verdicts).toEqual({ marked: 1 })
    expect((await given.run())?.verdicts).toEqual({ deleted: 1 })
  })

  it('deletes what a person approved, and nothing else', async () => {
    const given = await fleet('report')
    await given.run()
    const [first] = (await ask(given, 'GET', '/sweeps/latest?top=1')).body.objects
    const { status } = await ask(given, 'POST', `/sweeps/latest/objects/${first?.['id']}/approve`)
    expect(status).toBe(202)
    expect((await given.run())?.verdicts).toEqual({ deleted: 1, 'left over': 2 })
    expect(given.objects.size).toBe(2)
    const absent = `${place.key}-${keyOf('another')}`
    expect((await ask(given, 'POST', `/sweeps/latest/objects/${absent}/approve`)).status).toBe(404)
    expect((await ask(given, 'POST', '/sweeps/latest/objects/x/approve')).status).toBe(400)
  })

  it('takes no approval of what it never deletes, and forgets one that the next run could not carry out', async () => {
    const given = await fleet('report', {}, 1)
    await given.run()
    const [first] = (await ask(given, 'GET', '/sweeps/latest')).body.objects
    const approve = async () => (await ask(given, 'POST', `/sweeps/latest/objects/${first?.['id']}/approve`)).status
    const stored = async () => (await given.store.sweeps.suspects(place.key)).map(({ approved }) => approved?.by)
    expect(await approve()).toBe(202)
    expect(await stored()).toEqual(['somebody'])
    given.users.set('sc-old0-secret', ['Pod shop/web'])
    await given.run()
    expect(await stored()).toEqual([undefined])
    for (const [name, object] of given.objects) given.objects.set(name, { ...object, writers: [] })
    await given.run()
    expect(await approve()).toBe(409)
    expect(await stored()).toEqual([undefined])
  })

  it('forgets an approval of what it could not judge', async () => {
    let missing: readonly string[] = []
    const given = await fleet('report', { usersOf: async () => ({ of: () => [], missing, unchecked: [] }) }, 1)
    await given.run()
    const [first] = (await ask(given, 'GET', '/sweeps/latest')).body.objects
    await ask(given, 'POST', `/sweeps/latest/objects/${first?.['id']}/approve`)
    missing = ['pods']
    expect((await given.run())?.verdicts).toEqual({ unknown: 1 })
    missing = []
    expect((await given.run())?.verdicts).toEqual({ 'left over': 1 })
  })

  it('deletes in one run what the caps allow', async () => {
    const given = await fleet('own', {}, 8)
    Object.assign(given.services.sweeping.settings, { share: 0.25 })
    for (let runs = 0; runs < 4; runs++) await given.run()
    expect((await given.run())?.verdicts).toEqual({ deleted: 2, waiting: 6 })
    Object.assign(given.services.sweeping.settings, { share: 1, most: 1 })
    expect((await given.run())?.verdicts).toEqual({ deleted: 1, waiting: 5 })
  })

  it('stops where the store has no connection, and says so', async () => {
    const given = await fleet('own')
    for (let runs = 0; runs < 4; runs++) await given.run()
    const empty: TestServices['services']['store'] = { ...given.store, connections: async function* () {} }
    Object.assign(given.services, { store: empty })
    expect(await given.run()).toMatchObject({ stopped: expect.stringContaining('without a connection'), clusters: 0 })
    expect(given.objects.size).toBe(3)
  })

  it.each(['the store', 'the store, as an SDK says it'])('ends where %s fails', async (what) => {
    const given = await fleet('own')
    for (let runs = 0; runs < 4; runs++) await given.run()
    const error = what === 'the store' ? new Error('down') : new Failure({ class: 'transient', code: 'NoAnswer', about: {} })
    const sweeps = { ...given.store.sweeps, look: () => Promise.reject(error) }
    Object.assign(given.services, { store: { ...given.store, sweeps } })
    await expect(given.run()).rejects.toThrow()
    expect(given.objects.size).toBe(3)
  })

  it('skips a cluster that is stopped or refuses, and says why', async () => {
    const given = await fleet('own', {
      list: () => Promise.reject(new Failure({ class: 'permission', code: 'KubernetesRightMissing', about: {} })),
    })
    expect(await given.run()).toMatchObject({ skippedCount: 1, skipped: [{ cluster, code: 'KubernetesRightMissing' }] })
    const facts = { running: false }
    await given.store.record(place, { step: 'read-cluster', tracked: [] }, { ...aRecord({ facts }), tracked: [] })
    given.at.now += hour
    expect(await given.run()).toMatchObject({ skippedCount: 1, skipped: [{ cluster, code: 'ClusterStopped' }] })
  })

  it('leaves to the next run what does not fit into its time', async () => {
    const given = await fleet('own')
    let later = 0
    Object.assign(given.services.sweeping, { now: () => given.at.now + 9 * 60_000 * later++ })
    expect(await given.run()).toMatchObject({ skipped: [{ cluster, code: 'SweepCutShort' }] })
    expect([...(await given.store.sweeps.requested()).keys()]).toEqual([place.key])
  })

  it('looks at a cluster as a whole sooner where it is asked to', async () => {
    const given = await fleet('report')
    expect(await sweep(() => given.services, given.context, 'evidence')).toBeUndefined()
    await given.store.sweeps.request(place.key)
    expect(await sweep(() => given.services, given.context, 'evidence')).toMatchObject({ scope: 'requested', verdicts: { 'left over': 3 } })
    expect((await given.store.sweeps.requested()).size).toBe(0)
    expect((await ask(given, 'GET', '/sweeps/latest')).status).toBe(404)
  })

  it('looks at the whole fleet in the next run when it is asked to, and once', async () => {
    const given = await fleet('report')
    expect((await ask(given, 'POST', '/sweeps')).status).toBe(202)
    expect(await sweep(() => given.services, given.context, 'evidence')).toMatchObject({ scope: 'fleet', verdicts: { 'left over': 3 } })
    expect((await ask(given, 'GET', '/sweeps/latest')).status).toBe(200)
    expect(await sweep(() => given.services, given.context, 'evidence')).toBeUndefined()
  })

  it('keeps a request that comes while it runs', async () => {
    const given = await fleet('report')
    await given.store.sweeps.request(place.key)
    const { open } = given.services.sweeping
    Object.assign(given.services.sweeping, {
      open: async (...of: Parameters<typeof open>) => {
        await given.store.sweeps.request(place.key)
        return open(...of)
      },
    })
    await sweep(() => given.services, given.context, 'evidence')
    expect([...(await given.store.sweeps.requested()).keys()]).toEqual([place.key])
  })

  it('keeps its reports, the newest first, page by page, and deletes old ones', async () => {
    const given = await fleet('report')
    for (let runs = 0; runs < 3; runs++) await given.run()
    const { body } = await ask(given, 'GET', '/sweeps')
    const ids = (body['value'] as unknown as { id: string }[]).map(({ id }) => id)
    expect(ids).toEqual([...ids].sort().reverse())
    const seen: string[] = []
    for (let next: string | undefined = `/sweeps/${ids[0]}?top=2`; next !== undefined; ) {
      const page: Awaited<ReturnType<typeof ask>>['body'] = (await ask(given, 'GET', next)).body
      seen.push(...page.objects.map((one) => String(one['id'])))
      next = (page['nextLink'] as string | undefined)?.replace('https://connector.example', '')
    }
    expect(new Set(seen).size).toBe(3)
    expect(await given.store.sweeps.purgeReports(given.at.now - hour)).toBe(2)
    expect((await ask(given, 'GET', `/sweeps/${ids[2]}`)).status).toBe(404)
    for (const path of ['/sweeps/latest?verdict=nonsense', '/sweeps/latest?top=0', '/sweeps/latest?x=1', '/sweeps/nonsense'])
      expect([path, (await ask(given, 'GET', path)).status >= 400]).toEqual([path, true])
  })
})

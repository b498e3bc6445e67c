// What platform teams and auditors ask of the whole fleet: sorted, counted, as CSV and as a graph; and the manifest and the history of one connection.
import type { HttpResponseInit } from '@azure/functions'
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { csvOf } from '../../src/functions/fleet/connections-csv.ts'
import { historyMs } from '../../src/model/history.ts'
import { loop } from '../../src/model/loop.ts'
import { historyEntity, mostEntries } from '../../src/store/history.ts'
import { anOutcome, aRecord } from '../model/a-record.ts'
import {
  account,
  app,
  cluster,
  everything,
  keyOfLinker,
  linkerBody,
  linkerPath,
  request,
  type TestServices,
  testServices,
  version,
} from './test-services.ts'

let given: TestServices
beforeEach(async () => {
  given = testServices()
  await given.store.putPolicy({ name: 'all', allow: everything })
})
const call = async (method: string, path: string, body?: object) => {
  const answer = (await app(() => given.services)(request(method, path, body ? { body } : {}), given.context)) as HttpResponseInit
  const text = String(answer.body ?? '')
  return {
    status: answer.status,
    headers: answer.headers as Record<string, string>,
    text,
    body: text.startsWith('{') ? JSON.parse(text) : {},
  }
}
const put = (name: string, properties: object = {}, of = cluster) =>
  call('PUT', `${linkerPath(name, of)}?${version}`, linkerBody(properties))
const namesIn = (body: { value?: { name: string }[] }): readonly string[] => (body.value ?? []).map(({ name }) => name)
const other = cluster.replace('/aks', '/other')

describe('GET /connections', () => {
  it('sorts by any column in both directions, page by page, and neither repeats nor skips one', async () => {
    const names = ['c', 'a', 'e', 'b', 'd', 'f']
    for (const [at, name] of names.entries()) {
      given.clock.now += 1_000
      await put(name, { scope: at % 2 ? 'x' : 'y' })
    }
    const paged = async (sort: string): Promise<readonly string[]> => {
      const found: string[] = []
      let query: string | undefined = `?top=4&sort=${sort}`
      while (query !== undefined) {
        const { body } = await call('GET', `/connections${query}`)
        found.push(...namesIn(body))
        query = body.nextLink && new URL(body.nextLink).search
      }
      return found
    }
    expect(await paged('name')).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
    expect(await paged('-name')).toEqual(['f', 'e', 'd', 'c', 'b', 'a'])
    expect(await paged('created')).toEqual(names)
    const bySpace = await paged('namespace')
    expect([new Set(bySpace.slice(0, 3)), new Set(bySpace.slice(3))]).toEqual([new Set(['a', 'b', 'f']), new Set(['c', 'd', 'e'])])
    expect((await call('GET', '/connections?sort=colour')).status).toBe(400)
    expect((await call('GET', '/connections?after=1')).status).toBe(400)
  })

  it('counts by state all that the filters let through', async () => {
    for (const name of ['a', 'b', 'c']) await put(name)
    await put('d', { scope: 'elsewhere' })
    const { body } = await call('GET', '/connections?counts=true&top=1&namespace=shop')
    expect(body).toMatchObject({ count: 3, counts: { Accepted: 3 } })
    expect([body.value.length, typeof body.nextLink]).toEqual([1, 'string'])
    given.clock.now += 2 * 3_600_000
    expect((await call('GET', '/connections?counts=true&state=failed&state=accepted')).body).toMatchObject({
      count: 4,
      counts: { Failed: 4 },
    })
  })

  it('takes any of several values of a filter', async () => {
    await put('a')
    await put('b', { scope: 'test' })
    await put('c', { scope: 'other' })
    expect(namesIn((await call('GET', '/connections?namespace=test&namespace=shop')).body).toSorted()).toEqual(['a', 'b'])
  })

  it('is CSV for auditors: who reaches what, by which role, with a key or without', async () => {
    await put('a')
    await put('b', { authInfo: { authType: 'secret' }, publicNetworkSolution: { action: 'optOut' } })
    const { status, headers, text } = await call('GET', '/connections?format=csv')
    expect([status, headers['content-type']]).toEqual([200, 'text/csv; charset=utf-8'])
    const [head = '', ...lines] = text.trimEnd().split('\r\n')
    const rows = lines.map((line) => Object.fromEntries(head.split(',').map((name, at) => [name, line.split(',')[at]])))
    expect(rows.find(({ connection }) => connection === 'a')).toMatchObject({
      cluster,
      namespace: 'shop',
      auth: 'workload-identity',
      roles: `Storage Blob Data Contributor on ${account}`,
      key: 'no',
      origin: 'http',
      createdBy: 'somebody',
    })
    expect(rows.find(({ connection }) => connection === 'b')).toMatchObject({
      auth: 'secret',
      roles: '',
      key: 'yes',
      network: 'unknown; firewall left alone',
    })
  })

  it('writes any text into one cell, and none that a spreadsheet takes for a formula', async () => {
    await put('a')
    const { reader } = await import('../../src/functions/linkers/known.ts')
    const known = await reader(given.store, given.services.steps)(keyOfLinker('a'))
    if (!known) throw new TypeError('It was put')
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        const [, row = ''] = /^[^\r]*\r\n(.*)\r\n$/s.exec(csvOf([{ known: { ...known, self: { ...known.self, name } }, state: 'X' }])) ?? []
        const [, quoted, plain = ''] = /^(?:"((?:[^"]|"")*)"|([^",\r\n]*)),X,/s.exec(row) ?? []
        const cell = quoted?.replaceAll('""', '"') ?? plain
        expect(cell.replace(/^'(?=[=+\-@\t\r])/, '')).toBe(name)
        expect(cell).not.toMatch(/^[=+\-@\t\r]/)
      }),
    )
  })
})

describe('GET /graph', () => {
  it('draws the ways from clusters to targets, each with its connections', async () => {
    await put('a')
    await put('b', { authInfo: { authType: 'secret' } })
    await put('c', {}, other)
    const { body } = await call('GET', '/graph')
    const kinds = Map.groupBy(body.nodes as { kind: string }[], ({ kind }) => kind)
    expect([
      kinds.get('cluster')?.length,
      kinds.get('namespace')?.length,
      kinds.get('target')?.length,
      kinds.get('identity')?.length,
    ]).toEqual([2, 2, 1, 2])
    const ids = new Set((body.nodes as { id: string }[]).map(({ id }) => id))
    for (const { from, to } of body.edges) expect([ids.has(from), ids.has(to)]).toEqual([true, true])
    const reaching = (body.edges as { kind: string; from: string; connections: object[] }[]).filter(({ kind }) => kind === 'reaches')
    expect(reaching).toHaveLength(3)
    expect(reaching.flatMap(({ connections }) => connections)).toContainEqual(
      expect.objectContaining({
        name: 'a',
        state: 'Accepted',
        type: 'storage-blob',
        auth: 'workload-identity',
        roles: ['Storage Blob Data Contributor'],
      }),
    )
    expect(
      (await call('GET', `/graph?cluster=${other}`)).body.nodes.filter(({ kind }: { kind: string }) => kind === 'cluster'),
    ).toHaveLength(1)
    expect((await call('GET', '/graph?top=1')).body.truncated).toBe(true)
    expect((await call('GET', '/graph?state=Failed')).status).toBe(400)
  })
})

describe('GET …/manifest', () => {
  const manifest = (name: string, query = '') => call('GET', `${linkerPath(name)}/manifest?${version}${query}`)

  it('is a Deployment or a Job that reads the Secret', async () => {
    await put('My.Data', { authInfo: { authType: 'secret' } })
    const { status, body } = await manifest('My.Data', '&image=registry.example.com/shop:2')
    expect(status).toBe(200)
    expect(body).toMatchObject({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'my-data', namespace: 'shop' } })
    expect(body.spec.template.spec).toEqual({
      containers: [{ name: 'app', image: 'registry.example.com/shop:2', envFrom: [{ secretRef: { name: 'sc-mydata-secret' } }] }],
    })
    expect((await manifest('My.Data', '&kind=job')).body).toMatchObject({ apiVersion: 'batch/v1', kind: 'Job' })
    for (const bad of ['&kind=Pod', '&image=$(reboot)']) expect((await manifest('My.Data', bad)).status).toBe(400)
    expect((await manifest('none')).status).toBe(404)
    expect((await call('GET', `${linkerPath('My.Data')}?${version}`)).body.properties.manifest).toBe(`${linkerPath('My.Data')}/manifest`)
  })

  it('waits for the name of the ServiceAccount, and has it and the label then', async () => {
    await put('data')
    const self = (await given.store.read({ kind: 'connection', key: keyOfLinker('data'), id: '' }))?.row.self
    if (!self?.identity) throw new TypeError('It was put')
    expect((await manifest('data')).body.error.code).toBe('NotReady')
    await given.store.join(self, self.identity)
    const facts = { clientId: '0d0c5b1e-0000-4000-8000-00000000000a', principalId: 'p', tenant: 't' }
    const recorded = { ...aRecord({ outcome: anOutcome({ kind: 'satisfied' }), facts }), tracked: [] }
    await given.store.record(self.identity, { step: 'ensure-identity', tracked: [] }, recorded)
    const { template } = (await manifest('data')).body.spec
    expect(template.metadata.labels['azure.workload.identity/use']).toBe('true')
    expect(template.spec.serviceAccountName).toBe(`sc-account-${facts.clientId}`)
  })
})

describe('GET …/history', () => {
  const history = async (name: string) => (await call('GET', `${linkerPath(name)}/history?${version}&top=1000`)).body.value
  const connection = () => ({ kind: 'connection', key: keyOfLinker('data'), id: linkerPath('data') }) as const
  const problem = { code: 'NamespaceMissing', text: 'T.', cause: 'C.', remediation: 'R.', link: 'https://example.com/' } as const

  /** Lets the step have run with this outcome. */
  async function ran(over: Parameters<typeof anOutcome>[0]): Promise<void> {
    given.clock.now += 60_000
    const before = (await given.store.read(connection()))?.steps.find(({ step }) => step === 'write-resources')
    const recorded = { ...aRecord({ outcome: anOutcome(over), ranAt: given.clock.now, generation: 1 }), tracked: [] }
    await given.store.record(connection(), { step: 'write-resources', ...(before ? { row: before } : {}), tracked: [] }, recorded)
  }

  it('tells what was requested, done, met and got over, the newest first, also of a connection that is gone', async () => {
    await put('data')
    await ran({ kind: 'blocked', problems: [problem] })
    await ran({ kind: 'blocked', problems: [problem] })
    await ran({ kind: 'changed', changed: ['create Secret sc-data-secret'] })
    await ran({ kind: 'satisfied' })
    given.clock.now += 60_000
    await call('PATCH', `${linkerPath('data')}?${version}`, { properties: { clientType: 'python' } })
    given.clock.now += 60_000
    await call('DELETE', `${linkerPath('data')}?${version}`)
    const told = await history('data')
    expect(told.map(({ what, changes }: { what: string; changes: string[] }) => `${what}: ${changes.join()}`)).toEqual([
      'requested: it is to be removed',
      'requested: client is another',
      'changed: create Secret sc-data-secret',
      'blocked: ',
      'requested: it is to be created',
    ])
    expect(told.at(-1)).toMatchObject({ by: 'somebody', why: 'a request over HTTP', at: expect.stringMatching(/^2026-/) })
    expect(told.at(-2)).toMatchObject({ step: 'write-resources', problems: [{ code: 'NamespaceMissing', text: 'T.' }] })
    const row = (await given.store.read(connection()))?.row
    if (row) await given.store.forget(row)
    expect((await history('data')).length).toBe(5)
    given.clock.now += 60_000
    await put('data')
    await ran({ kind: 'changed', changed: ['create Secret sc-data-secret'] })
    expect((await history('data')).length).toBe(7)
    expect((await call('GET', `${linkerPath('never')}/history?${version}`)).status).toBe(404)
  })

  it('is kept for 90 days, eleven changes a day of each step, and does not grow for ever', async () => {
    const began = given.clock.now
    await put('data')
    for (let time = 0; time < 150; time++) await ran({ kind: 'changed', changed: [`change ${time}`] })
    const told = await history('data')
    expect([told.length, told[0].changes]).toEqual([151, ['change 149']])
    const ended = given.clock.now
    given.clock.now = began + historyMs - 1
    expect(await history('data')).toHaveLength(151)
    given.clock.now = ended + historyMs + 1
    expect(await history('data')).toEqual([])
    expect(await given.store.purgeHistory(given.clock.now - historyMs)).toBe(151)

    const entry = { at: 0, loop: 'target', step: 'open-firewall', what: 'changed', why: '', changes: [] } as const
    const keys = Array.from(
      { length: 2 * mostEntries + 1 },
      (_, count) => historyEntity(loop('target', account), entry, { life: 1, count }).rowKey,
    )
    expect([mostEntries, new Set(keys).size]).toEqual([11 * 90 + 10, mostEntries])
  })

  it('tells no problem of another connection with the same target', async () => {
    await put('data')
    const target = loop('target', account)
    await given.store.touch(target, 'event', { make: true })
    const outcome = anOutcome({ kind: 'blocked', problems: [{ ...problem, of: keyOfLinker('other') }] })
    const recorded = { ...aRecord({ outcome, ranAt: given.clock.now + 1 }), tracked: [] }
    await given.store.record(target, { step: 'open-firewall', tracked: [] }, recorded)
    expect((await history('data')).map(({ what }: { what: string }) => what)).toEqual(['requested'])
  })
})

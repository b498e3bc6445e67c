import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createClusterCredentials } from '../../src/azure/clusters.ts'
import { createGraph } from '../../src/azure/graph.ts'
import { createIdentities } from '../../src/azure/identities.ts'
import { createRateLimiter } from '../../src/azure/rate-limit.ts'
import type { Inventoried } from '../../src/model/inventory.ts'
import { parseResourceId } from '../../src/model/resource-id.ts'
import type { Identities } from '../../src/ports/azure.ts'
import { clusterPath, identityPath } from '../local/cloud/arm/arm-world.ts'
import { type AzureWorld, azureWorld, failure } from './azure-world.ts'
import { graphRows } from './graph-rows.ts'

const clusters = Array.from({ length: 12 }, (_, number) => ({
  name: `c${number + 1}`,
  group: 'shop',
  region: 'westeurope',
  tags: { owner: 'team', ...(number % 2 === 0 ? { 'connect-data': `blob:st${number}`, 'Connect-more': 'blob:st' } : {}) },
}))
const credential = (name: string, namespace = name) => ({
  name,
  issuer: 'https://westeurope.oic.prod-aks.azure.com/t/g/',
  subject: `system:serviceaccount:${namespace}:sa`,
  audiences: ['api://AzureADTokenExchange'],
})

describe('the SDK clients', () => {
  let world: AzureWorld
  beforeAll(async () => {
    world = await azureWorld({
      clusters,
      people: [{ name: 'ada', roles: [{ role: 'Owner' }] }, { name: 'rob', roles: [{ role: 'Reader' }] }, { name: 'eve' }],
      groups: [{ name: 'ids', region: 'westeurope' }],
    })
  })
  afterAll(() => world.close())
  beforeEach(() => world.cloud.faults.clear())

  describe('identities', () => {
    let identities: Identities
    const id = identityPath('shop-orders', 'ids')
    beforeAll(() => {
      identities = createIdentities(world.connection())
    })

    it('are made, read and deleted', async () => {
      expect(await identities.get(id)).toBeUndefined()
      expect(await identities.credentials(id)).toBeUndefined()
      await identities.create(id, 'westeurope', { installation: 'i' })
      expect(await identities.get(id)).toMatchObject({
        location: 'westeurope',
        tags: { installation: 'i' },
        clientId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        principalId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        tenant: expect.stringMatching(/^[0-9a-f-]{36}$/),
      })
      expect(await identities.credentials(id)).toEqual([])
      await identities.delete(id)
      await identities.delete(id)
      expect(await identities.get(id)).toBeUndefined()
    })

    it('have federated credentials', async () => {
      await identities.create(id, 'westeurope', {})
      await identities.addCredential(id, credential('one'))
      await identities.addCredential(id, credential('two'))
      expect((await identities.credentials(id))?.map(({ name }) => name).sort()).toEqual(['one', 'two'])
      expect(await identities.credentials(id)).toContainEqual(credential('one'))
      await identities.deleteCredential(id, 'one')
      await identities.deleteCredential(id, 'one')
      expect(await identities.credentials(id)).toEqual([credential('two')])
    })

    it('are not taken for absent where they may not be read', async () => {
      const strange = createIdentities(world.connection('eve'))
      expect((await failure(strange.get(id))).class).toBe('permission')
      expect((await failure(strange.credentials(id))).class).toBe('permission')
    })

    it('tell two credentials for one subject from a fault', async () => {
      await identities.create(id, 'westeurope', {})
      await identities.addCredential(id, credential('first', 'same'))
      expect(await failure(identities.addCredential(id, credential('second', 'same')))).toMatchObject({
        class: 'stale',
        code: 'AlreadyThere',
      })
    })

    it('say that another write is under way', async () => {
      const error = { code: 'ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity', message: 'Too many' }
      world.cloud.faults.add({ match: { service: 'arm', method: 'PUT' }, times: 1, answer: { status: 409, body: { error } } })
      const fields = await failure(identities.addCredential(id, credential('third')))
      expect(fields).toMatchObject({ class: 'busy', code: 'Busy', about: { doing: 'write the federated credential third' } })
    })

    it('are asked once: no client retries by itself', async () => {
      const rule = world.cloud.faults.add({
        match: { service: 'arm' },
        answer: { status: 429, headers: { 'retry-after': '3' }, body: { error: { code: 'TooManyRequests', message: 'x' } } },
      })
      expect(await failure(identities.get(id))).toMatchObject({ class: 'throttled', retryAfterMs: 3000 })
      expect(rule.hits).toBe(1)
    })

    it('are given up after the time limit', async () => {
      world.cloud.faults.add({ match: { service: 'arm' }, times: 1, answer: 'timeout' })
      expect(await failure(identities.get(id))).toMatchObject({ class: 'transient', code: 'NoAnswer' })
    })
  })

  describe('credentials of clusters', () => {
    it('are a kubeconfig that prints as a secret', async () => {
      const kubeconfig = await createClusterCredentials(world.connection())(clusterPath('c1'))
      expect(`${kubeconfig}`).toBe('[secret]')
      expect(kubeconfig.reveal()).toMatch(/server: https:\/\/[^\s]+:443[\s\S]*command: kubelogin/)
    })

    it('need a right of their own', async () => {
      const fields = await failure(createClusterCredentials(world.connection('rob'))(clusterPath('c1')))
      expect(fields).toMatchObject({
        class: 'permission',
        code: 'RightMissing',
        about: { action: expect.stringMatching(/listClusterUserCredential\/action$/i) },
      })
    })

    it('of a cluster that is not there are refused', async () => {
      expect((await failure(createClusterCredentials(world.connection())(clusterPath('none')))).status).toBe(404)
    })
  })

  describe('the graph', () => {
    const sanitize = async (known: readonly string[] = [], who = 'app'): Promise<Inventoried[]> => {
      const found: Inventoried[] = []
      for await (const one of createGraph(world.connection(who), 'main').inventory(known)) found.push(one)
      return found
    }
    const all = async (who?: string) => (await sanitize([], who)).filter((one) => one.what === 'resource' && one.isTagged)

    it('finds the clusters that declare connections', async () => {
      const found = await all()
      expect(found.map(({ id }) => parseResourceId(id)?.name).sort()).toEqual(['c1', 'c11', 'c3', 'c5', 'c7', 'c9'])
    })

    it('knows whether a resource is listed, however its id is spelt', async () => {
      const { isListed } = createGraph(world.connection(), 'main')
      expect(await isListed(clusterPath('c1').toUpperCase().replace('/SUBSCRIPTIONS', '/subscriptions'))).toBe(true)
      expect(await isListed(clusterPath('no-such-cluster'))).toBe(false)
      world.cloud.faults.add({ match: { service: 'arm' }, times: 1, answer: { status: 200, body: {} } })
      expect((await failure(isListed(clusterPath('c1')))).code).toBe('AnswerNotUnderstood')
    })

    it('finds all resources of the type and name of one, wherever they are', async () => {
      const { namesakes, named, ofTypes } = createGraph(world.connection(), 'main')
      const elsewhere = clusterPath('c1').replace(/resourceGroups\/[^/]+/, 'resourceGroups/elsewhere')
      expect((await namesakes(elsewhere)).map((id) => parseResourceId(id)?.id)).toEqual([parseResourceId(clusterPath('c1'))?.id])
      expect(await namesakes(clusterPath('no-such-cluster'))).toEqual([])
      const type = 'microsoft.containerservice/managedclusters'
      const asked = ['c1', 'c2', 'no-such-cluster'].map((name) => ({ type, names: [name] }))
      expect((await named(asked)).map((id) => parseResourceId(id)?.name).sort()).toEqual(['c1', 'c2'])
      const all: string[] = []
      for await (const id of ofTypes([type, 'microsoft.sql/servers'])) all.push(id)
      expect(all).toEqual(expect.arrayContaining([...(await named(asked))]))
    })

    it('goes on with the next page until there is none', async () => {
      const row = (name: string) => ({ id: clusterPath(name), tags: { 'connect-x': 'y' } })
      const page = (data: object[], more: object) => ({
        status: 200,
        body: { totalRecords: 2, count: 1, data, facets: [], resultTruncated: 'false', ...more },
      })
      world.cloud.faults.add({ match: { service: 'arm', body: /skipToken/ }, answer: page([row('second')], {}) })
      world.cloud.faults.add({ match: { service: 'arm' }, times: 1, answer: page([row('first')], { $skipToken: 'more' }) })
      expect((await all()).map(({ id }) => id.split('/').at(-1))).toEqual(['first', 'second'])
    })

    it('skips rows that are no clusters, whatever they are', async () => {
      const data = [
        null,
        7,
        { id: 'x', tags: { 'connect-x': 'y' } },
        { id: clusterPath('ok'), tags: { 'connect-x': 4 } },
        { id: clusterPath('ok'), tags: null },
      ]
      world.cloud.faults.add({
        match: { service: 'arm' },
        times: 1,
        answer: { status: 200, body: { totalRecords: 1, count: 1, data, facets: [], resultTruncated: 'false' } },
      })
      expect(await all()).toEqual([])
    })

    it('sees nothing where the app may read nothing', async () => {
      expect(await all('eve')).toEqual([])
    })

    it('tells that it is throttled', async () => {
      const error = { code: 'RateLimiting', message: 'x', details: [] }
      world.cloud.faults.add({ match: { service: 'arm' }, times: 1, answer: { status: 429, body: { error } } })
      expect(await failure(all())).toMatchObject({ class: 'throttled', retryAfterMs: 60_000 })
    })
  })
})

describe('a fleet of a thousand clusters', () => {
  let world: AzureWorld
  let known: readonly string[]
  beforeAll(async () => {
    world = await azureWorld({ clusters: [] })
    known = graphRows(world.cloud.world, 1_000, 300)
  })
  afterAll(() => world.close())
  const queries = (): number => world.calls.filter(({ path }) => path.includes('Microsoft.ResourceGraph')).length

  it('and three hundred targets, identities and roles of theirs cost two queries', async () => {
    const found: Inventoried[] = []
    for await (const one of createGraph({ ...world.connection(), timeoutMs: 60_000 }, 'main').inventory(known)) found.push(one)
    expect(queries()).toBe(2)
    expect(new Set(found.map(({ id }) => id)).size).toBe(found.length)
    expect(found.filter(({ what }) => what === 'role')).toHaveLength(300)
    for (const id of known)
      expect(
        found.some((one) => one.id === id),
        id,
      ).toBe(true)
  })
})

describe('the quota of Resource Graph', () => {
  let world: AzureWorld
  beforeAll(async () => {
    world = await azureWorld({ clusters: [] })
  })
  afterAll(() => world.close())
  beforeEach(() => world.cloud.faults.clear())
  const page = (at: number, last: number) => ({
    status: 200,
    body: {
      ...{ totalRecords: last, count: 1, facets: [], resultTruncated: 'false', data: [{ id: clusterPath(`c${at}`), tags: {} }] },
      ...(at === last ? {} : { $skipToken: `page ${at + 1}` }),
    },
  })
  const pages = (last: number): void => {
    for (let at = 2; at <= last; at++)
      world.cloud.faults.add({ match: { service: 'arm', body: new RegExp(`"page ${at}"`) }, answer: page(at, last) })
    world.cloud.faults.add({ match: { service: 'arm', body: /^(?!.*skipToken)/i }, answer: page(1, last) })
  }
  const listed = async (wait?: (ms: number) => Promise<void>) => {
    const began = world.clock.now()
    const azure = { ...world.connection(), rateLimiter: createRateLimiter(() => world.clock.now()) }
    let found = 0
    for await (const _one of createGraph(azure, 'main', wait).inventory([])) found++
    return { found, seconds: (world.clock.now() - began) / 1000 }
  }

  it('is waited for by a list of more pages than it allows at once, which comes to its end', async () => {
    pages(45)
    expect(await listed((ms) => world.clock.pass(ms))).toMatchObject({ found: 45 })
    const { seconds } = await listed((ms) => world.clock.pass(ms))
    // Fifteen at once, and three a second.
    expect(seconds).toBeGreaterThanOrEqual(9.9)
    expect(seconds).toBeLessThan(12)
  })

  it('that others have used up is waited for as long as the graph says, and no request is sent meanwhile', async () => {
    const headers = { 'x-ms-user-quota-remaining': '0', 'x-ms-user-quota-resets-after': '00:00:04' }
    world.cloud.faults.add({ match: { service: 'arm' }, times: 1, answer: { ...page(1, 2), headers } })
    pages(2)
    expect(await listed((ms) => world.clock.pass(ms))).toMatchObject({ found: 2, seconds: expect.closeTo(4.4, 0) })
  })

  it('is not waited for where the graph says more than seconds', async () => {
    const error = { code: 'RateLimiting', message: 'x', details: [] }
    world.cloud.faults.add({ match: { service: 'arm' }, answer: { status: 429, headers: { 'retry-after': '40' }, body: { error } } })
    expect(await failure(listed(() => Promise.reject(new Error('it waited'))))).toMatchObject({ class: 'throttled', retryAfterMs: 40_000 })
  })

  it('shows nothing as missing where a list ends before its last page', async () => {
    const { body } = page(1, 1)
    world.cloud.faults.add({ match: { service: 'arm' }, answer: { status: 200, body: { ...body, resultTruncated: 'true' } } })
    expect(await failure(listed())).toMatchObject({ code: 'AnswerNotUnderstood' })
  })
})

// An import through its route: what a dry run says, what is written, and what never is. The plan itself, and what becomes of existing objects, are told by
// the story in test/scenarios/import.test.ts.
import type { HttpResponseInit } from '@azure/functions'
import { beforeEach, describe, expect, it } from 'vitest'
import { notUnderstood } from '../../src/errors/answer.ts'
import type { ConnectionSpec } from '../../src/model/connection.ts'
import { anOutcome, aRecord } from '../model/a-record.ts'
import {
  account,
  app,
  type Claims,
  clientId,
  cluster,
  everything,
  identity,
  keyOfLinker,
  linkerBody,
  linkerPath,
  request,
  steps,
  sweepingIn,
  type TestServices,
  target,
  testServices,
  version,
} from './test-services.ts'

let given: TestServices
let linkers: object[]
let planned: string[]
let extension: object | undefined

const linker = (name: string, over: object = {}) => ({
  id: linkerPath(name),
  name,
  type: 'microsoft.servicelinker/linkers',
  properties: {
    provisioningState: 'Succeeded',
    targetService: { type: 'AzureResource', id: target, resourceProperties: null },
    authInfo: { authType: 'secret', name: null, secretInfo: null },
    clientType: 'none',
    scope: 'shop',
    vNetSolution: null,
    secretStore: { keyVaultId: null },
    ...over,
  },
})
const secretless = { authInfo: { authType: 'userAssignedIdentity', clientId, subscriptionId: account.split('/')[2], roles: null } }

beforeEach(() => {
  linkers = [linker('photos'), linker('orders', { ...secretless, scope: 'web' })]
  planned = []
  extension = { properties: { extensionType: 'microsoft.servicelinker.connection' } }
  given = testServices({
    preflight: async (_, input) => {
      planned = input.map(({ name }) => name)
      const object = (name: string) => ({ connections: [name], step: 'write-resources', object: `Secret sc-${name}-secret` }) as const
      return {
        value: [],
        changes: [],
        adoptions: planned.map(object),
        actions: [],
        budgets: [],
        ready: true,
        notes: [],
      }
    },
  })
  const arm = {
    get: async (id: string) => (id === cluster ? { id } : id.includes('/extensions/') ? extension : undefined),
    list: async () => linkers,
  }
  given = { ...given, services: { ...given.services, sweeping: sweepingIn(given.clock, { arm: arm as never }) } }
})

const call = async (method: string, path: string, body?: object, claims?: Claims) => {
  const ask = { ...(body ? { body } : {}), ...(claims ? { claims } : {}) }
  const { status, body: text } = (await app(() => given.services)(request(method, path, ask), given.context)) as HttpResponseInit
  return { status, body: typeof text === 'string' ? JSON.parse(text) : undefined }
}
const importing = (query = '') => call('POST', `/import?cluster=${encodeURIComponent(cluster)}${query}`)
const states = ({ body }: { readonly body: { connections: { name: string; state: string }[] } }) =>
  Object.fromEntries(body.connections.map(({ name, state }) => [name, state]))
const stored = async () => {
  const all: ConnectionSpec[] = []
  for await (const { self } of given.store.connections()) if (self) all.push(self)
  return all.map(({ name }) => name).sort()
}
const savePolicies = async () => {
  for (const { name, allow } of (await importing()).body.policies)
    expect((await call('PUT', `/policies/${name}`, { allow })).status).toBe(201)
}

describe('POST /import', () => {
  it('writes nothing without a policy, and proposes policies that allow what there is', async () => {
    for (const query of ['', '&dryRun=false']) {
      const writes = given.table.writes()
      const answer = await importing(query)
      expect([answer.status, states(answer)]).toEqual([200, { photos: 'notAllowed', orders: 'notAllowed' }])
      expect(answer.body.policies).toMatchObject([
        {
          name: expect.stringMatching(/^import-shop-/),
          connections: ['photos'],
          allow: { namespaces: ['shop'], auth: ['secret'], adopt: true },
        },
        {
          name: expect.stringMatching(/^import-web-/),
          connections: ['orders'],
          allow: { identities: [expect.stringContaining('/ids/app')] },
        },
      ])
      expect([given.table.writes(), given.woken, planned]).toEqual([writes, [], []])
    }
  })

  it('plans what is allowed, and creates it when it is told to, once', async () => {
    await savePolicies()
    given.woken.splice(0)
    const dry = await importing()
    expect([states(dry), dry.body.dryRun, await stored()]).toEqual([{ photos: 'ready', orders: 'ready' }, true, []])
    expect(dry.body.connections[0]).toMatchObject({ adopts: [{ object: 'Secret sc-photos-secret' }], changes: [], missing: [] })
    expect([planned, dry.body.policies]).toEqual([['photos', 'orders'], []])
    const wet = await importing('&dryRun=false')
    expect([states(wet), await stored()]).toEqual([{ photos: 'imported', orders: 'imported' }, ['orders', 'photos']])
    expect(given.woken.map(({ id }) => id).sort()).toEqual([linkerPath('orders'), linkerPath('photos')])
    const writes = given.table.writes()
    expect(states(await importing('&dryRun=false'))).toEqual({ photos: 'imported', orders: 'imported' })
    expect(given.table.writes()).toBe(writes)
    expect((await given.store.read({ kind: 'connection', key: keyOfLinker('orders'), id: '' }))?.row.self).toMatchObject({
      origin: 'http',
      provided: true,
      identity: { id: identity },
    })
  })

  it('takes over what the Key Vault add-on mounts and what an extension of the cluster reads as that, with policies for it', async () => {
    const group = account.split('/').slice(0, 5).join('/')
    const byAddon = {
      targetService: {
        type: 'AzureResource',
        id: `${group}/providers/Microsoft.KeyVault/vaults/keys`,
        resourceProperties: { type: 'KeyVault', connectAsKubernetesCsiDriver: true },
      },
      authInfo: { authType: 'userAssignedIdentity', clientId: null, subscriptionId: null },
    }
    const byExtension = {
      targetService: {
        type: 'AzureResource',
        id: `${group}/providers/Microsoft.AppConfiguration/configurationStores/settings`,
        resourceProperties: { type: 'AppConfig', connectWithKubernetesExtension: true },
      },
      authInfo: { authType: 'secret', name: null, secretInfo: null, authMode: null },
      configurationInfo: { customizedKeys: null, configurationStore: { appConfigurationId: null } },
    }
    linkers = [linker('mounted', byAddon), linker('settings', byExtension)]
    const first = await importing()
    expect(states(first)).toEqual({ mounted: 'notAllowed', settings: 'notAllowed' })
    await savePolicies()
    expect(states(await importing('&dryRun=false'))).toEqual({ mounted: 'imported', settings: 'imported' })
    const specOf = async (name: string) =>
      (await given.store.read({ kind: 'connection', key: keyOfLinker(name), id: '' }))?.row.self as ConnectionSpec
    expect(await specOf('mounted')).toMatchObject({ type: 'keyvault', auth: 'csi', identity: { id: expect.stringContaining('addons/') } })
    expect(await specOf('settings')).toMatchObject({ type: 'appconfig', auth: 'secret', kubernetesExtension: true })
  })

  it('leaves a connection alone that has the name for something else, and one that is being removed', async () => {
    await given.store.putPolicy({ name: 'all', allow: { ...everything, identities: ['*/*/*'] } })
    await call('PUT', `${linkerPath('photos')}?${version}`, linkerBody({ scope: 'web' }))
    await call('PUT', `${linkerPath('orders')}?${version}`, linkerBody({ scope: 'web' }))
    await call('DELETE', `${linkerPath('orders')}?${version}`)
    const writes = given.table.writes()
    const answer = await importing('&dryRun=false')
    expect(states(answer)).toEqual({ photos: 'nameTaken', orders: 'removing' })
    expect(answer.body.connections[0].error.message).toContain('in the namespace web')
    expect(given.table.writes()).toBe(writes)
  })

  it('is one import, however many ask for it at once', async () => {
    await savePolicies()
    const both = await Promise.all([importing('&dryRun=false'), importing('&dryRun=false')])
    for (const answer of both) expect(states(answer)).toEqual({ photos: 'imported', orders: 'imported' })
    expect(await stored()).toEqual(['orders', 'photos'])
  })

  it('does not import for a caller whom the policy does not name, and proposes nothing then', async () => {
    await given.store.putPolicy({ name: 'all', allow: { ...everything, identities: ['*/*/*'], callers: [clientId] } })
    const answer = await importing('&dryRun=false')
    expect([states(answer), answer.body.policies, await stored()]).toEqual([{ photos: 'notAllowed', orders: 'notAllowed' }, [], []])
  })

  it('proposes nothing for what no policy can allow', async () => {
    linkers = [linker('system', { scope: 'kube-system' })]
    expect((await importing()).body).toMatchObject({
      connections: [{ state: 'notAllowed', error: { code: 'SystemNamespace' } }],
      policies: [],
    })
  })

  it('tells of what it cannot do, and imports the others', async () => {
    await given.store.putPolicy({ name: 'all', allow: { ...everything, identities: ['*/*/*'] } })
    const database = `/subscriptions/${account.split('/')[2]}/resourceGroups/data/providers/Microsoft.Sql/servers/sql1/databases/shop`
    linkers = [
      linker('photos'),
      linker('going', { provisioningState: 'Deleting' }),
      linker('private', { vNetSolution: { type: 'privateLink' } }),
      linker('db', {
        targetService: { type: 'AzureResource', id: database },
        authInfo: { authType: 'secret', name: 'app', secretInfo: { secretType: 'rawValue' } },
      }),
    ]
    const answer = await importing('&dryRun=false')
    expect(states(answer)).toEqual({ photos: 'imported', going: 'notImportable', private: 'notImportable', db: 'notImportable' })
    expect(answer.body.connections[2].error.message).toContain('optOut')
    expect(answer.body.connections[3].error.details[0].target).toContain('authInfo')
  })

  it('says what to remove there and when: a connection once it works here, the extension last', async () => {
    await savePolicies()
    await importing('&dryRun=false&name=photos')
    expect(await stored()).toEqual(['photos'])
    const whenOf = async () => (await importing()).body.remove.map(({ name, when }: { name: string; when: string }) => `${name} ${when}`)
    expect(await whenOf()).toEqual(['photos later', 'orders later', 'sc-extension later'])
    const connection = { kind: 'connection', key: keyOfLinker('photos'), id: linkerPath('photos') } as const
    for (const step of steps.connection) {
      const recorded = { ...aRecord({ outcome: anOutcome({ kind: 'satisfied' }), generation: 1 }), tracked: [] }
      await given.store.record(connection, { step, tracked: [] }, recorded)
    }
    expect((await importing()).body.connections[0].provisioningState).toBe('Succeeded')
    expect(await whenOf()).toEqual(['photos now', 'orders later', 'sc-extension later'])
    linkers = []
    expect(await whenOf()).toEqual(['sc-extension now'])
    extension = undefined
    expect(await whenOf()).toEqual([])
  })

  it('keeps the extension while a connection here needs it', async () => {
    await given.store.putPolicy({ name: 'all', allow: { ...everything, transports: ['extension'], changeClusters: true } })
    linkers = [linker('photos')]
    expect(states(await importing('&dryRun=false&transport=extension'))).toEqual({ photos: 'imported' })
    expect((await importing()).body.remove.at(-1)).toMatchObject({ when: 'never', text: expect.stringContaining('photos') })
  })

  it.each([
    ['', 'cluster is missing'],
    [`?cluster=${encodeURIComponent(account)}`, 'AKS cluster'],
    [`?cluster=${encodeURIComponent(cluster)}&dryRun=no`, 'true or false'],
    [`?cluster=${encodeURIComponent(cluster)}&transport=post`, 'direct'],
  ])('refuses the query %j', async (query, text) => {
    const { status, body } = await call('POST', `/import${query}`)
    expect([status, body.error.message]).toEqual([400, expect.stringContaining(text)])
  })

  it('takes an answer of the wrong shape for none, and a cluster that is not there for that', async () => {
    linkers = [{ name: 'photos' }]
    expect((await importing()).body.error.code).toBe(notUnderstood('', '').fields.code)
    linkers = []
    expect((await importing('&name=photos')).status).toBe(404)
    expect((await call('POST', `/import?cluster=${encodeURIComponent(cluster.replace('/aks', '/gone'))}`)).status).toBe(404)
  })
})

import * as fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { azureEvent } from '../../src/functions/triggers/azure-events.event-grid.ts'
import { queuedEvents } from '../../src/functions/triggers/azure-events.queue.ts'
import { linkerId } from '../../src/model/connection.ts'
import { type Loop, loop } from '../../src/model/loop.ts'
import { roleAssignmentName } from '../../src/model/names.ts'
import { anOutcome, aRecord } from '../model/a-record.ts'
import {
  account,
  app,
  cluster,
  everything,
  fallAsleep,
  identity,
  keyOfLinker,
  linkerBody,
  linkerPath,
  request,
  subscription,
  type TestServices,
  testServices,
  version,
} from './test-services.ts'

const ownClientId = '0a0a0a0a-0000-4000-8000-000000000001'
let given: TestServices
beforeEach(async () => {
  given = testServices({ ownClientId })
  await given.store.putPolicy({ name: 'all', allow: everything })
})

type Happening = { readonly id: string; readonly operation: string; readonly what?: 'Write' | 'Delete' | 'Action'; readonly by?: string }
const data = ({ id, operation, by }: Happening) => ({
  resourceUri: id,
  operationName: operation,
  claims: { appid: by ?? 'somebody', name: 'Ann' },
  status: 'Succeeded',
})
const inEventGrid = (one: Happening) => ({
  id: '1',
  topic: `/subscriptions/${subscription}`,
  subject: one.id,
  eventType: `Microsoft.Resources.Resource${one.what ?? 'Write'}Success`,
  eventTime: '2026-11-22T08:00:00Z',
  data: data(one),
  dataVersion: '2',
  metadataVersion: '1',
})
const inCloudEvents = (one: Happening) => ({
  id: '1',
  source: `/subscriptions/${subscription}`,
  subject: one.id,
  type: `Microsoft.Resources.Resource${one.what ?? 'Write'}Success`,
  time: '2026-11-22T08:00:00Z',
  specversion: '1.0',
  data: data(one),
})
const happens = (one: Happening) => azureEvent(() => given.services, inEventGrid(one), given.context)
const woken = (): string[] => given.woken.map(({ kind, id }) => `${kind} ${id.split('/').at(-1)}`)
const known = async (...loops: Loop[]) => {
  for (const one of loops) await given.store.touch(one, 'wake', { make: true })
  await fallAsleep(given, ...loops)
}
const clusterLoop = loop('cluster', cluster)
const targetLoop = loop('target', account)
const identityLoop = loop('identity', identity)

/** A connection that joined cluster, target and identity. */
async function joined(name: string, properties: object = {}): Promise<void> {
  await app(() => given.services)(request('PUT', `${linkerPath(name)}?${version}`, { body: linkerBody(properties) }), given.context)
  const self = (await given.store.read({ kind: 'connection', key: keyOfLinker(name), id: '' }))?.row.self
  if (!self) throw new Error('not stored')
  const shared = [self.cluster, self.target, ...(self.identity ? [self.identity] : [])]
  for (const one of shared) await given.store.join(self, one)
  await fallAsleep(given, { kind: 'connection', key: self.key, id: '' }, ...shared)
  given.woken.length = 0
}

describe('an event of Azure', () => {
  it.each([
    ['in the schema of Event Grid', inEventGrid],
    ['as a CloudEvent', inCloudEvents],
  ])('%s makes an unknown cluster known and wakes it', async (_what, shape) => {
    await azureEvent(
      () => given.services,
      shape({ id: cluster, operation: 'Microsoft.ContainerService/managedClusters/write' }),
      given.context,
    )
    expect(woken()).toEqual(['cluster aks'])
    expect((await given.store.read(clusterLoop))?.row).toMatchObject({ resync: 0, dueAt: given.clock.now })
  })

  it('asks for a sweep of the cluster where a connection of Azure Service Connector was deleted, and wakes no loop', async () => {
    await known(clusterLoop)
    const id = `${cluster}/providers/Microsoft.ServiceLinker/linkers/orders`
    await happens({ id, operation: 'Microsoft.ServiceLinker/linkers/delete', what: 'Delete' })
    expect([...(await given.store.sweeps.requested()).keys()]).toEqual([clusterLoop.key])
    expect(woken()).toEqual([])
    const other = id.replace('/aks/', '/unknown/')
    await happens({ id: other, operation: 'Microsoft.ServiceLinker/linkers/delete', what: 'Delete' })
    expect((await given.store.sweeps.requested()).size).toBe(1)
  })

  it.each(['eventType', 'type'])('of a vault wakes the connections that follow the secret, and no others (%s)', async (key) => {
    const server = `/subscriptions/${subscription}/resourceGroups/data/providers/Microsoft.DBforPostgreSQL/flexibleServers/shopdb`
    await given.store.putPolicy({ name: 'all', allow: { ...everything, secrets: ['*/*'] } })
    const to = async (name: string, secret: string) => {
      const value = `https://shopkeys.vault.azure.net/secrets/${secret}`
      const secretInfo = { secretType: 'keyVaultSecretUri', value }
      await joined(name, {
        targetService: { type: 'AzureResource', id: `${server}/databases/orders` },
        authInfo: { authType: 'secret', name: 'ada', secretInfo },
      })
    }
    await to('follows', 'Orders-db')
    await to('pinned', 'orders-db/0123456789abcdef0123456789abcdef')
    await to('another', 'stock-db')
    const data = { VaultName: 'SHOPKEYS', ObjectType: 'Secret', ObjectName: 'orders-db', Version: '2' }
    const happened = { id: '1', subject: 'orders-db', [key]: 'Microsoft.KeyVault.SecretNewVersionCreated', data }
    await azureEvent(() => given.services, happened, given.context)
    expect(woken()).toEqual(['connection follows'])
    for (const other of [
      { ...happened, [key]: 'Microsoft.KeyVault.SecretNearExpiry' },
      { ...happened, data: { VaultName: 'shopkeys' } },
    ])
      await azureEvent(() => given.services, other, given.context)
    expect(woken()).toHaveLength(1)
  })

  it('about tags is one about what carries them', async () => {
    const id = `${cluster.replace('resourceGroups', 'resourcegroups')}/providers/Microsoft.Resources/tags/default`
    await happens({ id, operation: 'Microsoft.Resources/tags/write' })
    await happens({ id, operation: 'Microsoft.Resources/tags/delete', what: 'Delete' })
    expect(woken()).toEqual(['cluster aks'])
    expect((await given.store.read(clusterLoop))?.row.resync).toBe(1)
  })

  it('finds the loop that it is about by cutting the id', async () => {
    await known(clusterLoop, targetLoop, identityLoop)
    await happens({ id: `${cluster}/agentPools/np1`, operation: 'Microsoft.ContainerService/managedClusters/agentPools/write' })
    await happens({
      id: `${account}/blobServices/default/containers/c`,
      operation: 'Microsoft.Storage/storageAccounts/blobServices/containers/write',
    })
    await happens({
      id: `${identity.toUpperCase()}/federatedIdentityCredentials/f`,
      operation: 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/delete',
      what: 'Delete',
    })
    expect(given.woken.map(({ kind, key }) => `${kind} ${key}`)).toEqual(
      [clusterLoop, targetLoop, identityLoop].map(({ kind, key }) => `${kind} ${key}`),
    )
  })

  it('wakes nothing that is not known, and makes nothing but clusters', async () => {
    const writes = given.table.writes()
    await happens({ id: account, operation: 'Microsoft.Storage/storageAccounts/write' })
    await happens({ id: `${cluster}/agentPools/np1`, operation: 'Microsoft.ContainerService/managedClusters/agentPools/write' })
    await happens({ id: cluster, operation: 'Microsoft.ContainerService/managedClusters/delete', what: 'Delete' })
    await happens({
      id: `/subscriptions/${subscription}/resourceGroups/rg`,
      operation: 'Microsoft.Resources/subscriptions/resourceGroups/write',
    })
    expect(given.woken).toEqual([])
    expect(given.table.writes()).toBe(writes)
  })

  it.each(['start', 'stop'])('about a cluster that a person %ss wakes it', async (verb) => {
    await known(clusterLoop)
    await happens({ id: cluster, operation: `Microsoft.ContainerService/managedClusters/${verb}/action`, what: 'Action' })
    expect(woken()).toEqual(['cluster aks'])
  })

  it.each(['listClusterUserCredential', 'restart', 'abort'])('about the action %s wakes nothing', async (verb) => {
    await known(clusterLoop)
    await happens({ id: cluster, operation: `Microsoft.ContainerService/managedClusters/${verb}/action`, what: 'Action' })
    expect(woken()).toEqual([])
  })

  it('about a deleted group wakes every loop with an id in it, and none in a group whose name only begins so', async () => {
    const inData = (id: string): string => id.replace(/resourceGroups\/\w+/, 'resourceGroups/data')
    await known(loop('cluster', inData(cluster)), targetLoop, loop('identity', inData(identity)))
    await known(clusterLoop, loop('target', account.replace('/data/', '/data2/')))
    const id = `/subscriptions/${subscription}/resourceGroups/DATA`
    await happens({ id, operation: 'Microsoft.Resources/subscriptions/resourceGroups/delete', what: 'Delete' })
    expect(given.woken.map(({ kind }) => kind).sort()).toEqual(['cluster', 'identity', 'target'])
    expect((await given.store.read(targetLoop))?.row.resync).toBe(1)
  })

  it('about a move wakes what is in the group that something left, and what waits for it under its new id', async () => {
    const moved = loop('target', account.replace('/data/', '/elsewhere/'))
    await known(targetLoop, moved, loop('target', moved.id.replace(/[^/]+$/, 'another')))
    const id = `/subscriptions/${subscription}/resourceGroups/data`
    await happens({ id, operation: 'Microsoft.Resources/subscriptions/resourceGroups/moveResources/action', what: 'Action' })
    expect(given.woken.map(({ id }) => id).sort()).toEqual([account, moved.id].sort())
  })

  it('about a deleted resource wakes its loop', async () => {
    await known(clusterLoop)
    await happens({ id: cluster, operation: 'Microsoft.ContainerService/managedClusters/delete', what: 'Delete' })
    expect(woken()).toEqual(['cluster aks'])
  })

  it('about a target also wakes the connections that use its key', async () => {
    await joined('keyed', { authInfo: { authType: 'secret' } })
    await joined('keyless')
    await happens({ id: account, operation: 'Microsoft.Storage/storageAccounts/regenerateKey/action', what: 'Action' })
    expect(woken()).toEqual(['target stdata', 'connection keyed'])
    expect(given.woken[1]?.id).toBe(linkerId(cluster, 'keyed'))
  })

  it('about a role assignment wakes the target and the identities of its members', async () => {
    await joined('a')
    await joined('b', { authInfo: { authType: 'secret' } })
    const id = `${account}/providers/Microsoft.Authorization/roleAssignments/0b0b0b0b-0000-4000-8000-000000000001`
    await happens({ id, operation: 'Microsoft.Authorization/roleAssignments/delete', what: 'Delete' })
    expect(given.woken.map(({ kind }) => kind)).toEqual(['target', 'identity'])
  })

  it('about a role assignment that an identity of a member made wakes that identity only', async () => {
    await joined('a')
    const self = (await given.store.read({ kind: 'connection', key: keyOfLinker('a'), id: '' }))?.row.self
    if (!self?.identity) throw new Error('it has no identity')
    const name = roleAssignmentName(account, 'principal', 'role', self.identity.key)
    const id = `${account}/providers/Microsoft.Authorization/roleAssignments/${name}`
    await happens({ id, operation: 'Microsoft.Authorization/roleAssignments/delete', what: 'Delete' })
    expect(given.woken.map(({ kind }) => kind)).toEqual(['identity'])
  })

  it('about other actions wakes no loop, above all not the app’s own reading of keys', async () => {
    await known(targetLoop)
    await happens({ id: account, operation: 'Microsoft.Storage/storageAccounts/listKeys/action', what: 'Action' })
    expect(given.woken).toEqual([])
  })

  it('that came twice, late or out of order wakes once and is checked each time', async () => {
    await known(clusterLoop)
    const one = { id: cluster, operation: 'Microsoft.ContainerService/managedClusters/write' }
    await Promise.all([happens(one), happens(one), happens(one)])
    expect(woken()).toHaveLength(1)
    expect((await given.store.read(clusterLoop))?.row.resync).toBe(3)
  })

  it.each([
    undefined,
    null,
    7,
    'x',
    [],
    {},
    { eventType: 7 },
    { eventType: 'Microsoft.Resources.ResourceWriteSuccess' },
    { type: 'Microsoft.Resources.ResourceWriteSuccess', data: { resourceUri: '/x' } },
    { type: 'other', data: {} },
  ])('that cannot be understood is dropped: %j', async (raw) => {
    await azureEvent(() => given.services, raw, given.context)
    expect(given.woken).toEqual([])
  })

  it('of any shape never throws', async () => {
    await fc.assert(
      fc.asyncProperty(fc.anything(), fc.string({ unit: 'binary' }), async (some, uri) => {
        await azureEvent(() => given.services, some, given.context)
        await azureEvent(() => given.services, inEventGrid({ id: `${cluster}/${uri}`, operation: uri }), given.context)
      }),
    )
  })

  it('is thrown back where the store fails, to be delivered again', async () => {
    given.table.breakDown()
    await expect(happens({ id: cluster, operation: 'Microsoft.ContainerService/managedClusters/write' })).rejects.toThrow()
  })
})

describe('an echo of an own write', () => {
  const assignment = `${account}/providers/Microsoft.Authorization/roleAssignments/0b0b0b0b-0000-4000-8000-000000000001`
  const write = (by: string) => happens({ id: account, operation: 'Microsoft.Storage/storageAccounts/write', by })

  async function weWrote(id: string, minutesAgo: number): Promise<void> {
    await known(targetLoop)
    const at = given.clock.now - minutesAgo * 60_000
    const outcome = anOutcome({ kind: 'changed', changed: ['made x'] })
    const tracked = [{ object: { kind: 'rule', id, summary: 's' }, ownership: 'ours', since: at }] as const
    await given.store.record(targetLoop, { step: 'open-firewall', tracked: [] }, { ...aRecord({ outcome, since: at, ranAt: at }), tracked })
  }

  it('is dropped where the ledger of the last ten minutes knows it', async () => {
    await weWrote(`${account}/ipRules/1.2.3.4`, 1)
    await write(ownClientId.toUpperCase())
    expect(given.woken).toEqual([])
  })

  it('is none when another party did it', async () => {
    await weWrote(`${account}/ipRules/1.2.3.4`, 1)
    await write('0c0c0c0c-0000-4000-8000-000000000009')
    expect(woken()).toEqual(['target stdata'])
  })

  it('is none when the identity of the app did something that the ledger does not know, or long ago', async () => {
    await weWrote('/elsewhere', 1)
    await write(ownClientId)
    await weWrote(`${account}/ipRules/1.2.3.4`, 11)
    given.woken.length = 0
    const older = testServices({ ownClientId })
    given = older
    await weWrote(`${account}/ipRules/1.2.3.4`, 11)
    await write(ownClientId)
    expect(woken()).toEqual(['target stdata'])
  })

  it('is known for role assignments by the assignment', async () => {
    await weWrote(assignment, 1)
    await happens({ id: assignment, operation: 'Microsoft.Authorization/roleAssignments/write', by: ownClientId })
    expect(given.woken).toEqual([])
  })
})

describe('the queue of events', () => {
  const tagged = { id: `${cluster}/providers/Microsoft.Resources/tags/default`, operation: 'Microsoft.Resources/tags/write' }
  const woken = async (message: unknown): Promise<number> => {
    given = testServices({ ownClientId })
    await given.store.touch(loop('cluster', cluster), 'wake', { make: true })
    await fallAsleep(given, loop('cluster', cluster))
    given.woken.splice(0)
    await queuedEvents(() => given.services, message, given.context)
    return given.woken.length
  }

  it.each<[string, (event: object) => unknown]>([
    ['as the worker parses it', (event) => event],
    ['as text', (event) => JSON.stringify(event)],
    ['in Base64', (event) => Buffer.from(JSON.stringify(event)).toString('base64')],
    ['in a batch', (event) => [{ nonsense: true }, event, event]],
  ])('wakes what an event concerns, %s, in both schemas', async (_, form) => {
    for (const schema of [inEventGrid, inCloudEvents]) expect(await woken(form(schema(tagged)))).toBe(1)
  })

  it('drops what is no event, whatever it is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.jsonValue(), fc.constant(undefined)), async (message) => {
        expect(await woken(message)).toBe(0)
      }),
      { numRuns: 30 },
    )
  })

  it('stores and logs nothing of the claims', async () => {
    await woken(inEventGrid(tagged))
    const rows: unknown[] = []
    for await (const { loop: one } of given.store.shared()) rows.push(await given.store.read(one))
    expect(`${JSON.stringify(rows)}${given.logged.join()}`).not.toContain('Ann')
  })
})

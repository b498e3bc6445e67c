import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isAllowed, storageAccount } from '../../../../src/local/cloud/arm/storage-accounts.ts'
import { locate } from '../../../../src/local/cloud/locations.ts'
import { type ArmWorld, armWorld, storagePath, subscription } from './arm-world.ts'

const version = '?api-version=2026-09-01'
const blobReader = `/subscriptions/${subscription}/providers/Microsoft.Authorization/roleDefinitions/2a2b9908-6ea1-4ae2-8e65-a410df84e7d1`
const subnet = `/subscriptions/${subscription}/resourceGroups/shop/providers/Microsoft.Network/virtualNetworks/v/subnets/nodes`

describe('storage accounts', () => {
  let world: ArmWorld
  let app: ReturnType<ArmWorld['as']>
  beforeEach(async () => {
    world = await armWorld({
      storageAccounts: [
        { name: 'orders', group: 'shop', region: 'northeurope', network: 'rules' },
        { name: 'near', group: 'shop', region: 'westeurope', network: 'rules' },
        { name: 'wide', group: 'shop', region: 'northeurope' },
        { name: 'shut', group: 'shop', region: 'northeurope', network: 'closed', sharedKeys: false },
      ],
      locations: [{ name: 'office', ip: '203.0.113.9' }],
      clusters: [
        { name: 'c1', group: 'shop', region: 'westeurope', namespaces: ['orders'] },
        {
          name: 'own',
          group: 'shop',
          region: 'westeurope',
          properties: {
            agentPoolProfiles: [
              {
                name: 'system',
                vnetSubnetID: subnet,
              },
            ],
          },
        },
      ],
      resources: [
        {
          id: subnet,
          location: 'westeurope',
        },
      ],
    })
    app = world.as('app')
  })
  afterEach(() => world.close())

  const allow = (name: string, ...ips: string[]) =>
    app.send('PATCH', storagePath(name) + version, {
      properties: { networkAcls: { ipRules: ips.map((value) => ({ value, action: 'Allow' })) } },
    })
  const creationTime = (answer: { body: Record<string, unknown> }) => (answer.body['properties'] as { creationTime: string }).creationTime
  const error = (answer: { body: Record<string, unknown> }) => answer.body['error'] as { code: string; message: string }

  it('let in whom their rules name, but for callers in their own region', async () => {
    const { ip } = locate(world.cloud.world, 'aks-c1')
    const sees = (name: string, location: string): boolean => isAllowed(world.cloud.world, name, location)
    expect([sees('orders', 'aks-c1'), sees('wide', 'aks-c1'), sees('shut', 'aks-c1')]).toEqual([false, true, false])
    for (const name of ['orders', 'near', 'shut']) expect((await allow(name, ip)).status).toBe(200)
    expect([sees('orders', 'aks-c1'), sees('near', 'aks-c1'), sees('shut', 'aks-c1')]).toEqual([true, false, false])
    expect(sees('orders', 'office')).toBe(false)
    await allow('orders', '203.0.113.0/24')
    expect([sees('orders', 'office'), sees('orders', 'aks-c1')]).toEqual([true, false])
  })

  it('see a subnet with a service endpoint by its private address, whatever the IP rules say', async () => {
    const { cloud } = world
    const sees = (name: string): boolean => isAllowed(cloud.world, name, 'aks-own')
    const { ip } = locate(cloud.world, 'aks-own')
    await allow('orders', ip)
    expect([sees('orders'), sees('near')]).toEqual([true, false])
    const ada = world.as('ada')
    const letIn = (name: string) =>
      ada.send('PATCH', storagePath(name) + version, { properties: { networkAcls: { virtualNetworkRules: [{ id: subnet }] } } })
    expect(error(await letIn('near'))).toMatchObject({
      code: 'NetworkAclsValidationFailure',
      message: expect.stringContaining('SubnetsHaveNoServiceEndpointsConfigured'),
    })
    await ada.send('PUT', `${subnet}?api-version=2026-01-01`, { properties: { serviceEndpoints: [{ service: 'Microsoft.Storage' }] } })
    expect([sees('orders'), sees('near')]).toEqual([false, false])
    for (const name of ['orders', 'near']) expect((await letIn(name)).status).toBe(200)
    expect([sees('orders'), sees('near')]).toEqual([true, true])
  })

  it('are changed only by those who may join the subnets that their rules name', async () => {
    const ids = [{ id: '/subscriptions/x/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/s' }]
    const refused = await app.send('PATCH', storagePath('near') + version, { properties: { networkAcls: { virtualNetworkRules: ids } } })
    expect(error(refused)).toMatchObject({
      code: 'LinkedAuthorizationFailed',
      message: expect.stringContaining('joinViaServiceEndpoint/action'),
    })
  })

  it('are read and changed through the SDK, rules replaced as a whole', async () => {
    await app.storage.update('shop', 'orders', {
      networkRuleSet: { defaultAction: 'Deny', ipRules: [{ iPAddressOrRange: '203.0.113.1', action: 'Allow' }] },
    })
    await app.storage.update('shop', 'orders', {
      networkRuleSet: { defaultAction: 'Deny', ipRules: [{ iPAddressOrRange: '203.0.113.2', action: 'Allow' }] },
    })
    const read = await app.storage.getProperties('shop', 'ORDERS')
    expect(read.networkRuleSet?.ipRules?.map((rule) => rule.iPAddressOrRange)).toEqual(['203.0.113.2'])
    expect(read.networkRuleSet?.bypass).toBe('AzureServices')
    expect(read.primaryEndpoints?.blob).toBe('https://orders.blob.core.windows.net/')
  })

  it('refuse private addresses and ranges that are too small', async () => {
    for (const value of ['10.0.0.1', '192.168.1.0/24', '203.0.113.0/31', '203.0.113.1/32', 'everybody']) {
      const refused = await allow('orders', value)
      expect([value, refused.status, error(refused).code]).toEqual([value, 400, 'InvalidValuesForRequestParameters'])
    }
  })

  it('refuse two writes at once', async () => {
    const answers = await Promise.all([allow('orders', '203.0.113.1'), allow('orders', '203.0.113.2')])
    const refused = answers.find(({ status }) => status === 409)
    expect(refused && error(refused).code).toBe('StorageAccountOperationInProgress')
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409])
  })

  it('list keys also where they are switched off, and renew them one by one', async () => {
    const { keys: [one, two] = [] } = await app.storage.listKeys('shop', 'shut')
    expect(storageAccount(world.cloud.world, 'shut')).toMatchObject({ allowSharedKeyAccess: false, region: 'northeurope' })
    const renewed = await world.as('ada').storage.regenerateKey('shop', 'shut', { keyName: 'key1' })
    expect(renewed.keys?.[0]?.value).not.toBe(one?.value)
    expect(renewed.keys?.[1]?.value).toBe(two?.value)
    expect(storageAccount(world.cloud.world, 'shut')?.keys[0]?.value).toBe(renewed.keys?.[0]?.value)
  })

  it('are made by PUT, open to every network, and under a name that no other account has', async () => {
    const owner = world.as('ada')
    const made = await owner.send('PUT', storagePath('fresh') + version, {
      location: 'West Europe',
      sku: { name: 'Standard_ZRS' },
      kind: 'StorageV2',
    })
    expect(made.body).toMatchObject({
      location: 'westeurope',
      properties: { networkAcls: { defaultAction: 'Allow' }, allowSharedKeyAccess: true },
    })
    const taken = await owner.send('PUT', storagePath('fresh', 'connector') + version, { location: 'westeurope' })
    expect([taken.status, error(taken).code]).toEqual([409, 'StorageAccountAlreadyTaken'])
  })

  it('are others when they are made again under their id: keys, creation time, rules and role assignments', async () => {
    const owner = world.as('ada')
    const assignment = `${storagePath('orders')}/providers/Microsoft.Authorization/roleAssignments/00000000-0000-4000-8000-000000000009?api-version=2022-04-01`
    const properties = { principalId: world.cloud.app.principalId, roleDefinitionId: blobReader, principalType: 'ServicePrincipal' }
    expect((await owner.send('PUT', assignment, { properties })).status).toBe(201)
    await allow('orders', '203.0.113.1')
    const [before] = storageAccount(world.cloud.world, 'orders')?.keys ?? []
    const read = await owner.send('GET', storagePath('orders') + version)
    await owner.send('DELETE', storagePath('orders') + version)
    await world.clock.pass(1_000)
    const again = await owner.send('PUT', storagePath('orders') + version, {
      location: 'northeurope',
      properties: { networkAcls: { defaultAction: 'Deny' } },
    })
    expect(again.body['id']).toBe(read.body['id'])
    expect(again.body['properties']).toMatchObject({ networkAcls: { ipRules: [], defaultAction: 'Deny' } })
    expect(creationTime(again)).not.toBe(creationTime(read))
    expect(storageAccount(world.cloud.world, 'orders')?.keys[0]?.value).not.toBe(before?.value)
    expect((await owner.send('GET', assignment)).status).toBe(404)
  })

  it('have a blob service and miss what is not there', async () => {
    expect((await app.send('GET', `${storagePath('wide')}/blobServices/default${version}`)).body['name']).toBe('default')
    const missing = await app.send('GET', storagePath('absent') + version)
    expect(error(missing).message).toMatch(
      /^The Resource 'Microsoft.Storage\/storageAccounts\/absent' under resource group 'shop' was not found\./,
    )
  })
})

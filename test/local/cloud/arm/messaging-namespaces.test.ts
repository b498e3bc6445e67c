import { EventHubManagementClient } from '@azure/arm-eventhub'
import { ServiceBusManagementClient } from '@azure/arm-servicebus'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { letsIn } from '../../../../src/local/cloud/arm/messaging-rule-set.ts'
import { watchArm } from '../../../oracles/arm-oracle.ts'
import { type ArmWorld, armWorld, groupPath, subscription } from './arm-world.ts'

const version = '?api-version=2024-01-01'
const rule = 'authorizationRules/RootManageSharedAccessKey'
type Keys = { readonly primaryConnectionString: string; readonly secondaryKey: string; readonly primaryKey: string }

describe.each(['Microsoft.ServiceBus', 'Microsoft.EventHub'])('namespaces of %s', (provider) => {
  const path = (name: string): string => `${groupPath('shop')}/providers/${provider}/namespaces/${name}`
  let world: ArmWorld
  let misfits: ReadonlySet<string>
  beforeEach(async () => {
    world = await armWorld({
      groups: [{ name: 'shop', region: 'westeurope' }],
      resources: [
        { id: path('messages'), location: 'northeurope', network: 'rules', allow: ['203.0.113.5'] },
        { id: path('wide-open'), location: 'northeurope', network: 'rules' },
        { id: path('shut-down'), location: 'northeurope', network: 'closed', localAuth: false },
      ],
    })
    misfits = watchArm(world.cloud)
  })
  afterEach(async () => {
    await world.close()
    expect([...misfits]).toEqual([])
  })
  const ask = (method: string, at: string, body?: object) => world.as('ada').send(method, at + version, body)
  const properties = ({ body }: { readonly body: object }) => (body as { readonly properties: Record<string, unknown> }).properties
  const keysOf = async (name: string): Promise<Keys> => (await ask('POST', `${path(name)}/${rule}/listKeys`)).body as unknown as Keys

  it('answer a display name as their location', async () => {
    const { body } = await ask('GET', path('messages'))
    expect(body).toMatchObject({ type: `${provider}/Namespaces`, location: 'North Europe', properties: { status: 'Active' } })
  })

  it('have no operation while they are made, and no children until they are active', async () => {
    const made = await ask('PUT', path('fresh-one'), { location: 'westus2', sku: { name: 'Standard' } })
    expect([made.status, made.headers.get('azure-asyncoperation'), made.headers.get('location')]).toEqual([200, null, null])
    expect(properties(made)).toMatchObject({ provisioningState: 'Created', status: 'Activating' })
    expect((await ask('GET', `${path('fresh-one')}/networkRuleSets/default`)).body).toMatchObject({
      error: { code: 'NotFound', message: expect.stringContaining('is not active, its current state is Created') },
    })
    expect((await ask('PATCH', path('fresh-one'), { properties: { disableLocalAuth: true } })).status).toBe(409)
    await world.clock.pass(46_000)
    expect(properties(await ask('GET', path('fresh-one')))).toMatchObject({ provisioningState: 'Succeeded', status: 'Active' })
  })

  it('say `Removing` while they go, and 404 in the provider’s own words when they are gone', async () => {
    const { status, headers } = await ask('DELETE', path('messages'))
    expect([status, headers.get('location')]).toEqual([202, expect.stringContaining('/operationresults/messages')])
    expect(properties(await ask('GET', path('messages')))).toMatchObject({ provisioningState: 'Succeeded', status: 'Removing' })
    await world.clock.pass(21_000)
    const gone = await ask('GET', path('messages'))
    expect([gone.status, gone.body]).toMatchObject([
      404,
      { error: { code: 'NotFound', message: expect.stringMatching(/^Namespace does not/) } },
    ])
  })

  it('have the two keys of a rule, of which one is made again', async () => {
    const before = await keysOf('messages')
    expect(before.primaryConnectionString).toBe(
      `Endpoint=sb://messages.servicebus.windows.net/;SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=${before.primaryKey}`,
    )
    await ask('POST', `${path('messages')}/${rule}/regenerateKeys`, { keyType: 'PrimaryKey' })
    const after = await keysOf('messages')
    expect([after.primaryKey === before.primaryKey, after.secondaryKey]).toEqual([false, before.secondaryKey])
    expect((await ask('POST', `${path('messages')}/authorizationRules/other/listKeys`)).status).toBe(404)
  })

  it('replace their whole rule set, and let everyone in without a rule', async () => {
    const seen = (name: string) => ['203.0.113.5', '198.51.100.9'].map((ip) => letsIn(world.cloud.world, path(name), ip))
    expect([seen('messages'), seen('wide-open'), seen('shut-down')]).toEqual([
      [true, false],
      [true, true],
      [false, false],
    ])
    const at = `${path('messages')}/networkRuleSets/default`
    await ask('PUT', at, { properties: { defaultAction: 'Deny', ipRules: [{ ipMask: '198.51.100.9' }] } })
    expect(seen('messages')).toEqual([false, true])
    const many = Array.from({ length: 129 }, (_, index) => ({ ipMask: `20.0.0.${index}` }))
    expect((await ask('PUT', at, { properties: { defaultAction: 'Deny', ipRules: many } })).status).toBe(400)
    await ask('PUT', at, { properties: { publicNetworkAccess: 'Disabled' } })
    expect(properties(await ask('GET', path('messages')))).toMatchObject({ publicNetworkAccess: 'Disabled' })
  })
})

it('is driven by the official clients', async () => {
  const world = await armWorld({ groups: [{ name: 'shop', region: 'westeurope' }] })
  const { credential } = world.as('ada')
  const settings = { agent: world.agent, retryOptions: { maxRetries: 0 }, apiVersion: '2024-01-01' }
  const clients = [
    new ServiceBusManagementClient(credential, subscription, settings),
    new EventHubManagementClient(credential, subscription, settings),
  ]
  for (const { namespaces } of clients) {
    const poller = await namespaces.beginCreateOrUpdate(
      'shop',
      'byclient',
      { location: 'westus2', sku: { name: 'Standard' } },
      { updateIntervalInMs: 10 },
    )
    await world.clock.pass(46_000)
    expect(await poller.pollUntilDone()).toMatchObject({ serviceBusEndpoint: 'https://byclient.servicebus.windows.net:443/' })
    const { primaryConnectionString } = await namespaces.listKeys('shop', 'byclient', 'RootManageSharedAccessKey')
    expect(primaryConnectionString).toMatch(/^Endpoint=sb:\/\/byclient\./)
    const renewed = await namespaces.regenerateKeys('shop', 'byclient', 'RootManageSharedAccessKey', { keyType: 'PrimaryKey' })
    expect(renewed.primaryConnectionString).not.toBe(primaryConnectionString)
    const set = await namespaces.createOrUpdateNetworkRuleSet('shop', 'byclient', {
      defaultAction: 'Deny',
      ipRules: [{ ipMask: '20.1.2.3', action: 'Allow' }],
    })
    expect(set.ipRules).toMatchObject([{ ipMask: '20.1.2.3' }])
    const going = await namespaces.beginDelete('shop', 'byclient', { updateIntervalInMs: 10 })
    await world.clock.pass(21_000)
    await going.pollUntilDone()
    await expect(namespaces.get('shop', 'byclient')).rejects.toMatchObject({ statusCode: 404 })
  }
  await world.close()
})

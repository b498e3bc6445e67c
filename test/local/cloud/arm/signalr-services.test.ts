import { SignalRManagementClient } from '@azure/arm-signalr'
import { WebPubSubManagementClient } from '@azure/arm-webpubsub'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { letsIn } from '../../../../src/local/cloud/arm/signalr-services.ts'
import { watchArm } from '../../../oracles/arm-oracle.ts'
import { type ArmWorld, armWorld, groupPath, subscription } from './arm-world.ts'

const version = '?api-version=2024-03-01'
type Keys = { readonly primaryConnectionString: string; readonly primaryKey: string; readonly secondaryKey: string }

describe.each([
  ['SignalR', 'service.signalr.net', 'ServerConnection'],
  ['WebPubSub', 'webpubsub.azure.com', 'RESTAPI'],
])('%s', (type, domain, request) => {
  const path = (name: string): string => `${groupPath('shop')}/providers/Microsoft.SignalRService/${type}/${name}`
  let world: ArmWorld
  let misfits: ReadonlySet<string>
  beforeEach(async () => {
    world = await armWorld({
      groups: [{ name: 'shop', region: 'westeurope' }],
      resources: [
        { id: path('chat'), location: 'northeurope', network: 'rules', allow: ['203.0.113.5'] },
        { id: path('wide'), location: 'northeurope' },
        { id: path('shut'), location: 'northeurope', network: 'closed', localAuth: false },
      ],
    })
    misfits = watchArm(world.cloud)
  })
  afterEach(async () => {
    await world.close()
    expect([...misfits]).toEqual([])
  })
  const ask = (method: string, at: string, body?: object) => world.as('ada').send(method, at + version, body)
  const follow = (address: string | null) => world.as('ada').send('GET', address ?? '')
  const properties = ({ body }: { readonly body: object }) => (body as { readonly properties: Record<string, unknown> }).properties
  const keysOf = async (name: string): Promise<Keys> => (await ask('POST', `${path(name)}/listKeys`)).body as unknown as Keys

  it('is made by an operation that lies below it, and answers nothing at first', async () => {
    const made = await ask('PUT', path('fresh'), { location: 'northeurope', sku: { name: 'Standard_S1' } })
    const poll = made.headers.get('azure-asyncoperation')
    expect([made.status, made.body, new URL(poll ?? '').pathname]).toEqual([
      202,
      { text: '' },
      expect.stringContaining(`${path('fresh')}/operationStatuses/`),
    ])
    expect((await follow(poll)).body).toMatchObject({ status: 'Running' })
    expect((await follow(made.headers.get('location'))).status).toBe(202)
    expect(properties(await ask('GET', path('fresh')))).toMatchObject({ provisioningState: 'Creating', externalIP: null })
    await world.clock.pass(66_000)
    expect((await follow(poll)).body).toMatchObject({ status: 'Succeeded' })
    expect(properties(await ask('GET', path('fresh')))).toMatchObject({ provisioningState: 'Succeeded', hostName: `fresh.${domain}` })
  })

  it('refuses a write while another one goes on', async () => {
    expect((await ask('PATCH', path('chat'), { properties: { disableLocalAuth: true } })).status).toBe(202)
    expect((await ask('PATCH', path('chat'), { tags: {} })).status).toBe(409)
    expect(properties(await ask('GET', path('chat')))).toMatchObject({ provisioningState: 'Updating', disableLocalAuth: true })
    await world.clock.pass(66_000)
    expect(properties(await ask('GET', path('chat')))).toMatchObject({ provisioningState: 'Succeeded' })
  })

  it('has the new key in the answer to its request, which goes on all the same', async () => {
    const before = await keysOf('chat')
    expect(before.primaryConnectionString).toBe(`Endpoint=https://chat.${domain};AccessKey=${before.primaryKey};Version=1.0;`)
    const { status, headers, body } = await ask('POST', `${path('chat')}/regenerateKey`, { keyType: 'Primary' })
    const after = await keysOf('chat')
    expect([status, body, after.primaryKey === before.primaryKey, after.secondaryKey]).toEqual([202, after, false, before.secondaryKey])
    expect((await follow(headers.get('azure-asyncoperation'))).body).toMatchObject({ status: 'Running' })
    await world.clock.pass(66_000)
    expect((await follow(headers.get('azure-asyncoperation'))).body).toMatchObject({ status: 'Succeeded' })
  })

  it('tries its IP rules in their order, before the default action', async () => {
    const sees = (name: string, ip: string) => letsIn(world.cloud.world, path(name), ip, request)
    expect([sees('chat', '203.0.113.5'), sees('chat', '198.51.100.9'), sees('wide', '198.51.100.9'), sees('shut', '203.0.113.5')]).toEqual([
      true,
      false,
      true,
      false,
    ])
    const put = async (ipRules: readonly object[], defaultAction: string) => {
      const answer = await ask('PATCH', path('chat'), { properties: { networkACLs: { defaultAction, ipRules } } })
      await world.clock.pass(66_000)
      return answer.status
    }
    await put(
      [
        { value: '198.51.100.0/24', action: 'Deny' },
        { value: '198.51.100.9', action: 'Allow' },
      ],
      'Allow',
    )
    expect([sees('chat', '198.51.100.9'), sees('chat', '192.0.2.1')]).toEqual([false, true])
    const many = Array.from({ length: 31 }, (_, index) => ({ value: `20.0.0.${index}`, action: 'Allow' }))
    expect(await put(many, 'Deny')).toBe(400)
  })

  it('goes by an operation, too', async () => {
    expect((await ask('DELETE', path('wide'))).status).toBe(202)
    await world.clock.pass(66_000)
    expect((await ask('GET', path('wide'))).body).toMatchObject({ error: { code: 'ResourceNotFound' } })
  })
})

it('is driven by the official clients', async () => {
  const world = await armWorld({ groups: [{ name: 'shop', region: 'westeurope' }] })
  const { credential } = world.as('ada')
  const settings = { agent: world.agent, retryOptions: { maxRetries: 0 }, apiVersion: '2024-03-01' }
  const clients = [
    new SignalRManagementClient(credential, subscription, settings).signalR,
    new WebPubSubManagementClient(credential, subscription, settings).webPubSub,
  ]
  for (const client of clients) {
    const poller = await client.beginCreateOrUpdate(
      'shop',
      'byclient',
      { location: 'northeurope', sku: { name: 'Standard_S1' } } as never,
      { updateIntervalInMs: 10 },
    )
    await world.clock.pass(66_000)
    expect(await poller.pollUntilDone()).toMatchObject({ provisioningState: 'Succeeded', hostName: expect.stringMatching(/^byclient\./) })
    const { primaryConnectionString } = await client.listKeys('shop', 'byclient')
    expect(primaryConnectionString).toMatch(/^Endpoint=https:\/\/byclient\..*;Version=1\.0;$/)
  }
  await world.close()
})

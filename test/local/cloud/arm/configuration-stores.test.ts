import { AppConfigurationManagementClient } from '@azure/arm-appconfiguration'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { watchArm } from '../../../oracles/arm-oracle.ts'
import { type ArmWorld, armWorld, groupPath, subscription } from './arm-world.ts'

const path = (name: string): string => `${groupPath('shop')}/providers/Microsoft.AppConfiguration/configurationStores/${name}`
const version = '?api-version=2024-06-01'

let world: ArmWorld
let misfits: ReadonlySet<string>
beforeEach(async () => {
  world = await armWorld({
    groups: [{ name: 'shop', region: 'westeurope' }],
    resources: [
      { id: path('settings'), location: 'westeurope' },
      { id: path('keyless'), location: 'westeurope', network: 'closed', localAuth: false },
    ],
  })
  misfits = watchArm(world.cloud)
})
afterEach(async () => {
  await world.close()
  expect([...misfits]).toEqual([])
})
const ask = (method: string, at: string, body?: object) => world.as('ada').send(method, at + version, body)
const propertiesOf = ({ body }: { readonly body: object }) => (body as { readonly properties: Record<string, unknown> }).properties
type Keys = { readonly value: readonly { readonly id: string; readonly name: string; readonly connectionString: string }[] }
const keysOf = async (name: string): Promise<Keys['value']> => ((await ask('POST', `${path(name)}/listKeys`)).body as unknown as Keys).value

it('is what a fleet says of it', async () => {
  expect(propertiesOf(await ask('GET', path('settings')))).toMatchObject({
    endpoint: 'https://settings.azconfig.io',
    disableLocalAuth: false,
  })
  expect(propertiesOf(await ask('GET', path('keyless')))).toMatchObject({ publicNetworkAccess: 'Disabled', disableLocalAuth: true })
})

it('has hardly a body while it is made', async () => {
  const made = await ask('PUT', path('fresh'), { location: 'westeurope', sku: { name: 'Standard' }, properties: { createMode: 'Default' } })
  expect([made.status, made.headers.get('retry-after'), propertiesOf(made)['endpoint']]).toEqual([201, '10', null])
  const poll = made.headers.get('azure-asyncoperation') ?? ''
  expect(new URL(poll).pathname.split('/').at(-1)).toMatch(/^[\w-]{43}$/)
  expect((await world.as('ada').send('GET', poll)).body).toMatchObject({ status: 'Creating', error: null })
  expect((await ask('PATCH', path('fresh'), { tags: {} })).status).toBe(409)
  await world.clock.pass(11_000)
  expect((await world.as('ada').send('GET', poll)).body).toMatchObject({ status: 'Succeeded' })
  expect(propertiesOf(await ask('GET', path('fresh')))).toMatchObject({
    provisioningState: 'Succeeded',
    endpoint: 'https://fresh.azconfig.io',
  })
})

it('has four keys, and a renewed one has another id', async () => {
  const before = await keysOf('settings')
  expect(before.map(({ name }) => name)).toEqual(['Primary', 'Secondary', 'Primary Read Only', 'Secondary Read Only'])
  const { status, body } = await ask('POST', `${path('settings')}/regenerateKey`, { id: before[0]?.id })
  const after = await keysOf('settings')
  expect([status, body]).toEqual([200, after[0]])
  expect(after[0]?.id).not.toBe(before[0]?.id)
  expect(after.slice(1)).toEqual(before.slice(1))
  expect((await ask('POST', `${path('settings')}/regenerateKey`, { id: before[0]?.id })).status).toBe(400)
})

it('loses its keys when it stops taking them, and gets others later', async () => {
  const before = await keysOf('settings')
  await ask('PATCH', path('settings'), { properties: { disableLocalAuth: true } })
  expect(await keysOf('settings')).toEqual([])
  await ask('PATCH', path('settings'), { properties: { disableLocalAuth: false } })
  const after = await keysOf('settings')
  expect(after).toHaveLength(4)
  expect(after).not.toEqual(before)
})

it('is another when it is made again', async () => {
  const before = await keysOf('settings')
  const gone = [await ask('DELETE', path('settings')), await ask('DELETE', path('settings')), await ask('GET', path('settings'))]
  expect(gone.map(({ status }) => status)).toEqual([200, 204, 404])
  await ask('PUT', path('settings'), { location: 'westeurope', sku: { name: 'standard' } })
  await world.clock.pass(11_000)
  expect(await keysOf('settings')).not.toEqual(before)
})

it('is driven by the official client', async () => {
  const { credential } = world.as('ada')
  const settings = { agent: world.agent, retryOptions: { maxRetries: 0 }, apiVersion: '2024-06-01' }
  const { configurationStores } = new AppConfigurationManagementClient(credential, subscription, settings)
  const poller = await configurationStores.beginCreate(
    'shop',
    'byclient',
    { location: 'westeurope', sku: { name: 'standard' } },
    { updateIntervalInMs: 10 },
  )
  await world.clock.pass(11_000)
  const made = await poller.pollUntilDone()
  expect(made).toMatchObject({ endpoint: 'https://byclient.azconfig.io', provisioningState: 'Succeeded' })
  const names: (string | undefined)[] = []
  for await (const key of configurationStores.listKeys('shop', 'byclient')) names.push(key.name)
  expect(names).toContain('Primary')
  await configurationStores.beginDeleteAndWait('shop', 'byclient')
  await expect(configurationStores.get('shop', 'byclient')).rejects.toMatchObject({ code: 'ResourceNotFound' })
})

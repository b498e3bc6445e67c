import { CognitiveServicesManagementClient } from '@azure/arm-cognitiveservices'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { letsIn } from '../../../../src/local/cloud/arm/cognitive-accounts.ts'
import { watchArm } from '../../../oracles/arm-oracle.ts'
import { type ArmWorld, armWorld, groupPath, subscription } from './arm-world.ts'

const path = (name: string): string => `${groupPath('shop')}/providers/Microsoft.CognitiveServices/accounts/${name}`
const version = '?api-version=2025-06-01'
type Keys = { readonly key1: string; readonly key2: string }

let world: ArmWorld
let misfits: ReadonlySet<string>
beforeEach(async () => {
  world = await armWorld({
    groups: [{ name: 'shop', region: 'westeurope' }],
    resources: [
      { id: path('mind'), location: 'northeurope', kind: 'AIServices', network: 'rules', allow: ['203.0.113.5'] },
      { id: path('words'), location: 'northeurope', kind: 'OpenAI' },
      { id: path('several'), location: 'northeurope', localAuth: false },
    ],
  })
  misfits = watchArm(world.cloud)
})
afterEach(async () => {
  await world.close()
  expect([...misfits]).toEqual([])
})
const ask = (method: string, at: string, body?: object) => world.as('ada').send(method, at + version, body)
const propertiesOf = ({ body }: { readonly body: object }) => (body as { readonly properties: Record<string, never> }).properties
const keysOf = async (name: string): Promise<Keys> => (await ask('POST', `${path(name)}/listKeys`)).body as unknown as Keys

it('has the hosts of its kind', async () => {
  const [mind, words, several] = await Promise.all(
    ['mind', 'words', 'several'].map(async (name) => propertiesOf(await ask('GET', path(name)))),
  )
  expect(mind?.['endpoints']).toMatchObject({
    'OpenAI Language Model Instance API': 'https://mind.openai.azure.com/',
    'Speech Services Speech to Text (Standard)': 'https://mind.cognitiveservices.azure.com/',
  })
  expect([words?.['endpoint'], several?.['endpoint']]).toEqual([
    'https://words.openai.azure.com/',
    'https://several.cognitiveservices.azure.com/',
  ])
})

it('refuses every change until it is made', async () => {
  const made = await ask('PUT', path('fresh'), { location: 'northeurope', kind: 'OpenAI', sku: { name: 'S0' }, properties: {} })
  const poll = made.headers.get('azure-asyncoperation') ?? ''
  expect([made.status, poll]).toEqual([201, expect.stringMatching(/\/operationResults\/[0-9a-f-]+\?api-version=2017-04-18$/)])
  expect((await ask('PATCH', path('fresh'), { tags: {} })).body).toMatchObject({ error: { code: 'RequestConflict' } })
  await world.clock.pass(3_000)
  expect((await world.as('ada').send('GET', poll)).body).toMatchObject({ status: 'Succeeded' })
  expect((await ask('PATCH', path('fresh'), { tags: {} })).status).toBe(200)
})

it('makes the key again that a request names', async () => {
  const before = await keysOf('mind')
  expect(before.key1).toMatch(/^[0-9a-f]{32}$/)
  const { status, body } = await ask('POST', `${path('mind')}/regenerateKey`, { keyName: 'Key1' })
  expect([status, body, await keysOf('mind')]).toMatchObject([200, { key2: before.key2 }, body])
  expect((body as unknown as Keys).key1).not.toBe(before.key1)
})

it('lists no keys when it takes none', async () => {
  expect((await ask('POST', `${path('several')}/listKeys`)).body).toMatchObject({ error: { code: 'BadRequest' } })
})

it('lets in whom its rules name', async () => {
  const sees = (name: string, ip: string) => letsIn(world.cloud.world, path(name), ip)
  expect([sees('mind', '203.0.113.5'), sees('mind', '198.51.100.9'), sees('words', '198.51.100.9')]).toEqual([true, false, true])
  await ask('PATCH', path('mind'), { properties: { networkAcls: { ipRules: [{ value: '198.51.100.0/24' }] } } })
  expect([sees('mind', '203.0.113.5'), sees('mind', '198.51.100.9')]).toEqual([false, true])
  const many = Array.from({ length: 101 }, (_, index) => ({ value: `20.0.0.${index}` }))
  expect((await ask('PATCH', path('mind'), { properties: { networkAcls: { ipRules: many } } })).status).toBe(400)
})

it('is driven by the official client', async () => {
  const settings = { agent: world.agent, retryOptions: { maxRetries: 0 }, apiVersion: '2025-06-01' }
  const { accounts } = new CognitiveServicesManagementClient(world.as('ada').credential, subscription, settings)
  const account = { location: 'northeurope', kind: 'OpenAI', sku: { name: 'S0' }, properties: {} }
  const poller = await accounts.beginCreate('shop', 'byclient', account, { updateIntervalInMs: 10 })
  await world.clock.pass(3_000)
  expect((await poller.pollUntilDone()).properties?.endpoint).toBe('https://byclient.openai.azure.com/')
  expect((await accounts.listKeys('shop', 'byclient')).key1).toMatch(/^[0-9a-f]{32}$/)
  await accounts.beginDeleteAndWait('shop', 'byclient')
  await expect(accounts.get('shop', 'byclient')).rejects.toMatchObject({ code: 'ResourceNotFound' })
})

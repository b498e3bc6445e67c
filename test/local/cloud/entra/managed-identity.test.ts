import { DefaultAzureCredential, ManagedIdentityCredential } from '@azure/identity'
import { afterAll, expect, it } from 'vitest'
import { type Clock, VirtualClock } from '../../../../src/local/clock.ts'
import { principals } from '../../../../src/local/cloud/entra/directory.ts'
import { createEntra } from '../../../../src/local/cloud/entra/entra.ts'
import { type ManagedIdentityEndpoint, startManagedIdentityEndpoint } from '../../../../src/local/cloud/entra/managed-identity.ts'
import { createWorld } from '../../../../src/local/cloud/world.ts'
import { setEnvironment } from '../../../../src/local/environment.ts'

const clock = new VirtualClock()
const world = createWorld(clock)
const entra = await createEntra(world, { dispatch: async () => ({ status: 404 }) })
const self = { oid: 'oid-1', appId: '33333333-3333-4333-8333-333333333333', kind: 'managed-identity', name: 'connector' } as const
principals(world).set('oid-1', { ...self, createdAt: 0, visibleAt: 0 })
const start = (): Promise<ManagedIdentityEndpoint> => startManagedIdentityEndpoint({ world, entra, clock, principal: self })
let endpoint = await start()
const uninstall = clock.install()
const putBack = setEnvironment(endpoint.environment())
afterAll(async () => {
  await endpoint.close()
  uninstall()
  putBack()
})

const arm = 'https://management.azure.com/.default'

it('serves ManagedIdentityCredential, with and without the client id', async () => {
  for (const credential of [new ManagedIdentityCredential(), new ManagedIdentityCredential({ clientId: self.appId })]) {
    const { token, expiresOnTimestamp } = await credential.getToken(arm)
    expect(await entra.verify(`Bearer ${token}`, ['https://management.azure.com'])).toMatchObject({ oid: 'oid-1', appid: self.appId })
    expect(expiresOnTimestamp).toBe(clock.now() + 86_400_000)
  }
})

it('serves DefaultAzureCredential', async () => {
  const { token } = await new DefaultAzureCredential().getToken('https://storage.azure.com/.default')
  expect(await entra.verify(`Bearer ${token}`, ['https://storage.azure.com'])).toMatchObject({ oid: 'oid-1' })
})

it('keeps address and header when it starts again, for the SDK asks at the first ones as long as the process lives', async () => {
  const before = endpoint.environment()
  await endpoint.close()
  endpoint = await start()
  expect(endpoint.environment()).toEqual(before)
  const { token } = await new ManagedIdentityCredential().getToken('https://vault.azure.net/.default')
  expect(await entra.verify(`Bearer ${token}`, ['https://vault.azure.net'])).toMatchObject({ oid: 'oid-1' })
})

it('refuses another identity', async () => {
  const other = new ManagedIdentityCredential({ clientId: '44444444-4444-4444-8444-444444444444', retryOptions: { maxRetries: 0 } })
  await expect(other.getToken(arm)).rejects.toThrow(/No User Assigned or Delegated Managed Identity found/)
})

it('refuses a caller without the header, which a request forged through the app would lack', async () => {
  const url = `${endpoint.url}?resource=https://management.azure.com&api-version=2019-08-01`
  expect((await fetch(url)).status).toBe(401)
  expect((await fetch(url, { headers: { 'x-identity-header': endpoint.header } })).status).toBe(200)
})

it('holds virtual time still while it serves, and lets it go afterwards', async () => {
  let held = 0
  const seen: number[] = []
  const watched: Clock = {
    now: () => {
      seen.push(held)
      return clock.now()
    },
    at: () => () => {},
    busy: () => {
      held++
      return () => void held--
    },
  }
  const own = createWorld(watched, world.snapshot())
  const one = await startManagedIdentityEndpoint({
    world: own,
    entra: await createEntra(own, { dispatch: async () => ({ status: 404 }) }),
    clock: watched,
    principal: self,
  })
  seen.length = 0
  const asked = await fetch(`${one.url}?resource=https://vault.azure.net&api-version=2019-08-01`, {
    headers: { 'x-identity-header': one.header },
  })
  expect(asked.status).toBe(200)
  await asked.text()
  await one.close()
  expect(seen.length).toBeGreaterThan(0)
  expect(seen.every((count) => count === 1)).toBe(true)
  expect(held).toBe(0)
})

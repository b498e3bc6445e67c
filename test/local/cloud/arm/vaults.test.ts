import { request } from 'node:https'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { locations } from '../../../../src/local/cloud/locations.ts'
import { watchArm } from '../../../oracles/arm-oracle.ts'
import { type ArmWorld, armWorld, groupPath } from './arm-world.ts'

const path = (name: string): string => `${groupPath('shop')}/providers/Microsoft.KeyVault/vaults/${name}`
const tenantId = '00000000-0000-4000-8000-000000000001'
const fresh = { location: 'westeurope', properties: { tenantId, sku: { family: 'A', name: 'standard' } } }

let world: ArmWorld
let misfits: ReadonlySet<string>
beforeEach(async () => {
  world = await armWorld({
    groups: [{ name: 'shop', region: 'westeurope' }],
    resources: [
      { id: path('open'), location: 'westeurope' },
      { id: path('ruled'), location: 'westeurope', network: 'rules', allow: ['198.51.100.7'], azureRbac: false },
      { id: path('shut'), location: 'westeurope', network: 'closed' },
    ],
  })
  misfits = watchArm(world.cloud)
})
afterEach(async () => {
  await world.close()
  expect([...misfits]).toEqual([])
})
const ask = (method: string, name: string, body?: object, version = '2025-05-01') =>
  world.as('ada').send(method, `${path(name)}?api-version=${version}`, body)
const propertiesOf = ({ body }: { readonly body: object }) => (body as { readonly properties: Record<string, unknown> }).properties
const rules = (name: string, networkAcls: object) => ask('PATCH', name, { properties: { networkAcls } })

describe('a vault', () => {
  it('is made without an operation, and is registered under its name a little later', async () => {
    const made = await ask('PUT', 'fresh', fresh)
    expect([made.status, made.headers.get('azure-asyncoperation')]).toEqual([200, null])
    expect(propertiesOf(made)).toMatchObject({ provisioningState: 'RegisteringDns', vaultUri: 'https://fresh.vault.azure.net' })
    await world.clock.pass(60_000)
    const properties = propertiesOf(await ask('GET', 'fresh'))
    expect(properties).toMatchObject({ provisioningState: 'Succeeded', vaultUri: 'https://fresh.vault.azure.net/' })
    expect(properties).not.toHaveProperty('enableRbacAuthorization')
  })

  it('has Azure RBAC by default since 2026', async () => {
    expect(propertiesOf(await ask('PUT', 'later', fresh, '2026-02-01'))).toMatchObject({ enableRbacAuthorization: true })
  })

  it('accepts what was read of it, and is gone at once', async () => {
    const { body } = await ask('GET', 'open')
    const sent = await ask('PUT', 'open', { location: 'westeurope', properties: propertiesOf({ body }) })
    expect([sent.status, sent.body]).toEqual([200, body])
    expect((await ask('DELETE', 'open')).status).toBe(200)
    expect((await ask('GET', 'open')).status).toBe(404)
    expect((await ask('DELETE', 'open')).status).toBe(204)
  })

  it('refuses the second of two writes at once', async () => {
    const both = await Promise.all([rules('open', { ipRules: [] }), rules('open', { ipRules: [] })])
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409])
    expect(both.find(({ status }) => status === 409)?.body).toMatchObject({ error: { code: 'ConflictError' } })
  })

  it('changes its permission model only for those who may assign roles', async () => {
    const change = { properties: { enableRbacAuthorization: true } }
    expect((await world.as('app').send('PATCH', `${path('ruled')}?api-version=2025-05-01`, change)).status).toBe(403)
    expect(propertiesOf(await ask('PATCH', 'ruled', change))).toMatchObject({ enableRbacAuthorization: true })
  })
})

describe('its network rules', () => {
  it('are replaced as a whole, and single addresses are kept as ranges', async () => {
    const ipRules = [{ value: '20.1.2.3' }, { value: '20.9.9.0/28' }]
    expect(propertiesOf(await rules('ruled', { defaultAction: 'Deny', ipRules }))).toMatchObject({
      networkAcls: { bypass: 'AzureServices', defaultAction: 'Deny', ipRules: [{ value: '20.1.2.3/32' }, { value: '20.9.9.0/28' }] },
    })
  })

  it.each([['10.1.2.3'], ['192.168.0.0/16'], ['2001:db8::1'], ['20.1.2.3/33']])('take no %s', async (value) => {
    expect((await rules('ruled', { ipRules: [{ value }] })).status).toBe(400)
  })

  it('are at most 1000', async () => {
    const many = (count: number) => ({ ipRules: Array.from({ length: count }, (_, at) => ({ value: `20.${at >> 8}.${at & 255}.1` })) })
    expect((await rules('ruled', many(1000))).status).toBe(200)
    expect((await rules('ruled', many(1001))).status).toBe(400)
  })

  it('take a subnet with the service endpoint, and others only where its absence is ignored', async () => {
    const id = `${groupPath('shop')}/providers/Microsoft.Network/virtualNetworks/v/subnets/nodes`
    expect((await rules('ruled', { virtualNetworkRules: [{ id }] })).body).toMatchObject({ error: { code: 'VirtualNetworkNotValid' } })
    expect((await rules('ruled', { virtualNetworkRules: [{ id, ignoreMissingVnetServiceEndpoint: true }] })).status).toBe(200)
  })
})

describe('its secrets', () => {
  const read = (name: string): Promise<{ readonly status: number | undefined; readonly code: string | undefined }> =>
    world.cloud.entra.token({ oid: world.cloud.app.principalId }, 'https://vault.azure.net').then(
      (token) =>
        new Promise((resolve, reject) => {
          const url = `https://${name}.vault.azure.net/secrets/one?api-version=7.4`
          request(url, { agent: world.agent, headers: { authorization: `Bearer ${token}` } }, (answer) => {
            const parts: Buffer[] = []
            answer.on('data', (part: Buffer) => parts.push(part))
            answer.on('end', () => {
              const { error } = JSON.parse(Buffer.concat(parts).toString()) as { error?: { innererror?: { code: string } } }
              resolve({ status: answer.statusCode, code: error?.innererror?.code })
            })
          })
            .on('error', reject)
            .end()
        }),
    )

  it('are refused by the network before anything else, and by roles or policies after', async () => {
    expect(await read('shut')).toEqual({ status: 403, code: 'ForbiddenByConnection' })
    expect(await read('ruled')).toEqual({ status: 403, code: 'ForbiddenByFirewall' })
    const here = locations(world.cloud.world).get('functions')?.ip ?? ''
    await rules('ruled', { defaultAction: 'Deny', ipRules: [{ value: here }] })
    expect(await read('ruled')).toEqual({ status: 403, code: 'ForbiddenByPolicy' })
    expect(await read('open')).toEqual({ status: 403, code: 'ForbiddenByRbac' })
  })
})

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { federatedCredentials, principals } from '../../../../src/local/cloud/entra/directory.ts'
import { type ArmWorld, armWorld, groupPath, identityPath } from './arm-world.ts'

const version = '?api-version=2024-11-30'
const audiences = ['api://AzureADTokenExchange']
const credential = (n: number, more: object = {}) => ({
  properties: { issuer: 'https://issuer.example/', subject: `system:serviceaccount:orders:${n}`, audiences, ...more },
})

describe('user-assigned identities', () => {
  let world: ArmWorld
  let app: ReturnType<ArmWorld['as']>
  beforeEach(async () => {
    world = await armWorld()
    app = world.as('app')
  })
  afterEach(() => world.close())

  const make = () => app.identities.userAssignedIdentities.createOrUpdate('shop', 'sc-pod', { location: 'westeurope', tags: { a: '1' } })
  const path = (name: string): string => `${identityPath('sc-pod')}/federatedIdentityCredentials/${name}${version}`
  const put = (name: string, body: object) => app.send('PUT', path(name), body)
  const error = (answer: { body: Record<string, unknown> }) => answer.body['error'] as { code: string; message: string }

  it('are principals, known in the directory after a while', async () => {
    const made = await make()
    expect(made.id).toMatch(/\/resourcegroups\/shop\/providers\/Microsoft.ManagedIdentity\/userAssignedIdentities\/sc-pod$/)
    const principal = principals(world.cloud.world).get(made.principalId ?? '')
    expect(principal).toMatchObject({ appId: made.clientId, kind: 'managed-identity', name: 'sc-pod', resourceId: made.id })
    expect(principal?.visibleAt).toBeGreaterThan(world.clock.now())
    const again = await make()
    expect(again.principalId).toBe(made.principalId)
    const names = []
    for await (const one of app.identities.userAssignedIdentities.listByResourceGroup('SHOP')) names.push(one.name)
    expect(names).toEqual(['sc-pod'])
  })

  it('take their credentials along when they go', async () => {
    const { principalId = '' } = await make()
    await put('fic-one', credential(1))
    await app.identities.userAssignedIdentities.delete('shop', 'sc-pod')
    expect(federatedCredentials(world.cloud.world).size).toBe(0)
    expect(principals(world.cloud.world).get(principalId)?.deleted).toBe(true)
    expect((await app.send('DELETE', identityPath('sc-pod') + version)).status).toBe(204)
    expect((await put('fic-one', credential(1))).status).toBe(404)
  })

  it('trust what a credential says, from a moment on', async () => {
    await make()
    const made = await app.identities.federatedIdentityCredentials.createOrUpdate('shop', 'sc-pod', 'fic-one', credential(1).properties)
    expect(made).toMatchObject(credential(1).properties)
    const [[key, row] = ['', undefined]] = federatedCredentials(world.cloud.world)
    expect(key).toBe(`${identityPath('sc-pod').toLowerCase()}/fic-one`)
    expect(row?.effectiveAt).toBeGreaterThan(world.clock.now())
    expect((await put('fic-one', credential(1))).status).toBe(200)
    expect((await app.send('DELETE', path('fic-one'))).status).toBe(200)
    expect((await app.send('DELETE', path('fic-one'))).status).toBe(204)
  })

  it('refuse credentials that are wrong, double or too many', async () => {
    await make()
    expect(error(await put('a', credential(1))).message).toBe("Federated Identity Credential name 'a' is invalid.")
    expect(error(await put('fic', { properties: {} })).message).toMatch(/empty properties/)
    expect(error(await put('fic', credential(1, { audiences: ['a', 'b'] }))).message).toMatch(/exactly one audience/)
    for (let n = 1; n <= 20; n++) {
      expect((await put(`fic-${n}`, credential(n))).status).toBe(201)
      await world.clock.pass(4_000)
    }
    expect(error(await put('fic-twin', credential(3))).message).toBe(
      'Issuer and subject combination already exists for this Managed Identity.',
    )
    await world.clock.pass(4_000)
    expect((await put('fic-21', credential(21))).status).toBe(400)
  })

  it('refuse two writes at once, and too many in a row', async () => {
    await make()
    // Two connections are open before: else the first write could be done when the second arrives.
    await Promise.all(['fic-1', 'fic-2'].map((name) => app.send('GET', path(name))))
    const statuses = (await Promise.all([put('fic-1', credential(1)), put('fic-2', credential(2))])).map(({ status }) => status)
    expect(statuses.sort()).toEqual([201, 409])
    const all = []
    for (let n = 3; n < 12; n++) all.push((await put(`fic-${n}`, credential(n))).status)
    expect(all).toContain(429)
  })

  it('need a group, and a right', async () => {
    const missing = await app.send(
      'PUT',
      `${groupPath('nowhere')}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/x${version}`,
      { location: 'westeurope' },
    )
    expect([missing.status, error(missing).code]).toEqual([404, 'ResourceGroupNotFound'])
    const refused = await world.as('rob').send('PUT', identityPath('x') + version, { location: 'westeurope' })
    expect([refused.status, error(refused).code]).toEqual([403, 'AuthorizationFailed'])
    expect(error(refused).message).toMatch(
      /^The client '[^']+' with object id '[^']+' does not have authorization to perform action 'Microsoft.ManagedIdentity\/userAssignedIdentities\/write' over scope '[^']+' or the scope is invalid\. If access was recently granted, please refresh your credentials\.$/,
    )
  })
})

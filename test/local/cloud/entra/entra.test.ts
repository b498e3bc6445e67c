import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ClientAssertionCredential, ClientSecretCredential, WorkloadIdentityCredential } from '@azure/identity'
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../../../../src/local/clock.ts'
import { federatedCredentials, principals, tenant } from '../../../../src/local/cloud/entra/directory.ts'
import { createEntra } from '../../../../src/local/cloud/entra/entra.ts'
import type { CloudResponse } from '../../../../src/local/cloud/http.ts'
import { createWorld } from '../../../../src/local/cloud/world.ts'
import { serviceClient } from './service-client.ts'

const issuer = 'https://westeurope.oic.prod-aks.azure.com/t/c/'
const identityId = '/subscriptions/s/resourcegroups/rg/providers/microsoft.managedidentity/userassignedidentities/id'
const clientId = '11111111-1111-4111-8111-111111111111'
const oid = '22222222-2222-4222-8222-222222222222'
const clusterKeys = await generateKeyPair('RS256', { extractable: true })
const otherKeys = await generateKeyPair('RS256', { extractable: true })

async function setup(options: { effectiveIn?: number; subject?: string; audiences?: string[]; issuer?: string } = {}) {
  const clock = new VirtualClock()
  const world = createWorld(clock)
  const jwk = { ...(await exportJWK(clusterKeys.publicKey)), kid: 'cluster-1', alg: 'RS256', use: 'sig' }
  const asked: string[] = []
  const entra = await createEntra(world, {
    async dispatch({ url }): Promise<CloudResponse> {
      asked.push(url.href)
      if (url.href === `${issuer}.well-known/openid-configuration`)
        return { status: 200, body: { issuer, jwks_uri: `${issuer}openid/v1/jwks` } }
      if (url.href === `${issuer}openid/v1/jwks`) return { status: 200, body: Buffer.from(JSON.stringify({ keys: [jwk] })) }
      return { status: 404 }
    },
  })
  principals(world).set(oid, {
    oid,
    appId: clientId,
    kind: 'managed-identity',
    name: 'id',
    resourceId: identityId,
    createdAt: clock.now(),
    visibleAt: clock.now(),
  })
  federatedCredentials(world).set(`${identityId}/one`, {
    identityId,
    name: 'one',
    issuer: options.issuer ?? issuer,
    subject: options.subject ?? 'system:serviceaccount:shop:sc-account',
    audiences: options.audiences ?? ['api://AzureADTokenExchange'],
    effectiveAt: clock.now() + (options.effectiveIn ?? 0),
  })
  const assertion = (given: { life?: number; kid?: string; key?: CryptoKey } = {}): Promise<string> =>
    new SignJWT({})
      .setProtectedHeader({ alg: 'RS256', kid: given.kid ?? 'cluster-1' })
      .setIssuer(issuer)
      .setSubject('system:serviceaccount:shop:sc-account')
      .setAudience('api://AzureADTokenExchange')
      .setIssuedAt(clock.now() / 1000)
      .setExpirationTime(clock.now() / 1000 + (given.life ?? 3600))
      .sign(given.key ?? clusterKeys.privateKey)
  const credential = (token: () => Promise<string> = () => assertion(), client = clientId) =>
    new ClientAssertionCredential(tenant, client, token, { httpClient: serviceClient(entra.service), retryOptions: { maxRetries: 0 } })
  return { clock, world, entra, assertion, credential, asked }
}

const storage = 'https://storage.azure.com/.default'

describe('federated exchange with the real SDK', () => {
  it('gives a token for a trusted and genuine assertion, and reads the keys that the cluster publishes', async () => {
    const { credential, entra, asked } = await setup()
    const { token } = await credential().getToken(storage)
    expect(await entra.verify(`Bearer ${token}`, ['https://storage.azure.com/'])).toMatchObject({
      oid,
      appid: clientId,
      tid: tenant,
      sub: oid,
    })
    expect(asked).toEqual([`${issuer}.well-known/openid-configuration`, `${issuer}openid/v1/jwks`])
  })

  it('works for WorkloadIdentityCredential with a projected token file', async () => {
    const { assertion, entra } = await setup()
    const file = join(mkdtempSync(join(tmpdir(), 'entra-')), 'token')
    writeFileSync(file, await assertion(), { mode: 0o600 })
    const credential = new WorkloadIdentityCredential({
      tenantId: tenant,
      clientId,
      tokenFilePath: file,
      httpClient: serviceClient(entra.service),
    })
    expect((await credential.getToken(storage)).token).toBeTruthy()
  })

  const refused: [string, Parameters<typeof setup>[0], RegExp][] = [
    ['a credential that has not spread yet', { effectiveIn: 30_000 }, /AADSTS70021: No matching federated identity record/],
    ['another issuer', { issuer: 'https://westeurope.oic.prod-aks.azure.com/t/other/' }, /AADSTS700211: .* issuer '.*\/t\/c\/'/],
    [
      'another subject',
      { subject: 'system:serviceaccount:shop:other' },
      /AADSTS700213: .* subject 'system:serviceaccount:shop:sc-account'/,
    ],
    ['a subject in another case', { subject: 'system:serviceaccount:Shop:sc-account' }, /AADSTS7002138: .* case-sensitive comparison/],
    ['another audience', { audiences: ['api://other'] }, /AADSTS700212: .* audience 'api:\/\/AzureADTokenExchange'/],
  ]
  it.each(refused)('refuses %s', async (_what, given, text) => {
    const { credential } = await setup(given)
    await expect(credential().getToken(storage)).rejects.toThrow(text)
  })

  it('takes a credential once it has spread', async () => {
    const { credential, clock } = await setup({ effectiveIn: 30_000 })
    await clock.pass(30_000)
    expect((await credential().getToken(storage)).token).toBeTruthy()
  })

  it('refuses an expired assertion', async () => {
    const { credential, assertion, clock } = await setup()
    const old = await assertion({ life: 60 })
    await clock.pass(3_600_000)
    await expect(credential(async () => old).getToken(storage)).rejects.toThrow(/AADSTS700024: .*2026-03-02T08:01:00/)
  })

  it('refuses an assertion of an unpublished key, and one that was signed with another key of the same name', async () => {
    const { credential, assertion } = await setup()
    await expect(credential(() => assertion({ kid: 'cluster-2' })).getToken(storage)).rejects.toThrow(/AADSTS7000272: .*cluster-2/)
    await expect(credential(() => assertion({ key: otherKeys.privateKey })).getToken(storage)).rejects.toThrow(/AADSTS700027/)
  })

  it('refuses an unknown application, and a deleted identity', async () => {
    const { credential, assertion, world } = await setup()
    await expect(credential(() => assertion(), '99999999-9999-4999-8999-999999999999').getToken(storage)).rejects.toThrow(/AADSTS700016/)
    const self = principals(world).get(oid)
    if (self) principals(world).set(oid, { ...self, deleted: true })
    await expect(credential().getToken(storage)).rejects.toThrow(/AADSTS700016/)
  })
})

describe('app registrations', () => {
  it('exchange their client secret for a token with their app roles, and for no other secret', async () => {
    const { entra, world, clock } = await setup()
    principals(world).set('app', {
      oid: 'app',
      appId: 'app-1',
      kind: 'app',
      name: 'tester',
      createdAt: clock.now(),
      visibleAt: clock.now(),
      appRoles: { 'api://connector': ['Connections.Write'] },
      secrets: ['right'],
    })
    const client = { httpClient: serviceClient(entra.service), retryOptions: { maxRetries: 0 } }
    const { token } = await new ClientSecretCredential(tenant, 'app-1', 'right', client).getToken('api://connector/.default')
    expect((await entra.verify(`Bearer ${token}`, ['api://connector']))?.roles).toEqual(['Connections.Write'])
    await expect(new ClientSecretCredential(tenant, 'app-1', 'wrong', client).getToken(storage)).rejects.toThrow(/AADSTS7000215/)
  })
})

describe('a token', () => {
  it('is refused for another audience, when expired, when changed, and without Bearer', async () => {
    const { entra, clock } = await setup()
    const token = await entra.token({ oid }, 'https://management.azure.com')
    const good = (authorization: string, audience = 'https://management.azure.com') => entra.verify(authorization, [audience])
    expect(await good(`Bearer ${token}`)).toMatchObject({ oid })
    expect(await good(`Bearer ${token}`, 'https://storage.azure.com')).toBeUndefined()
    expect(await good(token)).toBeUndefined()
    const [head, , signature] = token.split('.')
    const forged = Buffer.from(JSON.stringify({ oid: 'root', aud: 'https://management.azure.com', exp: 2e9 })).toString('base64url')
    expect(await good(`Bearer ${head}.${forged}.${signature}`)).toBeUndefined()
    await clock.pass(86_400_000)
    expect(await good(`Bearer ${token}`)).toBeUndefined()
  })

  it('stays good after a restart of the world', async () => {
    const { entra, world, clock } = await setup()
    const token = await entra.token({ oid }, 'https://storage.azure.com')
    const state = JSON.parse(JSON.stringify(world.snapshot()))
    const again = await createEntra(createWorld(clock, state), { dispatch: async () => ({ status: 404 }) })
    expect(await again.verify(`Bearer ${token}`, ['https://storage.azure.com'])).toMatchObject({ oid })
  })

  it('is not given to a principal that is not in the directory', async () => {
    const { entra } = await setup()
    await expect(entra.token({ oid: 'nobody' }, 'https://storage.azure.com')).rejects.toThrow(/nobody/)
  })
})

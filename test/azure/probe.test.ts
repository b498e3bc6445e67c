// The proof of access against the simulated Entra ID and Storage: what a pod would get, from the cloud that the options name.
import { createServer } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createProbe } from '../../src/azure/probe.ts'
import { keyOf } from '../../src/local/cloud/arm/ids.ts'
import { tenant } from '../../src/local/cloud/entra/entra.ts'
import { storeOf } from '../../src/local/cloud/kubernetes/store.ts'
import type { AzuriteHandle } from '../../src/local/cloud/storage/azurite.ts'
import { type Secret, secret } from '../../src/model/secret.ts'
import { storageBlob } from '../../src/targets/types/storage-blob.ts'
import { azuriteOfRun } from '../azurite.ts'
import { clusterPath, identityPath, storagePath, subscription } from '../local/cloud/arm/arm-world.ts'
import { type AzureWorld, azureWorld, failure } from './azure-world.ts'

const audience = 'api://AzureADTokenExchange'
const minute = 60_000
const { scope = '', request = () => ({ url: '', headers: {} }) } = storageBlob.probe ?? {}
const list = request({ endpoint: 'https://orders.blob.core.windows.net/' })

let azurite: AzuriteHandle
let world: AzureWorld
let clientId = ''
let principalId = ''
beforeAll(async () => {
  azurite = azuriteOfRun()
  world = await azureWorld({}, { azurite })
  const app = world.as('app')
  const { body } = await app.send('PUT', `${identityPath('pod')}?api-version=2024-11-30`, { location: 'westeurope' })
  ;({ clientId, principalId } = body['properties'] as unknown as { clientId: string; principalId: string })
  const cluster = await app.clusters.get('shop', 'c1')
  storeOf(world.cloud.world, keyOf(cluster.id ?? '')).put('serviceaccounts', {
    kind: 'ServiceAccount',
    apiVersion: 'v1',
    metadata: { name: 'shop', namespace: 'orders', uid: world.cloud.world.uuid(), creationTimestamp: '2026-01-01T00:00:00Z' },
  })
  await app.send('PUT', `${identityPath('pod')}/federatedIdentityCredentials/c1-orders?api-version=2024-11-30`, {
    properties: { issuer: cluster.oidcIssuerProfile?.issuerURL ?? '', subject: 'system:serviceaccount:orders:shop', audiences: [audience] },
  })
  await app.send('PATCH', `${storagePath('orders')}?api-version=2026-09-01`, { properties: { networkAcls: { defaultAction: 'Allow' } } })
})
afterAll(async () => {
  await world.close()
  await azurite.close()
})
beforeEach(() => void world.calls.splice(0))

const assertion = async (): Promise<Secret<string>> =>
  secret(await world.cloud.kubernetes.serviceAccountToken(clusterPath('c1'), 'orders', 'shop', audience, 600))
const probeOf = (authority?: string) => createProbe({ ...world.connection(), ...(authority ? { authority } : {}) })
async function signIn(probe = probeOf(), over: { readonly scope?: string } = { scope }) {
  return probe.signIn({ tenant, clientId, assertion: await assertion(), ...over })
}
const signedIn = async (): Promise<Secret<string>> => {
  const answer = await signIn()
  if (!('token' in answer)) throw new Error(answer.text)
  return answer.token
}

describe('the proof of access', () => {
  it('passes on the number of a refusal, and nothing of the token, while the credential spreads', async () => {
    const answer = await signIn()
    expect(answer).toEqual({
      status: expect.any(Number),
      error: expect.stringMatching(/^70\d+$/),
      text: expect.stringMatching(/^AADSTS70\d+$/),
    })
    await world.clock.pass(5 * minute)
    expect(await signIn()).toHaveProperty('token')
  })

  it('signs in at the public cloud, or where the options say', async () => {
    await signIn()
    await signIn(probeOf('https://login.windows.net/'))
    expect(world.calls.map(({ host, path }) => [host, path])).toEqual(
      ['login.microsoftonline.com', 'login.windows.net'].map((host) => [host, `/${tenant}/oauth2/v2.0/token`]),
    )
  })

  it('asks for a token of the cloud’s own Azure Resource Manager where the target has no read', async () => {
    const audienceOf = async (endpoint?: string): Promise<unknown> => {
      const answer = await signIn(createProbe({ ...world.connection(), ...(endpoint ? { endpoint } : {}) }), {})
      const [, claims = ''] = 'token' in answer ? answer.token.reveal().split('.') : []
      return JSON.parse(Buffer.from(claims, 'base64url').toString()).aud
    }
    expect(await audienceOf()).toBe('https://management.azure.com')
    expect(await audienceOf('https://management.chinacloudapi.cn')).toBe('https://management.chinacloudapi.cn')
  })

  it('tells a missing role by the code of the target, and reads once it is there', async () => {
    const refused = await probeOf().read(await signedIn(), list)
    expect(refused).toEqual({ status: 403, error: 'AuthorizationPermissionMismatch', text: '403 AuthorizationPermissionMismatch' })
    expect(refused !== 'read' && storageBlob.probe?.isRoleMissing(refused)).toBe(true)
    await world.as('app').authorization.roleAssignments.create(storagePath('orders'), world.cloud.world.uuid(), {
      roleDefinitionId: `/subscriptions/${subscription}/providers/Microsoft.Authorization/roleDefinitions/ba92f5b4-2d11-453d-a403-e96b0029c9fe`,
      principalId,
      principalType: 'ServicePrincipal',
    })
    await world.clock.pass(5 * minute)
    expect(await probeOf().read(await signedIn(), list)).toBe('read')
  })

  it('fails without the request, and so without the token, where no answer comes', async () => {
    const silent = createServer((_, response) => response.destroy()).listen(0)
    const { port } = silent.address() as { readonly port: number }
    const token = await assertion()
    const probe = createProbe({ ...world.connection(), authority: `https://127.0.0.1:${port}` })
    const fields = await failure(probe.signIn({ tenant, clientId, assertion: token, scope }))
    silent.close()
    expect(fields.class).toBe('transient')
    expect(JSON.stringify(fields)).not.toContain(token.reveal())
  })
})

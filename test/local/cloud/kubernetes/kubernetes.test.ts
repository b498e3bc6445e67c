// What only the simulated clusters have: Azure's access, power, certificates, issuers, time, restarts.
import { X509Certificate } from 'node:crypto'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../../../../src/local/clock.ts'
import { type Grant, serverApplication } from '../../../../src/local/cloud/kubernetes/access.ts'
import { createKubernetes } from '../../../../src/local/cloud/kubernetes/kubernetes.ts'
import { createWorld } from '../../../../src/local/cloud/world.ts'
import { clusterId, fqdn, simulated } from './target.ts'

const secrets = '/api/v1/namespaces/default/secrets'
const secret = (name: string) => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name }, data: { A: 'MQ==' } })
const classes = '/apis/secrets-store.csi.x-k8s.io/v1/namespaces/default/secretproviderclasses'
const addonProfiles = { azureKeyvaultSecretsProvider: { enabled: true, identity: { clientId: 'c' } } }
const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'sa' } }
const issuer = 'https://westeurope.oic.prod-aks.azure.com/t/g/'

describe('access to a simulated cluster', () => {
  it('asks for a token of the AKS server application', async () => {
    const asked: (readonly string[])[] = []
    const world = createWorld(new VirtualClock())
    const kubernetes = await createKubernetes(world, {
      verify: async (_, audiences) => {
        asked.push(audiences)
        return undefined
      },
      mayDo: () => true,
    })
    await kubernetes.addCluster({ id: clusterId, fqdn })
    const request = { method: 'GET', url: new URL(`https://${fqdn}/version`), headers: {}, body: Buffer.alloc(0), location: 'internet' }
    expect((await kubernetes.service.handle(request)).status).toBe(401)
    expect(asked).toEqual([[serverApplication]])
  })

  it('asks Azure RBAC by data action and namespace, and says where to look', async () => {
    const asked: string[] = []
    const target = await simulated(({ principalId, dataAction, scope }) => {
      asked.push(`${principalId} ${dataAction.replace('Microsoft.ContainerService/managedClusters/', '')} ${scope.replace(clusterId, '')}`)
      return dataAction.endsWith('/read')
    })
    target.world.table('resources').set(clusterId, { properties: { aadProfile: { managed: true, enableAzureRBAC: true } } })
    expect((await target.ask('GET', secrets, { as: 'app' })).status).toBe(200)
    expect((await target.ask('GET', '/api/v1/secrets', { as: 'app' })).status).toBe(200)
    const refused = await target.ask('DELETE', `${secrets}/a`, { as: 'app' })
    expect(refused.body.message).toBe(
      'secrets "a" is forbidden: User "app" cannot delete resource "secrets" in API group "" in the namespace "default": User does not have access to the resource in Azure. Update role assignment to allow access.',
    )
    expect(asked).toEqual(['app secrets/read /namespaces/default', 'app secrets/read ', 'app secrets/delete /namespaces/default'])
  })

  it('asks Azure RBAC for custom resources as such, whatever their group', async () => {
    const asked: string[] = []
    const target = await simulated(({ dataAction }) => {
      asked.push(dataAction.replace('Microsoft.ContainerService/managedClusters/', ''))
      return true
    })
    target.world.table('resources').set(clusterId, { properties: { aadProfile: { managed: true, enableAzureRBAC: true }, addonProfiles } })
    expect((await target.ask('GET', classes, { as: 'app' })).status).toBe(200)
    await target.ask('DELETE', `${classes}/a`, { as: 'app' })
    expect(asked).toEqual(['customresources/read', 'customresources/delete'])
  })

  it('takes only grants inside the cluster where Azure RBAC is off', async () => {
    const target = await simulated(() => true)
    target.world.table('resources').set(clusterId, { properties: { aadProfile: { managed: true, enableAzureRBAC: false } } })
    expect((await target.ask('GET', secrets, { as: 'app' })).status).toBe(403)
    await target.grant('default', { resources: ['secrets'], verbs: ['list'] })
    expect((await target.ask('GET', secrets, { as: 'app' })).status).toBe(200)
  })

  it('knows no principal of Entra where the cluster has no Entra integration', async () => {
    const target = await simulated(() => true)
    target.world.table('resources').set(clusterId, { properties: {} })
    expect((await target.ask('GET', secrets)).status).toBe(401)
  })

  it('answers 401, then 403, until a fresh access has spread', async () => {
    const target = await simulated()
    const now = target.clock.now()
    const grant: Grant = {
      cluster: clusterId,
      oid: 'app',
      namespaces: ['default'],
      resources: ['*'],
      verbs: ['*'],
      knownAt: now + 10_000,
      visibleAt: now + 60_000,
    }
    target.world.table<Grant>('kubernetes-grants').set('app', grant)
    const status = async () => (await target.ask('GET', secrets, { as: 'app' })).status
    expect(await status()).toBe(401)
    await target.clock.pass(10_000)
    expect(await status()).toBe(403)
    await target.clock.pass(50_000)
    expect(await status()).toBe(200)
  })
})

describe('a simulated cluster', () => {
  it('does not answer while it is stopped', async () => {
    const target = await simulated()
    target.world.table('resources').set(clusterId, { properties: { aadProfile: {}, powerState: { code: 'Stopped' } } })
    expect((await target.ask('GET', secrets)).status).toBe(0)
  })

  it('has an authority of its own, which signs its certificate', async () => {
    const { kubernetes } = await simulated()
    const { cert } = (await kubernetes.service.certificate?.(fqdn)) ?? { cert: '' }
    const authority = new X509Certificate(kubernetes.authorityPem(clusterId))
    expect(new X509Certificate(cert).verify(authority.publicKey)).toBe(true)
    expect(new X509Certificate(cert).checkHost(fqdn)).toBe(fqdn)
  })

  it('is another one when it is made again', async () => {
    const target = await simulated()
    await target.ask('POST', secrets, { body: secret('a') })
    await target.ask('POST', '/api/v1/namespaces/default/serviceaccounts', { body: account })
    const uid = async () => (await target.ask('GET', '/api/v1/namespaces/kube-system')).body.metadata.uid
    const keys = async () => (await target.kubernetes.issuers.handle(get(`${issuer}openid/v1/jwks`))).body
    const before = [await uid(), target.kubernetes.authorityPem(clusterId), await keys()]
    await target.kubernetes.addCluster({ id: clusterId, fqdn, issuer })
    const after = [await uid(), target.kubernetes.authorityPem(clusterId), await keys()]
    for (const [index, old] of before.entries()) expect(after[index]).not.toEqual(old)
    expect((await target.ask('GET', `${secrets}/a`)).status).toBe(404)
    target.kubernetes.removeCluster(clusterId)
    expect(target.kubernetes.service.owns(fqdn)).toBe(false)
  })

  it('survives a restart with everything in it', async () => {
    const target = await simulated()
    await target.ask('POST', secrets, { body: secret('a') })
    await target.ask('DELETE', '/api/v1/namespaces/nothing')
    await target.ask('POST', '/api/v1/namespaces', { body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ending' } } })
    await target.ask('DELETE', '/api/v1/namespaces/ending')
    const state = JSON.parse(JSON.stringify(target.world.snapshot()))
    const clock = new VirtualClock(target.clock.now())
    const world = createWorld(clock, state)
    const kubernetes = await createKubernetes(world, { verify: async () => ({ oid: 'admin' }), mayDo: () => true })
    const answer = await kubernetes.service.handle(get(`https://${fqdn}${secrets}/a`))
    expect(answer).toMatchObject({ status: 200, body: { metadata: { name: 'a' } } })
    expect(kubernetes.authorityPem(clusterId)).toBe(target.kubernetes.authorityPem(clusterId))
    await clock.pass(5_000)
    expect((await kubernetes.service.handle(get(`https://${fqdn}/api/v1/namespaces/ending`))).status).toBe(404)
  })

  it('removes a deleted namespace with all that is in it', async () => {
    const target = await simulated()
    await target.ask('POST', '/api/v1/namespaces', { body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ending' } } })
    await target.ask('POST', '/api/v1/namespaces/ending/secrets', { body: secret('a') })
    await target.ask('DELETE', '/api/v1/namespaces/ending')
    expect((await target.ask('GET', '/api/v1/namespaces/ending/secrets/a')).status).toBe(200)
    await target.clock.pass(5_000)
    expect((await target.ask('GET', '/api/v1/namespaces/ending')).status).toBe(404)
    expect((await target.ask('GET', '/api/v1/namespaces/ending/secrets/a')).status).toBe(404)
  })

  it('ends a foreground deletion when the garbage collector has been there', async () => {
    const target = await simulated()
    await target.ask('POST', secrets, { body: secret('a') })
    const marked = await target.ask('DELETE', `${secrets}/a?propagationPolicy=Foreground`)
    expect(marked.body.metadata.finalizers).toEqual(['foregroundDeletion'])
    await target.clock.pass(5_000)
    expect((await target.ask('GET', `${secrets}/a`)).status).toBe(404)
  })

  it('refuses a continue token after five minutes, with one to go on from now', async () => {
    const target = await simulated()
    for (const name of ['a', 'b', 'c']) await target.ask('POST', secrets, { body: secret(name) })
    const first = await target.ask('GET', `${secrets}?limit=1`)
    await target.clock.pass(6 * 60_000)
    await target.ask('DELETE', `${secrets}/b`)
    await target.clock.pass(6 * 60_000)
    await target.ask('POST', secrets, { body: secret('d') })
    const late = await target.ask('GET', `${secrets}?limit=1&continue=${first.body.metadata.continue}`)
    expect(late).toMatchObject({ status: 410, body: { reason: 'Expired' } })
    expect(late.body.message).toMatch(/^The provided continue parameter is too old/)
    const rest = await target.ask('GET', `${secrets}?continue=${late.body.metadata.continue}`)
    expect(rest.body.items.map((item: { metadata: { name: string } }) => item.metadata.name)).toEqual(['c', 'd'])
  })
})

describe('tokens of ServiceAccounts', () => {
  it('verify against the keys that the issuer publishes', async () => {
    const target = await simulated()
    await target.ask('POST', '/api/v1/namespaces/default/serviceaccounts', { body: account })
    const token = await target.kubernetes.serviceAccountToken(clusterId, 'default', 'sa', 'api://AzureADTokenExchange', 3600)
    const metadata = (await target.kubernetes.issuers.handle(get(`${issuer}.well-known/openid-configuration`))).body as Record<
      string,
      string
    >
    expect(metadata['issuer']).toBe(issuer)
    const keys = (await target.kubernetes.issuers.handle(get(metadata['jwks_uri'] ?? ''))).body as Parameters<typeof createLocalJWKSet>[0]
    const { payload } = await jwtVerify(token, createLocalJWKSet(keys), { currentDate: new Date(target.clock.now()) })
    expect(payload).toMatchObject({ iss: issuer, sub: 'system:serviceaccount:default:sa', aud: ['api://AzureADTokenExchange'] })
  })

  it('carry the issuer that ARM names', async () => {
    const target = await simulated()
    const issuerURL = 'https://westeurope.oic.prod-aks.azure.com/t/other/'
    target.world.table('resources').set(clusterId, { properties: { aadProfile: {}, oidcIssuerProfile: { enabled: true, issuerURL } } })
    expect((await target.kubernetes.issuers.handle(get(`${issuerURL}.well-known/openid-configuration`))).status).toBe(200)
    expect((await target.kubernetes.issuers.handle(get(`${issuer}.well-known/openid-configuration`))).status).toBe(404)
  })

  it('are given only for accounts that exist', async () => {
    const { kubernetes } = await simulated()
    await expect(kubernetes.serviceAccountToken(clusterId, 'default', 'none', 'a', 600)).rejects.toThrow(
      'There is no ServiceAccount default/none',
    )
  })
})

function get(url: string) {
  return { method: 'GET', url: new URL(url), headers: { authorization: 'Bearer admin' }, body: Buffer.alloc(0), location: 'internet' }
}

describe('the custom resource of the Key Vault add-on', () => {
  const provider = { provider: 'azure', parameters: { keyvaultName: 'kv' } }
  const body = { apiVersion: 'secrets-store.csi.x-k8s.io/v1', kind: 'SecretProviderClass', metadata: { name: 'kv' }, spec: provider }

  it('is unknown until the add-on is there: neither it nor its group is', async () => {
    const target = await simulated()
    const groups = async (): Promise<string> => JSON.stringify((await target.ask('GET', '/apis')).body)
    for (const addonProfiles of [undefined, { azureKeyvaultSecretsProvider: { enabled: true } }]) {
      target.world
        .table('resources')
        .set(clusterId, { properties: { aadProfile: { managed: true }, ...(addonProfiles ? { addonProfiles } : {}) } })
      expect([(await target.ask('POST', classes, { body })).status, (await target.ask('GET', classes)).status]).toEqual([404, 404])
      expect(await groups()).not.toContain('secrets-store')
    }
  })

  it('is written, read and listed as others are, once it is', async () => {
    const target = await simulated()
    target.world.table('resources').set(clusterId, { properties: { aadProfile: { managed: true }, addonProfiles } })
    expect((await target.ask('POST', classes, { body })).status).toBe(201)
    expect((await target.ask('GET', `${classes}/kv`)).body).toMatchObject({ kind: 'SecretProviderClass', spec: provider })
    expect((await target.ask('GET', '/apis')).body).toMatchObject({
      groups: expect.arrayContaining([expect.objectContaining({ name: 'secrets-store.csi.x-k8s.io' })]),
    })
    expect((await target.ask('GET', `${classes}/none`)).body).toMatchObject({
      details: { group: 'secrets-store.csi.x-k8s.io', kind: 'secretproviderclasses' },
    })
  })
})

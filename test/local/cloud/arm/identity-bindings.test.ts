// Identity bindings of the simulated AKS: the resource, the credential on the identity, and the way of a pod to a token.
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { federatedCredentials } from '../../../../src/local/cloud/entra/directory.ts'
import { storeOf } from '../../../../src/local/cloud/kubernetes/store.ts'
import { connectedPod } from '../../../../src/local/workload/connected-pod.ts'
import { runPod } from '../../../../src/local/workload/pod.ts'
import { unknownMisfits } from '../../../oracles/arm-oracle.ts'
import { type ArmWorld, armWorld, clusterPath, identityPath } from './arm-world.ts'

const version = '?api-version=2026-07-01'
const bindingPath = (cluster: string, name = 'scpod'): string => `${clusterPath(cluster)}/identityBindings/${name}${version}`
const body = (name: string) => ({ properties: { managedIdentity: { resourceId: identityPath(name) } } })

/** What a pod prints: the application that its token is of, or why it has none. */
const signIn = `import { WorkloadIdentityCredential } from '@azure/identity'
const credential = new WorkloadIdentityCredential({ enableAzureProxy: process.argv.at(-1) === 'asks' })
const answer = await credential.getToken('https://storage.azure.com/.default').catch((error) => error)
const { appid = answer.message.split('\\n')[0] } = answer.token ? JSON.parse(Buffer.from(answer.token.split('.')[1], 'base64url')) : {}
process.stdout.write(appid)`

describe('identity bindings', () => {
  let world: ArmWorld
  let app: ReturnType<ArmWorld['as']>
  let clientId = ''
  const misfits: string[] = []
  beforeAll(async () => {
    const aks = { group: 'shop', region: 'westeurope', oidcIssuer: true, workloadIdentity: true, namespaces: ['orders'] }
    const inside = { ...aks, name: 'inside', properties: { apiServerAccessProfile: { enableVnetIntegration: true } } }
    world = await armWorld({ clusters: [{ ...aks, name: 'shop-aks' }, { ...aks, name: 'mall-aks' }, inside] })
    world.cloud.onExchange(({ call, request, response }) => {
      const { method, path, status } = call
      // Microsoft's data have one version of the type; the SDK uses the one before.
      if (!path.includes('identityBindings') || !path.includes('2026-07-01')) return
      misfits.push(...unknownMisfits({ method, path, status, requestBody: request.body.toString(), body: response.body }))
    })
    app = world.as('app')
    clientId = (await app.identities.userAssignedIdentities.createOrUpdate('shop', 'pod', { location: 'westeurope' })).clientId ?? ''
    await world.clock.pass(60_000)
  })
  afterAll(() => world.close())

  const credentials = () => [...federatedCredentials(world.cloud.world).values()].map(({ name }) => name)

  it('make one credential for any number of clusters, and leave it behind', async () => {
    for (const cluster of ['shop-aks', 'mall-aks']) {
      const made = await app.send('PUT', bindingPath(cluster), body('pod'))
      expect(made).toMatchObject({ status: 201, body: { properties: { provisioningState: 'Creating' } } })
      expect(await app.send('PUT', bindingPath(cluster), body('pod'))).toMatchObject({ status: 409 })
      await world.clock.pass(60_000)
      const { bindings } = app
      expect(await bindings.get('shop', cluster, 'scpod')).toMatchObject({
        properties: {
          provisioningState: 'Succeeded',
          managedIdentity: { clientId },
          oidcIssuer: { oidcIssuerUrl: expect.stringContaining(`/${clientId}`) },
        },
      })
    }
    expect(credentials()).toEqual(['aks-identity-binding'])
    expect(await app.send('DELETE', bindingPath('mall-aks'))).toMatchObject({ status: 202 })
    await world.clock.pass(60_000)
    expect(await app.send('GET', bindingPath('mall-aks'))).toMatchObject({ status: 404 })
    expect(await app.send('DELETE', bindingPath('mall-aks'))).toMatchObject({ status: 204 })
    expect(credentials()).toEqual(['aks-identity-binding'])
    expect(misfits).toEqual([])
  })

  it('are refused where they cannot be', async () => {
    expect(await app.send('PUT', bindingPath('inside'), body('pod'))).toMatchObject({ status: 400 })
    expect(await app.send('PUT', bindingPath('shop-aks', 'sc-pod'), body('pod'))).toMatchObject({ status: 400 })
    expect(await app.send('PUT', bindingPath('shop-aks', 'other'), body('pod'))).toMatchObject({ status: 409 })
    expect(await app.send('PUT', bindingPath('shop-aks', 'other'), body('nobody'))).toMatchObject({ status: 400 })
  })

  it('give a token to pods whose ServiceAccount may use the identity and whose client asks for it', async () => {
    const { cloud } = world
    const store = storeOf(cloud.world, clusterPath('shop-aks').toLowerCase())
    const caFile = join(mkdtempSync(join(tmpdir(), 'binding-')), 'ca.pem')
    writeFileSync(caFile, cloud.caPem)
    const meta = { uid: '1', creationTimestamp: '2026-11-27T00:00:00Z' }
    store.put('secrets', { kind: 'Secret', apiVersion: 'v1', metadata: { ...meta, name: 'sc', namespace: 'orders' } })
    const annotations = { 'azure.workload.identity/client-id': clientId }
    store.put('serviceaccounts', {
      kind: 'ServiceAccount',
      apiVersion: 'v1',
      metadata: { ...meta, name: 'pod', namespace: 'orders', annotations },
    })
    const cluster = { name: 'shop-aks', id: clusterPath('shop-aks') }
    const pod = () => connectedPod(cloud, { cluster, namespace: 'orders', secret: 'sc', serviceAccount: 'pod', usesBinding: true })
    await expect(pod()).rejects.toThrow(/may not use managed identity/)
    const api = 'rbac.authorization.k8s.io/v1'
    const rules = [{ verbs: ['use-managed-identity'], apiGroups: ['cid.wi.aks.azure.com'], resources: [clientId] }]
    store.put('clusterroles', { kind: 'ClusterRole', apiVersion: api, metadata: { ...meta, name: 'use-it' }, rules })
    const subjects = [{ kind: 'ServiceAccount', name: 'pod', namespace: 'orders' }]
    const roleRef = { kind: 'ClusterRole', name: 'use-it' }
    store.put('clusterrolebindings', {
      kind: 'ClusterRoleBinding',
      apiVersion: api,
      metadata: { ...meta, name: 'use-it' },
      subjects,
      roleRef,
    })
    const started = await pod()
    const run = (...more: readonly string[]) =>
      runPod({ ...started, caFile, clock: world.clock, command: [process.execPath, '--input-type=module', '-e', signIn, '--', ...more] })
    expect(await run('asks')).toEqual({ exitCode: 0, output: clientId })
    expect((await run()).output).toMatch(/AADSTS700211|AADSTS70021/)
    store.delete(
      'clusterrolebindings',
      store.get('clusterrolebindings', '', 'use-it') ?? { kind: '', apiVersion: '', metadata: { ...meta, name: 'use-it' } },
    )
    expect((await run('asks')).output).toContain('may not use-managed-identity')
  })
})

// Objects of a key vault in the files of a pod: by the identity of the cluster's add-on, and by that of the pod.
import { X509Certificate } from 'node:crypto'
import { expect, it } from 'vitest'
import { createAuthority, issue } from '../../src/local/cloud/certificates.ts'
import { importCertificate } from '../../src/local/cloud/key-vault/keys-and-certificates.ts'
import { writeVersion } from '../../src/local/cloud/key-vault/secrets.ts'
import { storeOf } from '../../src/local/cloud/kubernetes/store.ts'
import { connectorRole, connectorRoles } from '../../src/local/fleets/fleet.ts'
import { mountedObjects } from '../../src/local/workload/mounted-objects.ts'
import { targetOf } from '../../src/targets/catalogue.ts'
import { idOfTarget, liveResources } from './live-targets.ts'
import { idOfCluster, minute, type Scenario, useScenarios } from './scenario.ts'

const scenario = useScenarios()
const keyvault = targetOf('keyvault') ?? expect.fail('There is no key vault')
const vaultId = idOfTarget(keyvault)
const addon = 'addons/azureKeyvaultSecretsProvider/c1'
const customResources = 'Microsoft.ContainerService/managedClusters/customresources'
const customRole = { name: 'custom resources', dataActions: ['read', 'write', 'delete'].map((verb) => `${customResources}/${verb}`) }

const onVault = (more: object = {}) => ({ targetService: { type: 'AzureResource', id: vaultId, ...more } })
const byAddon = onVault({ resourceProperties: { type: 'KeyVault', connectAsKubernetesCsiDriver: true } })
const values = { 'db-password': 'hunter2', 'api-key': 'abc' }
const objects = [{ objectName: 'db-password' }, { objectName: 'api-key', objectAlias: 'API_KEY' }]
const ofCertificate = [
  { objectName: 'tls', objectType: 'cert', objectAlias: 'tls.crt' },
  { objectName: 'tls', objectType: 'key', objectAlias: 'tls.pub' },
  { objectName: 'tls', objectType: 'secret', objectAlias: 'tls.pem' },
]
const mounting = { secretProviderClass: { objects: [...objects, ...ofCertificate] } }

/** What permitting pods to use a binding takes. */
const forBindings = [
  {
    cluster: 'c1',
    resources: ['clusterroles', 'clusterrolebindings', 'cid.wi.aks.azure.com/*'],
    verbs: ['get', 'create', 'patch', 'delete', 'use-managed-identity'],
  },
]

async function withVault(isAllowed = true): Promise<Scenario> {
  const story = await scenario({
    fleet: {
      resources: liveResources.filter(({ id }) => id === vaultId),
      ...(isAllowed
        ? {
            customRoles: [connectorRole, customRole],
            app: {
              name: 'connector',
              group: 'connector',
              region: 'westeurope',
              keyVault: 'connectorkeys',
              roles: [...connectorRoles('connectorstate'), { role: customRole.name, on: 'subscription' }],
              kubernetes: forBindings,
            },
          }
        : {}),
    },
  })
  for (const [name, value] of Object.entries(values)) writeVersion(story.cloud.world, 'shopkeys', name, value, {})
  return story
}
const cluster = { name: 'c1', id: idOfCluster('c1') }
const mounted = (story: Scenario, name: string, more: { namespace?: string; serviceAccount?: string } = {}) =>
  mountedObjects(story.cloud, { cluster, namespace: 'orders', secretProviderClass: `sc-${name}-secretprovider`, ...more })
const classes = (story: Scenario) =>
  storeOf(story.cloud.world, cluster.id.toLowerCase()).get('secretproviderclasses', 'orders', 'sc-keys-secretprovider')
const ours = (story: Scenario): readonly string[] => story.changes().filter((line) => !line.startsWith('vault secret '))
const addonIn = (story: Scenario) => story.arm('GET', `${cluster.id}?api-version=2026-06-01`)

it('mounts by the identity of the add-on, into every namespace of the cluster, and takes all of it back but the add-on', async () => {
  const story = await withVault()
  const { cert, key } = await issue(await createAuthority('shop'), ['shop.example'])
  const tls = `${key}\n${cert}`
  importCertificate(story.cloud.world, 'shopkeys', 'tls', tls)
  // Neither the add-on's word nor the right to change clusters: nothing is done.
  await story.putPolicy('all', { identities: ['*/*/*'] })
  expect(await story.putLinker('keys', { ...byAddon, ...mounting, authInfo: { authType: 'userAssignedIdentity' } })).toMatchObject({
    status: 403,
    body: { error: { code: 'ProvidedIdentityNotAllowed' } },
  })
  await story.putPolicy('all', { identities: [addon], changeClusters: false })
  await story.putLinker('keys', { ...byAddon, ...mounting, authInfo: { authType: 'userAssignedIdentity' } })
  const { properties } = await story.reaches('keys', 'Failed', 90 * minute)
  expect(JSON.stringify(properties)).toContain('az aks enable-addons')
  expect(ours(story)).toEqual(['firewall shopkeys 20.233.13.115/32'])

  await story.putPolicy('all', { identities: [addon] })
  const { properties: ready } = await story.reaches('keys', 'Succeeded', 90 * minute)
  expect(ready).toMatchObject({
    targetService: { resourceProperties: { type: 'KeyVault', connectAsKubernetesCsiDriver: true } },
    secretProviderClass: {
      objects: [{ ...objects[0], objectType: 'secret' }, { ...objects[1], objectType: 'secret' }, ...ofCertificate],
    },
    kubernetesResourceName: { secret: 'sc-keys-secret', secretProviderClass: 'sc-keys-secretprovider' },
  })
  await story.clock.pass(10 * minute)
  const { 'tls.crt': certificate = '', 'tls.pub': publicKey, 'tls.pem': whole, ...others } = await mounted(story, 'keys')
  expect(others).toEqual({ 'db-password': 'hunter2', API_KEY: 'abc' })
  expect(new X509Certificate(certificate).raw).toEqual(new X509Certificate(tls).raw)
  expect([publicKey, whole]).toEqual([new X509Certificate(tls).publicKey.export({ format: 'pem', type: 'spki' }), tls])

  // Deleted by hand, it is there again; the evidence is the hourly list.
  const made = classes(story) ?? expect.fail('The class is not there')
  storeOf(story.cloud.world, cluster.id.toLowerCase()).delete('secretproviderclasses', made)
  await story.until('the class to be written again', async () => classes(story) !== undefined, 180 * minute)

  await story.removeLinker('keys')
  await story.vanishes('keys')
  expect(classes(story)).toBeUndefined()
  expect(ours(story)).toEqual(['identity azurekeyvaultsecretsprovider-c1'])
  expect((await addonIn(story)).body).toMatchObject({ properties: { addonProfiles: { azureKeyvaultSecretsProvider: { enabled: true } } } })
}, 480_000)

it('mounts by the identity of the pod, by a credential or by a binding, and no other pod can', async () => {
  const story = await withVault()
  await story.putPolicy('all', { federation: ['federated-credential', 'identity-binding'] })
  await story.tag(cluster.id, { 'connect-keys': 'keyvault:shopkeys?namespace=orders&secret=db-password' })
  await story.until('the connection to be there', async () => (await story.linker('keys')).state === 'Succeeded', 90 * minute)
  const { kubernetesResourceName } = (await story.linker('keys')).properties as { kubernetesResourceName: { serviceAccount: string } }
  await story.clock.pass(10 * minute)
  expect(await mounted(story, 'keys', kubernetesResourceName)).toEqual({ 'db-password': 'hunter2' })
  await expect(mounted(story, 'keys')).rejects.toThrow(/serviceaccount/i)

  await story.tag(cluster.id, { 'connect-keys': 'keyvault:shopkeys?namespace=orders&secret=db-password&federation=identity-binding' })
  await story.until(
    'the credential to go',
    async () => !story.changes().some((line) => /^credential .* system:serviceaccount:/.test(line)),
    90 * minute,
  )
  await story.clock.pass(10 * minute)
  expect(await mounted(story, 'keys', kubernetesResourceName)).toEqual({ 'db-password': 'hunter2' })
  await story.tag(cluster.id, { 'connect-keys': undefined })
  await story.vanishes('keys', 180 * minute)
  expect(classes(story)).toBeUndefined()
  expect(ours(story)).toEqual(['identity azurekeyvaultsecretsprovider-c1'])
}, 480_000)

it('names the right on custom resources that is missing, and how to get it', async () => {
  const story = await withVault(false)
  await story.putPolicy('all', { identities: [addon] })
  await story.putLinker('keys', { ...byAddon, ...mounting, authInfo: { authType: 'userAssignedIdentity' } })
  const { properties } = await story.reaches('keys', 'Failed', 90 * minute)
  expect(properties).toMatchObject({
    problems: [
      {
        code: 'CustomResourceRightMissing',
        message: expect.stringContaining("apiGroups: ['secrets-store.csi.x-k8s.io'], resources: [secretproviderclasses]"),
      },
    ],
  })
}, 480_000)

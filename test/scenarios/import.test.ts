// A cluster with connections of Azure Service Connector is taken over while that is still there, and is given up there afterwards.
import { expect, it } from 'vitest'
import { roleAssignments } from '../../src/local/cloud/access.ts'
import { extensionsOf } from '../../src/local/cloud/arm/extension.ts'
import { federatedCredentials, tenant } from '../../src/local/cloud/entra/directory.ts'
import { writeVersion } from '../../src/local/cloud/key-vault/secrets.ts'
import { storeOf } from '../../src/local/cloud/kubernetes/store.ts'
import { connectorRole, connectorRoles } from '../../src/local/fleets/fleet.ts'
import { mountedObjects } from '../../src/local/workload/mounted-objects.ts'
import { targetOf } from '../../src/targets/catalogue.ts'
import { secretData } from './footprint.ts'
import { idOfTarget, liveResources } from './live-targets.ts'
import { idOfAccount, idOfCluster, minute, type Scenario, useScenarios } from './scenario.ts'

const scenario = useScenarios()
const cluster = idOfCluster('c1')
const linkerAt = (name: string): string => `${cluster}/providers/Microsoft.ServiceLinker/linkers/${name}?api-version=2024-07-01-preview`
const extensionAt = (name: string) => `${cluster}/providers/Microsoft.KubernetesConfiguration/extensions/${name}?api-version=2023-05-01`
const extensions = {
  'sc-extension': {
    extensionType: 'microsoft.servicelinker.connection',
    releaseTrain: 'prod',
    scope: { cluster: { releaseNamespace: 'sc-system' } },
  },
  appconfigurationkubernetesprovider: {
    extensionType: 'microsoft.appconfiguration',
    releaseTrain: 'stable',
    scope: { cluster: { releaseNamespace: 'azappconfig-system' } },
  },
}

const [vault, settings] = (['keyvault', 'appconfig'] as const).map((type) => idOfTarget(targetOf(type) ?? expect.fail(type)))
const customResources = 'Microsoft.ContainerService/managedClusters/customresources'
const customRole = { name: 'custom resources', dataActions: ['read', 'write', 'delete'].map((verb) => `${customResources}/${verb}`) }
const addon = { azureKeyvaultSecretsProvider: { enabled: true } }
/** With what Azure Service Connector has turned on for its connections. */
const fleet = {
  clusters: [{ name: 'c1', group: 'shop', region: 'westeurope', namespaces: ['orders'], properties: { addonProfiles: addon } }],
  resources: liveResources.filter(({ id }) => id === vault || id === settings),
  customRoles: [connectorRole, customRole],
  app: {
    ...{ name: 'connector', group: 'connector', region: 'westeurope', keyVault: 'connectorkeys' },
    roles: [...connectorRoles('connectorstate'), { role: customRole.name }],
  },
}
const onTarget = (id: string | undefined, resourceProperties?: object) => ({
  targetService: { type: 'AzureResource', id, ...(resourceProperties ? { resourceProperties } : {}) },
})
const byAddon = onTarget(vault, { type: 'KeyVault', connectAsKubernetesCsiDriver: true })
const byProvider = onTarget(settings, { type: 'AppConfig', connectWithKubernetesExtension: true })

/** As its users write it, from the values of the Secret: https://learn.microsoft.com/azure/service-connector/tutorial-python-aks-keyvault-csi-driver. */
function writeClass({ cloud }: Scenario): void {
  const userAssignedIdentityID = secretData(cloud.world, cluster, 'sc-keys-secret')['AZURE_KEYVAULT_CLIENTID']
  const objects = 'array:\n  - |\n    objectName: db-password\n    objectType: secret\n'
  storeOf(cloud.world, cluster.toLowerCase()).put('secretproviderclasses', {
    apiVersion: 'secrets-store.csi.x-k8s.io/v1',
    kind: 'SecretProviderClass',
    metadata: { name: 'shop', namespace: 'orders', uid: cloud.world.uuid(), creationTimestamp: '2026-03-02T08:00:00Z' },
    ...{
      spec: {
        provider: 'azure',
        parameters: { useVMManagedIdentity: 'true', userAssignedIdentityID, keyvaultName: 'shopkeys', tenantId: tenant, objects },
      },
    },
  })
}

type Row = {
  readonly name: string
  readonly state: string
  readonly leftOut?: readonly string[]
  readonly adopts?: readonly { readonly object: string }[]
} & {
  readonly changes?: readonly { readonly object: string; readonly takesOver?: true }[]
}
type Imported = {
  readonly connections: readonly Row[]
  readonly policies: readonly { readonly name: string; readonly allow: object }[]
  readonly remove: readonly { readonly name: string; readonly when: string }[]
}

it('takes over what Azure Service Connector has in a cluster, outlives it there, and leaves what it only adopted', async () => {
  const story = await scenario({ fleet })
  const { world } = story.cloud
  const identityId = `${cluster.split('/providers/')[0]}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/orders`
  const made = await story.arm('PUT', `${identityId}?api-version=2023-01-31`, { location: 'westeurope' })
  const { clientId } = (made.body as { readonly properties: { readonly clientId: string } }).properties
  for (const [name, properties] of Object.entries(extensions)) {
    await story.arm('PUT', extensionAt(name), { properties: { ...properties, autoUpgradeMinorVersion: true } })
    await story.until(`${name} to be installed`, () =>
      extensionsOf(world, cluster).some((one) => one.name === name && one.properties['provisioningState'] === 'Succeeded'),
    )
  }
  const onBlobs = onTarget(`${idOfAccount('orders')}/blobServices/default`)
  const linkers = {
    photos: { ...onBlobs, authInfo: { authType: 'secret' } },
    orders: { ...onBlobs, authInfo: { authType: 'userAssignedIdentity', clientId, subscriptionId: cluster.split('/')[2] } },
    keys: { ...byAddon, authInfo: { authType: 'userAssignedIdentity', deleteOrUpdateBehavior: 'ForcedCleanup' } },
    settings: { ...byProvider, authInfo: { authType: 'secret' } },
  }
  const names = Object.keys(linkers)
  for (const [name, properties] of Object.entries(linkers))
    await story.arm('PUT', linkerAt(name), { properties: { ...properties, scope: 'orders', clientType: 'none' } })
  writeVersion(world, 'shopkeys', 'db-password', 'hunter2', {})
  writeClass(story)
  const credentials = [...federatedCredentials(world).keys()]
  const roles = [...roleAssignments(world).keys()]
  const importing = async (query = ''): Promise<Imported> => {
    const { status, body } = await story.call('ada', 'POST', `/import?cluster=${encodeURIComponent(cluster)}${query}`)
    expect([status, body]).toEqual([200, expect.anything()])
    return body as Imported
  }

  const first = await importing('&dryRun=false')
  expect(first.connections.map(({ state }) => state)).toEqual(names.map(() => 'notAllowed'))
  for (const { name, allow } of first.policies) expect((await story.call('ada', 'PUT', `/policies/${name}`, { allow })).status).toBe(201)
  const dry = await importing()
  const adoptsOf = (name: string) => dry.connections.find((one) => one.name === name)?.adopts?.map(({ object }) => object)
  const takesOver = (name: string) =>
    dry.connections.find((one) => one.name === name)?.changes?.flatMap((change) => (change.takesOver ? [change.object] : []))
  expect(takesOver('photos')).toEqual([expect.stringContaining('sc-photos-secret')])
  expect(adoptsOf('orders')).toEqual(
    expect.arrayContaining([expect.stringContaining('Storage Blob Data Contributor'), expect.stringContaining('federated credential')]),
  )
  expect(takesOver('keys')).toEqual([expect.stringContaining('sc-keys-secret')])
  expect(adoptsOf('keys')).toEqual(
    expect.arrayContaining([expect.stringContaining('Key Vault Secrets User'), expect.stringContaining('Key Vault Certificate User')]),
  )
  expect(dry.connections.find(({ name }) => name === 'keys')?.leftOut).toEqual(['authInfo.deleteOrUpdateBehavior'])
  expect(takesOver('settings')).toEqual([expect.stringContaining('sc-settings-secret')])

  expect((await importing('&dryRun=false')).remove.map(({ when }) => when)).toEqual([...names, ''].map(() => 'later'))
  for (const name of names) await story.reaches(name, 'Succeeded', 120 * minute)
  expect((await importing()).remove.map(({ name, when }) => `${name} ${when}`)).toEqual([
    ...names.map((name) => `${name} now`),
    'sc-extension later',
  ])
  expect([[...federatedCredentials(world).keys()], [...roleAssignments(world).keys()].filter((id) => roles.includes(id))]).toEqual([
    credentials,
    roles,
  ])

  for (const name of names) await story.arm('DELETE', linkerAt(name))
  const ofAddon = () => story.changes().filter((line) => /^role .* on shopkeys$/.test(line)).length
  expect(ofAddon()).toBe(0)
  expect((await importing()).remove.map(({ name, when }) => `${name} ${when}`)).toEqual(['sc-extension now'])
  await story.arm('DELETE', extensionAt('sc-extension'))
  await story.clock.pass(10 * minute)
  expect(Object.keys(secretData(world, cluster, 'sc-orders-secret')).sort()).toEqual([
    'AZURE_STORAGEBLOB_CLIENTID',
    'AZURE_STORAGEBLOB_RESOURCEENDPOINT',
  ])
  for (const name of names) expect([name, (await story.linker(name)).state]).toEqual([name, 'Succeeded'])
  for (const name of ['photos', 'orders']) expect(await story.pod(name)).toMatchObject({ exitCode: 0 })
  expect(ofAddon()).toBe(2)
  const volume = { cluster: { name: 'c1', id: cluster }, namespace: 'orders', secretProviderClass: 'shop' }
  expect(await mountedObjects(story.cloud, volume)).toEqual({ 'db-password': 'hunter2' })
  const provider = () =>
    storeOf(world, cluster.toLowerCase()).get('azureappconfigurationproviders', 'orders', 'sc-settings-appconfigprovider')
  expect(provider()).toMatchObject({ spec: { connectionStringReference: 'sc-settings-secret' } })

  for (const name of names) await story.removeLinker(name)
  for (const name of names) await story.vanishes(name)
  // These Secrets were as they have to be. The ServiceAccount was not, and the provider of App Configuration needs one more key: they were taken over.
  expect(story.changes().filter((line) => /^(Secret|ServiceAccount) orders\//.test(line))).toEqual([
    'Secret orders/sc-keys-secret in c1',
    'Secret orders/sc-orders-secret in c1',
    'Secret orders/sc-photos-secret in c1',
  ])
  expect([provider(), ofAddon()]).toEqual([undefined, 0])
  expect([...federatedCredentials(world).keys()]).toEqual(credentials)
  expect([...roleAssignments(world).keys()]).toEqual(expect.arrayContaining(roles.filter((id) => !id.includes('/vaults/'))))
})

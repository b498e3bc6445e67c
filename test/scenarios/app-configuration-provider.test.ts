// App Configuration as a ConfigMap: the extension of the cluster that makes it is installed, and told what to read.
import { expect, it } from 'vitest'
import { extensionsOf } from '../../src/local/cloud/arm/extension.ts'
import { storeOf } from '../../src/local/cloud/kubernetes/store.ts'
import { connectorRole, connectorRoles } from '../../src/local/fleets/fleet.ts'
import { targetOf } from '../../src/targets/catalogue.ts'
import { secretData } from './footprint.ts'
import { idOfTarget, liveResources } from './live-targets.ts'
import { idOfCluster, minute, useScenarios } from './scenario.ts'

const scenario = useScenarios()
const store = idOfTarget(targetOf('appconfig') ?? expect.fail('There is no App Configuration'))
const customResources = 'Microsoft.ContainerService/managedClusters/customresources'
const customRole = { name: 'custom resources', dataActions: ['read', 'write', 'delete'].map((verb) => `${customResources}/${verb}`) }
const roles = [...connectorRoles('connectorstate'), { role: customRole.name, on: 'subscription' }]
const app = { name: 'connector', group: 'connector', region: 'westeurope', keyVault: 'connectorkeys', roles }
const cluster = idOfCluster('c1').toLowerCase()

it('is made by the extension, which one connection installs and all use, and stays when they go', async () => {
  const fleet = { resources: liveResources.filter(({ id }) => id === store), customRoles: [connectorRole, customRole], app }
  const story = await scenario({ fleet })
  const { world } = story.cloud
  const targetService = {
    type: 'AzureResource',
    id: store,
    resourceProperties: { type: 'AppConfig', connectWithKubernetesExtension: true },
  }
  await story.putPolicy('all', { changeClusters: false })
  expect(await story.putLinker('keyed', { targetService, authInfo: { authType: 'secret' } })).toMatchObject({ status: 403 })
  expect(extensionsOf(world, cluster)).toEqual([])

  await story.putPolicy()
  await story.putLinker('keyed', { targetService, authInfo: { authType: 'secret' } })
  await story.putLinker('federated', { targetService, authInfo: { authType: 'userAssignedIdentity' } })
  await story.reaches('keyed', 'Succeeded', 90 * minute)
  const { properties } = await story.reaches('federated', 'Succeeded', 90 * minute)
  const { kubernetesResourceName: names } = properties as { kubernetesResourceName: Record<string, string> }
  expect(extensionsOf(world, cluster).map(({ name, properties: { extensionType } }) => [name, extensionType])).toEqual([
    ['appconfigurationkubernetesprovider', 'microsoft.appconfiguration'],
  ])
  const provider = (name: string) => storeOf(world, cluster).get('azureappconfigurationproviders', 'orders', `sc-${name}-appconfigprovider`)
  expect(provider('federated')).toMatchObject({
    spec: {
      endpoint: 'https://settings.azconfig.io',
      auth: { workloadIdentity: { serviceAccountName: names['serviceAccount'] } },
      target: { configMapName: names['configMap'] },
    },
  })
  expect(provider('keyed')).toMatchObject({
    spec: { connectionStringReference: 'sc-keyed-secret', target: { configMapName: 'sc-keyed-configmap' } },
  })
  const secret = secretData(world, cluster, 'sc-keyed-secret')
  expect(secret['azure_app_configuration_connection_string']).toBe(secret['AZURE_APPCONFIGURATION_CONNECTIONSTRING'])

  for (const name of ['keyed', 'federated']) await story.removeLinker(name)
  for (const name of ['keyed', 'federated']) await story.vanishes(name)
  expect([provider('keyed'), provider('federated')]).toEqual([undefined, undefined])
  expect(story.changes()).toEqual([])
  expect(extensionsOf(world, cluster)).toHaveLength(1)
}, 480_000)

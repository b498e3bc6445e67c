// The rights that the pages name are those that the app uses: in a story that does everything, no right more and no right less. Those on the services
// that connections lead to are counted in the story of all of these (targets.test.ts).
import { expect, it } from 'vitest'
import type { CloudCall } from '../../src/local/cloud/dispatcher.ts'
import { customGroups } from '../../src/local/cloud/kubernetes/addon-kinds.ts'
import { connectorRoles, subscription } from '../../src/local/fleets/fleet.ts'
import { bindingRules, roleRules } from '../infra/settings.ts'
import { expectRights } from './listed-rights.ts'
import { dataGrantsToTry, idOfTarget, liveResources } from './live-targets.ts'
import { idOfAccount, idOfCluster, minute, type Scenario, useScenarios } from './scenario.ts'

const scenario = useScenarios()
const region = 'westeurope'
const identity = `/subscriptions/${subscription}/resourceGroups/shop/providers/Microsoft.ManagedIdentity/userAssignedIdentities/given`
const network = `/subscriptions/${subscription}/resourceGroups/shop/providers/Microsoft.Network`

const components = { resources: ['components'], verbs: ['get', 'create', 'patch', 'delete'] }
const rules = [...roleRules(), ...bindingRules(), components]

const nameOfGrant = ({ type }: (typeof dataGrantsToTry)[number]['target']): string => `granted_${type.replaceAll('-', '_')}`
const names: Readonly<Record<string, string>> = {
  ...{ bykey: 'c1', byidentity: 'c1', bygiven: 'c1', bound: 'c1', gated: 'c2', byextension: 'c2', bycommand: 'c1' },
  ...Object.fromEntries(dataGrantsToTry.map(({ target }) => [nameOfGrant(target), 'c1'])),
}
const secret = { authInfo: { authType: 'secret' } }
const ours = { authInfo: { authType: 'userAssignedIdentity' } }
const bound = {
  authInfo: { authType: 'userAssignedIdentity', federation: 'identity-binding' },
  configurationInfo: {
    shape: 'servicebinding',
    daprProperties: { componentType: 'state.azure.blobstorage', metadata: [{ name: 'containerName', value: 'photos' }] },
  },
}
const given = { authInfo: { authType: 'userAssignedIdentity', identityId: identity } }

/** Everything that there is: all auth types, a provided identity, outbound types, a rotated key, the sweep, and removal. */
async function everything(): Promise<Scenario> {
  const story = await scenario({
    latencies: { extensionInstall: minute, extensionUpdate: 20_000, extensionLock: 10_000, command: 0 },
    fleet: {
      unregisteredProviders: ['Microsoft.KubernetesConfiguration'],
      app: {
        name: 'connector',
        group: 'connector',
        region,
        keyVault: 'connectorkeys',
        roles: connectorRoles('connectorstate').filter(({ role }) => role !== 'Azure Kubernetes Service RBAC Writer'),
        kubernetes: ['c1', 'c2'].flatMap((cluster) => rules.map((rule) => ({ cluster, ...rule }))),
      },
      keyVaults: [{ name: 'connectorkeys', group: 'connector', region }],
      clusters: [
        { name: 'c1', group: 'shop', region, namespaces: ['orders'], oidcIssuer: false, workloadIdentity: false, azureRbac: false },
        {
          name: 'c2',
          group: 'shop',
          region,
          namespaces: ['orders'],
          azureRbac: false,
          outbound: 'userAssignedNATGateway',
          properties: { agentPoolProfiles: [{ name: 'p', vnetSubnetID: `${network}/virtualNetworks/v/subnets/nodes` }] },
        },
      ],
      resources: [
        ...liveResources,
        { location: region, id: `${network}/publicIPPrefixes/pair`, properties: { ipPrefix: '20.60.0.4/31' } },
        {
          location: region,
          id: `${network}/natGateways/gate`,
          properties: { publicIpPrefixes: [{ id: `${network}/publicIPPrefixes/pair` }] },
        },
        {
          location: region,
          id: `${network}/virtualNetworks/v/subnets/nodes`,
          properties: { natGateway: { id: `${network}/natGateways/gate` } },
        },
      ],
    },
  })
  await story.putPolicy('all', { federation: ['federated-credential', 'identity-binding'] })
  customGroups(story.cloud.world).set(idOfCluster('c1').toLowerCase(), ['dapr.io'])
  await story.arm('PUT', `${identity}?api-version=2023-01-31`, { location: region })
  await story.clock.pass(minute)
  await assignedByOthers(story)
  await story.putLinker('bykey', secret)
  await story.putLinker('byidentity', ours)
  await story.putLinker('bygiven', given)
  await story.putLinker('bound', bound)
  await story.putLinker('gated', secret, 'c2')
  await story.putLinker('byextension', { ...secret, kubernetesTransport: 'extension' }, 'c2')
  await story.putLinker('bycommand', { ...secret, kubernetesTransport: 'run-command' })
  for (const { target, grant } of dataGrantsToTry)
    await story.putLinker(nameOfGrant(target), {
      authInfo: { authType: 'userAssignedIdentity', roles: [grant] },
      targetService: { type: 'AzureResource', id: idOfTarget(target) },
    })
  const all = Object.entries(names)
  for (const [name, cluster] of all)
    await story.until(`${name} to be connected`, async () => (await story.linker(name, cluster)).state === 'Succeeded')
  await story.arm('POST', `${idOfAccount('orders')}/regenerateKey?api-version=2024-01-01`, { keyName: 'key1' })
  await story.clock.pass(10 * minute)
  for (const name of ['discover', 'sweep']) await story.host.run(name)
  for (const [name, cluster] of all) await story.removeLinker(name, cluster)
  for (const [name, cluster] of all) await story.until(`${name} to be gone`, async () => (await story.linker(name, cluster)).status === 404)
  expect(story.changes().filter((line) => !/sc-system|kube-system/.test(line))).toEqual([
    'identity given',
    expect.stringMatching(/^role .* on orders$/),
  ])
  return story
}

/** A role that is there before: whether it ends is asked for. */
async function assignedByOthers(story: Scenario): Promise<void> {
  const { body } = await story.arm('GET', `${identity}?api-version=2023-01-31`)
  const { principalId } = (body as { properties: { principalId: string } }).properties
  const role = 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
  const roleDefinitionId = `/subscriptions/${subscription}/providers/Microsoft.Authorization/roleDefinitions/${role}`
  const id = `${idOfAccount('orders')}/providers/Microsoft.Authorization/roleAssignments/0f0f0f0f-0000-4000-8000-000000000001`
  await story.arm('PUT', `${id}?api-version=2022-04-01`, {
    properties: { roleDefinitionId, principalId, principalType: 'ServicePrincipal' },
  })
}

/**
 * The provider of extensions asks for rights on the cluster itself, too, which no call of the app shows. Flux is asked in private-clusters.test.ts, and
 * linkers of Azure Service Connector are read where it left something (test/sweep). Whether the operation of a cache is polled depends on how soon it ends.
 */
const usedElsewhere = /\/extensionaddons\/|\/fluxConfigurations\/|\/linkers\/read$|^Microsoft\.Cache\/locations\/asyncOperations\/read$/i

/** What the API server asks its authorizer for. Server-side apply of what is not there is a patch and a create. */
function verbsIn(calls: readonly CloudCall[]): readonly string[] {
  const verbs = new Set<string>()
  for (const { method, path, status } of calls) {
    const [, , resource, name] = /^\/apis?(?:\/[a-z0-9.]+)?\/v\d\w*(\/namespaces\/[^/]+)?\/([a-z]+)(\/[^/?]+)?/.exec(path) ?? []
    if (resource === undefined) continue
    const verb = { GET: name ? 'get' : 'list', PATCH: 'patch', DELETE: 'delete', POST: 'create', PUT: 'update' }[method] ?? method
    verbs.add(`${verb} ${resource}`)
    if (method === 'PATCH' && status === 201) verbs.add(`create ${resource}`)
  }
  return [...verbs].sort()
}

it('uses the rights that the pages name, no more and no less', async () => {
  const story = await everything()
  const own = story.cloud.calls.filter(({ principal }) => principal === story.cloud.app.principalId)
  // The preflight asks the API server what it may do there, which needs no right.
  const already = story.cloud.calls.length
  const connect = encodeURIComponent(`storage-blob:${idOfAccount('orders')}?namespace=orders`)
  await story.call('ada', 'GET', `/clusters${idOfCluster('c1')}/preflight?connect=${connect}`)
  const preflight = story.cloud.calls.slice(already).filter(({ service, method }) => service === 'arm' && method === 'GET')
  expectRights('others', [...own, ...preflight], usedElsewhere)
  const inClusters = own.filter(({ service }) => service === 'kubernetes')
  expect(verbsIn(inClusters)).toEqual(
    rules
      .flatMap(({ resources, verbs }) => resources.flatMap((resource) => verbs.map((verb) => `${verb} ${resource}`)))
      // It is only passed on.
      .filter((right) => !right.startsWith('use-managed-identity '))
      .sort(),
  )
  expect(own.filter(({ status }) => status === 403)).toEqual([])
}, 480_000)

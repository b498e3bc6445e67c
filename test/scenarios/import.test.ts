// A cluster with connections of Azure Service Connector is taken over while that is still there, and is given up there afterwards.
import { expect, it } from 'vitest'
import { roleAssignments } from '../../src/local/cloud/access.ts'
import { federatedCredentials } from '../../src/local/cloud/entra/directory.ts'
import { secretData } from './footprint.ts'
import { idOfAccount, idOfCluster, minute, useScenarios } from './scenario.ts'

const scenario = useScenarios()
const cluster = idOfCluster('c1')
const linkerAt = (name: string): string => `${cluster}/providers/Microsoft.ServiceLinker/linkers/${name}?api-version=2024-04-01`
const extension = `${cluster}/providers/Microsoft.KubernetesConfiguration/extensions/sc-extension?api-version=2023-05-01`
const extensionProperties = {
  extensionType: 'microsoft.servicelinker.connection',
  autoUpgradeMinorVersion: true,
  releaseTrain: 'prod',
  scope: { cluster: { releaseNamespace: 'sc-system' } },
}

type Row = { readonly name: string; readonly state: string; readonly adopts?: readonly { readonly object: string }[] } & {
  readonly changes?: readonly { readonly object: string; readonly takesOver?: true }[]
}
type Imported = {
  readonly connections: readonly Row[]
  readonly policies: readonly { readonly name: string; readonly allow: object }[]
  readonly remove: readonly { readonly name: string; readonly when: string }[]
}

it('takes over what Azure Service Connector has in a cluster, outlives it there, and leaves what it only adopted', async () => {
  const story = await scenario()
  const { world } = story.cloud
  const identityId = `${cluster.split('/providers/')[0]}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/orders`
  const made = await story.arm('PUT', `${identityId}?api-version=2023-01-31`, { location: 'westeurope' })
  const { clientId } = (made.body as { readonly properties: { readonly clientId: string } }).properties
  await story.arm('PUT', extension, { properties: extensionProperties })
  await story.until('the extension to be installed', async () => {
    const { body } = await story.arm('GET', extension)
    return (body as { properties?: { provisioningState?: string } }).properties?.provisioningState === 'Succeeded'
  })
  const targetService = { type: 'AzureResource', id: `${idOfAccount('orders')}/blobServices/default` }
  for (const [name, authInfo] of [
    ['photos', { authType: 'secret' }],
    ['orders', { authType: 'userAssignedIdentity', clientId, subscriptionId: cluster.split('/')[2] }],
  ] as const)
    await story.arm('PUT', linkerAt(name), {
      properties: { targetService, authInfo, scope: 'orders', clientType: 'none' },
    })
  const credentials = [...federatedCredentials(world).keys()]
  const roles = [...roleAssignments(world).keys()]
  const importing = async (query = ''): Promise<Imported> => {
    const { status, body } = await story.call('ada', 'POST', `/import?cluster=${encodeURIComponent(cluster)}${query}`)
    expect([status, body]).toEqual([200, expect.anything()])
    return body as Imported
  }

  const first = await importing('&dryRun=false')
  expect(first.connections.map(({ state }) => state)).toEqual(['notAllowed', 'notAllowed'])
  for (const { name, allow } of first.policies) expect((await story.call('ada', 'PUT', `/policies/${name}`, { allow })).status).toBe(201)
  const dry = await importing()
  const planOf = (name: string) => dry.connections.find((one) => one.name === name)
  const [takenOver, adopted] = [
    planOf('photos')?.changes?.flatMap(({ takesOver, object }) => (takesOver ? [object] : [])),
    planOf('orders')
      ?.adopts?.map(({ object }) => object)
      .sort(),
  ]
  expect(takenOver).toEqual([expect.stringContaining('sc-photos-secret')])
  expect(adopted).toEqual(
    expect.arrayContaining([expect.stringContaining('Storage Blob Data Contributor'), expect.stringContaining('federated credential')]),
  )

  expect((await importing('&dryRun=false')).remove.map(({ when }) => when)).toEqual(['later', 'later', 'later'])
  for (const name of ['photos', 'orders']) await story.reaches(name, 'Succeeded', 120 * minute)
  expect((await importing()).remove.map(({ name, when }) => `${name} ${when}`)).toEqual(['photos now', 'orders now', 'sc-extension later'])
  expect([[...federatedCredentials(world).keys()], [...roleAssignments(world).keys()].filter((id) => roles.includes(id))]).toEqual([
    credentials,
    roles,
  ])

  for (const name of ['photos', 'orders']) await story.arm('DELETE', linkerAt(name))
  expect((await importing()).remove.map(({ name, when }) => `${name} ${when}`)).toEqual(['sc-extension now'])
  await story.arm('DELETE', extension)
  await story.clock.pass(10 * minute)
  expect(Object.keys(secretData(world, cluster, 'sc-orders-secret')).sort()).toEqual([
    'AZURE_STORAGEBLOB_CLIENTID',
    'AZURE_STORAGEBLOB_RESOURCEENDPOINT',
  ])
  for (const name of ['photos', 'orders']) {
    expect((await story.linker(name)).state).toBe('Succeeded')
    expect(await story.pod(name)).toMatchObject({ exitCode: 0 })
  }

  for (const name of ['photos', 'orders']) {
    await story.removeLinker(name)
    await story.vanishes(name)
  }
  // The Secrets were as they have to be. The ServiceAccount was not: it was taken over.
  expect(story.changes().filter((line) => /^(Secret|ServiceAccount) orders\//.test(line))).toEqual([
    'Secret orders/sc-orders-secret in c1',
    'Secret orders/sc-photos-secret in c1',
  ])
  expect([...federatedCredentials(world).keys()]).toEqual(credentials)
  expect([...roleAssignments(world).keys()]).toEqual(expect.arrayContaining(roles))
})

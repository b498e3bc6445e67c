// What happens to a cluster, a target or a tag while no caller asks: events tell of it, and the status says it.
import { expect, it } from 'vitest'
import { setLatencies } from '../../src/local/cloud/latencies.ts'
import { connectorRole, connectorRoles, subscription } from '../../src/local/fleets/fleet.ts'
import { idOfAccount, idOfCluster, minute, type Scenario, useScenarios } from './scenario.ts'
import type { StoryOptions } from './story.ts'

const scenario = useScenarios()
const cluster = idOfCluster('c1')
const withIdentity = { authInfo: { authType: 'userAssignedIdentity' } }

async function connected(options: StoryOptions = {}): Promise<Scenario> {
  const story = await scenario(options)
  await story.putPolicy()
  await story.putLinker('photos', withIdentity)
  await story.reaches('photos', 'Succeeded')
  await story.clock.pass(20 * minute)
  return story
}
const publisherOf = (story: Scenario): string =>
  JSON.stringify(
    [...story.cloud.world.table<object>(`kubernetes-objects ${cluster.toLowerCase()}`)].filter(([key]) => key.startsWith('configmaps')),
  )

it('says that a cluster is stopped, and lets its new address in when it is started', async () => {
  const story = await connected()
  setLatencies(story.cloud.world, { egressChangesAtStart: 1 })
  await story.arm('POST', `${cluster}/stop?api-version=2026-06-01`)
  const { properties } = await story.reaches('photos', 'Failed', 15 * minute)
  expect(JSON.stringify(properties['problems'])).toContain('ClusterStopped')
  await story.clock.pass(20 * minute)
  await story.arm('POST', `${cluster}/start?api-version=2026-06-01`)
  await story.clock.pass(15 * minute)
  expect((await story.linker('photos')).state).toBe('Succeeded')
  expect(await story.pod('photos')).toMatchObject({ exitCode: 0 })
}, 240_000)

it('gives the role again on an account that was deleted and made again, and lets the cluster in, but not while the connection is paused', async () => {
  const story = await connected()
  const isWrite = (line: string): boolean => /^(role|firewall)/.test(line)
  await story.putLinker('photos', { ...withIdentity, paused: true })
  await story.arm('DELETE', `${idOfAccount('orders')}?api-version=2024-01-01`)
  await story.clock.pass(minute)
  const properties = { networkAcls: { defaultAction: 'Deny' } }
  await story.arm('PUT', `${idOfAccount('orders')}?api-version=2024-01-01`, {
    location: 'northeurope',
    sku: { name: 'Standard_LRS' },
    kind: 'StorageV2',
    properties,
  })
  await story.clock.pass(15 * minute)
  expect(story.changes().filter(isWrite)).toEqual([])
  const held = await story.linker('photos')
  expect(held.state).toBe('Failed')
  expect(JSON.stringify(held.properties['problems'])).toContain('HeldBack')
  expect(JSON.stringify(held.properties['conditions'])).toContain('Paused')
  await story.putLinker('photos', { ...withIdentity, paused: false })
  await story.clock.pass(15 * minute)
  expect(story.changes().filter(isWrite)).toHaveLength(2)
  expect(await story.pod('photos')).toMatchObject({ exitCode: 0 })
})

it('does not call a connection Succeeded whose target may not be read any more, and tells the namespace', async () => {
  const nodes = `/subscriptions/${subscription}/resourceGroups/MC_shop_c1_westeurope`
  const roles = connectorRoles('connectorstate').flatMap((grant) =>
    grant.on !== 'subscription'
      ? [grant]
      : [
          { ...grant, on: 'group:shop' },
          { ...grant, on: 'group:data' },
          ...(grant.role === connectorRole.name ? [{ ...grant, on: nodes }] : []),
        ],
  )
  const story = await scenario({
    fleet: {
      groups: [{ name: 'data', region: 'northeurope' }],
      storageAccounts: [{ name: 'orders', group: 'data', region: 'northeurope', network: 'rules', containers: ['invoices'] }],
      app: { name: 'connector', group: 'connector', region: 'westeurope', keyVault: 'connectorkeys', roles },
    },
  })
  await story.putPolicy()
  const target = { targetService: { type: 'AzureResource', id: `${idOfAccount('orders', 'data')}/blobServices/default` } }
  await story.putLinker('photos', { ...withIdentity, ...target })
  await story.reaches('photos', 'Succeeded')
  await story.clock.pass(20 * minute)
  // The rights on the group go with the group, so that ARM answers 403 and never 404: https://github.com/Azure/azure-service-operator/issues/5009
  await story.arm('DELETE', `/subscriptions/${subscription}/resourceGroups/data?api-version=2021-04-01`)
  const { properties } = await story.reaches('photos', 'Failed', 30 * minute)
  expect(JSON.stringify(properties['problems'])).toMatch(/orders/)
  await story.clock.pass(15 * minute)
  expect(publisherOf(story)).toContain('state: Failed')
})

it('warns in the problems, in the namespace and in an Event that a tag is gone, and until when the connection stays', async () => {
  const story = await scenario()
  await story.putPolicy()
  await story.tag(cluster, { 'connect-photos': 'storage-blob:orders?namespace=orders' })
  await story.reaches('photos', 'Succeeded')
  await story.clock.pass(20 * minute)
  await story.tag(cluster, { 'connect-photos': undefined })
  await story.clock.pass(10 * minute)
  const { state, properties } = await story.linker('photos')
  expect(state).toBe('Succeeded')
  const until = /is kept until [\d-]+ [\d:]+Z/
  expect(JSON.stringify(properties['problems'])).toMatch(until)
  expect(publisherOf(story)).toMatch(until)
  await story.tag(cluster, { 'connect-photos': 'storage-blob:orders?namespace=orders' })
  await story.clock.pass(10 * minute)
  expect((await story.linker('photos')).properties['problems']).toEqual([])
  expect(publisherOf(story)).not.toMatch(until)
})

it('takes its firewall rule back from an account that was moved meanwhile', async () => {
  const story = await connected({ fleet: { groups: [{ name: 'data', region: 'northeurope' }] } })
  const body = { resources: [idOfAccount('orders')], targetResourceGroup: `/subscriptions/${subscription}/resourceGroups/data` }
  await story.arm('POST', `/subscriptions/${subscription}/resourceGroups/shop/moveResources?api-version=2021-04-01`, body)
  await story.clock.pass(30 * minute)
  await story.putLinker('photos', {
    ...withIdentity,
    targetService: { type: 'AzureResource', id: `${idOfAccount('orders', 'data')}/blobServices/default` },
  })
  await story.clock.pass(10 * minute)
  expect(await story.pod('photos')).toMatchObject({ exitCode: 0 })
  await story.removeLinker('photos')
  await story.vanishes('photos')
  await story.clock.pass(30 * minute)
  expect(story.changes()).toEqual([])
}, 240_000)

it('takes its firewall rule back from a moved account that is never declared at its new id', async () => {
  const story = await connected({ fleet: { groups: [{ name: 'data', region: 'northeurope' }] } })
  const body = { resources: [idOfAccount('orders')], targetResourceGroup: `/subscriptions/${subscription}/resourceGroups/data` }
  await story.arm('POST', `/subscriptions/${subscription}/resourceGroups/shop/moveResources?api-version=2021-04-01`, body)
  await story.clock.pass(2 * minute)
  await story.removeLinker('photos')
  await story.vanishes('photos')
  await story.clock.pass(30 * minute)
  expect(story.changes()).toEqual([])
}, 240_000)

const hour = 60 * minute

it('writes again within an hour what went with a namespace that was deleted and made again', async () => {
  const story = await connected()
  const path = `kubernetes-objects ${cluster.toLowerCase()}`
  const namespaced = () =>
    [...story.cloud.world.table<object>(path).keys()].filter((key) => /^(secrets|serviceaccounts)\b.*orders/.test(key))
  const before = namespaced().length
  for (const key of namespaced()) story.cloud.world.table<object>(path).delete(key)
  expect(namespaced().length).toBeLessThan(before)
  await story.clock.pass(hour + 5 * minute)
  expect(await story.pod('photos')).toMatchObject({ exitCode: 0 })
}, 240_000)

it('says within half an hour that a cluster is stopped, although no event tells it', async () => {
  const story = await scenario({ events: 'none' })
  await story.putPolicy()
  await story.putLinker('photos', withIdentity)
  await story.reaches('photos', 'Succeeded')
  await story.clock.pass(hour)
  await story.arm('POST', `${cluster}/stop?api-version=2026-06-01`)
  await story.clock.pass(40 * minute)
  expect(JSON.stringify((await story.linker('photos')).properties['problems'])).toContain('ClusterStopped')
}, 240_000)

it('assigns a role again within half an hour that another party removed, although no event tells it', async () => {
  const story = await scenario({ events: 'none' })
  await story.putPolicy()
  await story.putLinker('photos', withIdentity)
  await story.reaches('photos', 'Succeeded')
  await story.clock.pass(hour)
  const roles = () => story.changes().filter((line) => /^role/.test(line))
  const [own] = [...story.cloud.world.table<{ id: string; scope: string }>('role-assignments').values()].filter(
    ({ scope }) => scope.toLowerCase() === idOfAccount('orders').toLowerCase(),
  )
  const before = roles()
  expect(own).toBeDefined()
  await story.arm('DELETE', `${own?.id}?api-version=2022-04-01`)
  expect(roles()).not.toEqual(before)
  await story.clock.pass(40 * minute)
  expect(roles()).toEqual(before)
}, 240_000)

import { expect, it } from 'vitest'
import { storeOf } from '../../src/local/cloud/kubernetes/store.ts'
import type { World } from '../../src/local/cloud/world.ts'
import { idOfCluster, minute, useScenarios } from './scenario.ts'

const scenario = useScenarios()
const cluster = idOfCluster('c1')
type Event = { readonly type: string; readonly reason: string; readonly message: string }

const publisher = (world: World, namespace = 'orders'): Readonly<Record<string, string>> | undefined =>
  storeOf(world, cluster.toLowerCase()).get('configmaps', namespace, 'sc-connections')?.['data'] as never
const events = (world: World): readonly Event[] =>
  [...world.table<Event>(`kubernetes-objects ${cluster.toLowerCase()}`).entries()]
    .filter(([key]) => key.startsWith('events '))
    .map(([, event]) => event)

/** By its own RBAC: the role of Azure that the app has elsewhere may not write Events. */
const grants = { kubernetes: [{ cluster: 'c1' }] }
const app = { name: 'connector', group: 'connector', region: 'westeurope', ...grants }

it('tells a namespace how its connections are, each under its own key, and leaves nothing behind', async () => {
  const story = await scenario()
  const { world } = story.cloud
  await story.putPolicy()
  await story.putLinker('photos')
  await story.putLinker('mail', { authInfo: { authType: 'userAssignedIdentity' } })
  await story.reaches('photos', 'Succeeded')
  await story.reaches('mail', 'Succeeded')
  await story.until('both to be told', () => ['photos', 'mail'].every((name) => publisher(world)?.[name]?.startsWith('state: Succeeded\n')))
  const manifest = `GET ${idOfCluster('c1')}/providers/Microsoft.ServiceLinker/linkers/photos/manifest`
  expect(publisher(world)?.photos).toBe(
    `state: Succeeded\ntarget: orders (storage-blob)\nauth: secret\nsecret: sc-photos-secret\nmanifest: ${manifest}\n`,
  )
  expect(publisher(world)?.mail).toContain('serviceAccount: sc-account-')

  await story.removeLinker('photos')
  await story.vanishes('photos')
  expect(Object.keys(publisher(world) ?? {})).toEqual(['mail'])
  await story.removeLinker('mail')
  await story.vanishes('mail')
  expect(publisher(world)).toBeUndefined()
})

it('says what is wrong and how to repair it, with an Event for each change, where it may write them', async () => {
  const { fleet } = await import('../../src/local/fleets/fleet.ts')
  const roles = fleet().app.roles
  const story = await scenario({
    fleet: { app: { ...app, roles }, storageAccounts: [{ name: 'orders', group: 'shop', region: 'northeurope', network: 'closed' }] },
  })
  const { world } = story.cloud
  await story.putPolicy()
  await story.putLinker('photos')
  await story.reaches('photos', 'Failed')
  await story.until('the namespace to be told', () => publisher(world)?.photos?.includes('state: Failed') === true)
  expect(publisher(world)?.photos).toMatch(/^problem: PublicAccessDisabled: .*\ncause: .*\nremediation: .*private endpoint.*\n/m)
  expect(events(world)).toContainEqual(expect.objectContaining({ type: 'Warning', reason: 'ConnectionFailed' }))

  await story.putLinker('photos', { publicNetworkSolution: { action: 'optOut' } })
  await story.until('the namespace to be told', () => publisher(world)?.photos?.startsWith('state: Succeeded') === true)
  expect(events(world)).toContainEqual(expect.objectContaining({ type: 'Normal', reason: 'ConnectionSucceeded' }))
  await story.removeLinker('photos')
  await story.vanishes('photos')
  expect([publisher(world), events(world)]).toEqual([undefined, []])
})

it('connects all the same where it may write neither', async () => {
  const kubernetes = [{ cluster: 'c1', resources: ['secrets', 'serviceaccounts', 'namespaces'] }]
  const { fleet } = await import('../../src/local/fleets/fleet.ts')
  const roles = fleet().app.roles.filter(({ role }) => role !== 'Azure Kubernetes Service RBAC Writer')
  const story = await scenario({ fleet: { app: { ...app, kubernetes, roles } } })
  await story.putPolicy()
  await story.putLinker('photos')
  const { properties } = await story.reaches('photos', 'Succeeded')
  expect(JSON.stringify(properties.timeline)).toContain('configmaps')
  await story.clock.pass(30 * minute)
  expect((await story.linker('photos')).state).toBe('Succeeded')
  expect(publisher(story.cloud.world)).toBeUndefined()
  await story.removeLinker('photos')
  await story.vanishes('photos')
})

it('publishes nothing where it is turned off', async () => {
  const story = await scenario({ settings: { CONNECTOR_PUBLISH_STATUS: 'off' } })
  await story.putPolicy()
  await story.putLinker('photos')
  await story.reaches('photos', 'Succeeded')
  await story.clock.pass(10 * minute)
  expect(publisher(story.cloud.world)).toBeUndefined()
})

// No one gains: what a person does who may write tags, marks or connections, and has no policy for it.
import { describe, expect, it } from 'vitest'
import { idOf, subscription } from '../../src/local/fleets/fleet.ts'
import { keyOf } from '../../src/model/loop.ts'
import { identityMarks } from '../../src/model/names.ts'
import { idOfAccount, idOfCluster, minute, type Scenario, useScenarios } from './scenario.ts'

const scenario = useScenarios()
const cluster = idOfCluster('c1')
const identityApi = 'api-version=2024-11-30'
const identityIn = (group: string, name: string): string =>
  `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`

/** Objects of the app that lie in the namespace. */
const writtenIn = (story: Scenario, namespace: string): readonly string[] =>
  [...story.cloud.world.table(`kubernetes-objects ${cluster.toLowerCase()}`).keys()].filter(
    (key) => key.includes(` ${namespace}`) && key.includes('sc-'),
  )
const namespaces = (...names: readonly string[]) => ({
  clusters: [{ name: 'c1', group: 'shop', region: 'westeurope', namespaces: [...names] }],
})

describe('an identity that its members provided', () => {
  it.each(['before it is connected', 'while it is connected', 'while it is removed'])(
    'stays, no matter who marks it as owned %s',
    async (when) => {
      const story = await scenario({ fleet: { groups: [{ name: 'prod', region: 'westeurope' }] } })
      await story.putPolicy()
      const id = identityIn('prod', 'payments')
      const mark = (): Promise<unknown> =>
        story.arm('PATCH', `${id}/providers/Microsoft.Resources/tags/default?api-version=2021-04-01`, {
          operation: 'Merge',
          properties: { tags: identityMarks('main', keyOf(id)) },
        })
      await story.arm('PUT', `${id}?${identityApi}`, { location: 'westeurope' })
      await story.clock.pass(5 * minute)
      if (when.startsWith('before')) await mark()
      await story.putLinker('photos', { authInfo: { authType: 'userAssignedIdentity', identityId: id } })
      await story.reaches('photos', 'Succeeded', 4 * 60 * minute)
      if (when.endsWith('connected')) await mark()
      await story.removeLinker('photos')
      if (when.endsWith('removed')) await mark()
      await story.vanishes('photos', 6 * 60 * minute)
      expect((await story.arm('GET', `${id}?${identityApi}`)).status).toBe(200)
    },
  )
})

it.each(['payments', 'kube-system'])(
  'a tag that is pointed to namespace %s, which no policy allows, writes nothing there in the grace time either',
  async (to) => {
    const story = await scenario({ fleet: namespaces('orders', 'payments', 'kube-system') })
    await story.putPolicy('p', { namespaces: ['orders'] })
    await story.tag(cluster, { 'connect-photos': 'storage-blob:orders?namespace=orders&auth=secret' })
    await story.reaches('photos', 'Succeeded', 120 * minute)
    await story.tag(cluster, { 'connect-photos': `storage-blob:orders?namespace=${to}&auth=secret` })
    await story.clock.pass(20 * minute)
    expect(writtenIn(story, 'orders')).toContainEqual(expect.stringContaining('sc-photos-secret'))
    await story.clock.pass(25 * minute)
    expect(writtenIn(story, to)).toEqual([])
  },
)

it('a tag that no policy allows keeps no name from a PUT, and gets the connection when only the tag is allowed', async () => {
  const story = await scenario({ fleet: namespaces('orders', 'mail') })
  await story.putPolicy('p', { namespaces: ['orders'] })
  await story.tag(cluster, {
    'connect-photos': 'storage-blob:orders?namespace=mail&auth=secret',
    'connect-in.voices': 'storage-blob:orders?namespace=mail&auth=secret',
  })
  await story.clock.pass(10 * minute)
  expect([(await story.putLinker('photos')).status, (await story.putLinker('invoices')).status]).toEqual([201, 201])
  await story.reaches('photos', 'Succeeded')
  await story.putPolicy('p', { namespaces: ['mail'] })
  await story.until('the tag has its connection', async () => (await story.linker('photos')).properties['scope'] === 'mail', 120 * minute)
  expect(await story.reaches('photos', 'Succeeded', 120 * minute)).toMatchObject({ properties: { scope: 'mail' } })
})

it('no policy lends out the app itself: not its identity, nor its storage account', async () => {
  const story = await scenario()
  await story.putPolicy()
  await story.tag(cluster, {
    'connect-take': 'storage-blob:orders?namespace=orders&identity=connector/connector',
    'connect-state': 'storage-blob:connector/connectorstate?namespace=orders&firewall=keep',
  })
  await story.until('both are refused', async () => {
    const told = await Promise.all(
      ['take', 'state'].map(async (name) => JSON.stringify((await story.linker(name)).properties['problems'] ?? '')),
    )
    return told[0]?.includes('OwnIdentity') === true && told[1]?.includes('OwnResource') === true
  })
  expect(story.changes()).toEqual([])
})

it('an identity that was made for one namespace is not lent to another, whatever a policy lets them provide', async () => {
  const story = await scenario({ fleet: namespaces('team-a', 'team-b') })
  await story.putPolicy('p', { namespaces: ['team-a', 'team-b'] })
  await story.putLinker('a', { scope: 'team-a', authInfo: { authType: 'userAssignedIdentity' } })
  await story.reaches('a', 'Succeeded', 120 * minute)
  const made =
    story
      .changes()
      .find((line) => line.startsWith('identity'))
      ?.split(' ')[1] ?? ''
  const identityId = identityIn('shop', made)
  const put = await story.putLinker('b', { scope: 'team-b', authInfo: { authType: 'userAssignedIdentity', identityId } })
  expect(put).toMatchObject({ status: 403, body: { error: { code: 'IdentityOfAnother' } } })
})

it('a secret stays with the place and the principal that it was given for', async () => {
  const story = await scenario({ fleet: namespaces('team-a', 'team-b') })
  await story.putPolicy()
  const principal = { authType: 'servicePrincipalSecret', clientId: idOf('client batch'), principalId: idOf('principal batch') }
  const put = (scope: string, authInfo: object = principal, account = 'orders') =>
    story.putLinker('nightly', {
      scope,
      authInfo,
      targetService: { type: 'AzureResource', id: `${idOfAccount(account)}/blobServices/default` },
    })
  await put('team-a', { ...principal, secret: 'secret-of-batch' })
  await story.reaches('nightly', 'Succeeded')
  expect((await put('team-a')).status).toBe(201)
  const moved = [
    await put('team-b'),
    await put('team-a', principal, 'invoices'),
    await put('team-a', { ...principal, clientId: idOf('client other') }),
    await put('team-a', { ...principal, principalId: idOf('principal other') }),
  ]
  expect(moved.map(({ status }) => status)).toEqual([400, 400, 400, 400])
  expect(JSON.stringify(moved[0]?.body)).toContain('for the former namespace only')
})

it('only callers whom the policy names change its connections', async () => {
  const people = ['ada', 'bob'].map((name) => ({
    name,
    appRoles: ['Connections.Read' as const, 'Connections.Write' as const, ...(name === 'ada' ? ['Policies.Write' as const] : [])],
    roles: name === 'ada' ? [{ role: 'Owner' }] : [],
  }))
  const story = await scenario({ fleet: { people } })
  await story.putPolicy('p', { callers: [idOf('principal ada')] })
  expect((await story.putLinker('photos')).status).toBe(201)
  const path = `${cluster}/providers/Microsoft.ServiceLinker/linkers/photos`
  const refused = [
    await story.call('bob', 'DELETE', `${path}?api-version=2024-04-01`),
    await story.call('bob', 'POST', `${path}/reconcile?api-version=2024-04-01`),
    await story.call('bob', 'PUT', `${path}?api-version=2024-04-01`, {
      properties: {
        targetService: { type: 'AzureResource', id: `${idOfAccount('orders')}/blobServices/default` },
        authInfo: { authType: 'secret' },
        scope: 'orders',
      },
    }),
  ]
  expect(refused).toMatchObject(refused.map(() => ({ status: 403, body: { error: { code: 'CallerNotAllowed' } } })))
  expect((await story.removeLinker('photos')).status).toBe(202)
})

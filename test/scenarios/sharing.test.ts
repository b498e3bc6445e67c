import { expect, it } from 'vitest'
import { subscription } from '../../src/local/fleets/fleet.ts'
import { sc } from './command-line.ts'
import { secretData } from './footprint.ts'
import { idOfAccount, idOfCluster, minute, useScenarios } from './scenario.ts'

const scenario = useScenarios()
const identityAuth = { authInfo: { authType: 'userAssignedIdentity' } }
const idOfIdentity = (name: string): string =>
  `/subscriptions/${subscription}/resourceGroups/shop/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`

it('leaves what two connections share while one of them is left', async () => {
  const story = await scenario()
  await story.putPolicy()
  await Promise.all([story.putLinker('one', identityAuth), story.putLinker('two', identityAuth)])
  await story.reaches('one', 'Succeeded')
  await story.reaches('two', 'Succeeded')
  const both = story.changes()
  expect(both.filter((line) => line.startsWith('identity'))).toHaveLength(1)

  await story.removeLinker('one')
  await story.vanishes('one')
  expect(story.changes()).toEqual(both.filter((line) => !line.includes('sc-one-secret')))
  expect((await story.linker('two')).state).toBe('Succeeded')

  await story.removeLinker('two')
  await story.vanishes('two')
  expect(story.changes()).toEqual([])
})

it('uses a given identity on two clusters, and neither makes nor deletes it', async () => {
  const story = await scenario({
    fleet: {
      clusters: [
        { name: 'c1', group: 'shop', region: 'westeurope', namespaces: ['orders'] },
        { name: 'c2', group: 'shop', region: 'westeurope', namespaces: ['orders'] },
      ],
    },
  })
  await story.putPolicy()
  const made = await story.arm('PUT', `${idOfIdentity('given')}?api-version=2024-11-30`, { location: 'westeurope' })
  const { clientId } = (made.body as { properties: { clientId: string } }).properties
  await story.clock.pass(5 * minute)
  const given = { authInfo: { authType: 'userAssignedIdentity', clientId, subscriptionId: subscription } }
  expect((await story.putLinker('photos', given, 'c1')).status).toBe(201)
  expect((await story.putLinker('photos', given, 'c2')).status).toBe(201)
  await story.until(
    'both to be connected',
    async () => (await story.linker('photos', 'c1')).state === 'Succeeded' && (await story.linker('photos', 'c2')).state === 'Succeeded',
  )
  const lines = story.changes()
  expect(lines.filter((line) => line.startsWith('credential given'))).toHaveLength(2)
  expect(lines.filter((line) => line.startsWith('role'))).toHaveLength(1)

  await story.removeLinker('photos', 'c1')
  await story.until('c1 to be left', async () => (await story.linker('photos', 'c1')).status === 404)
  expect(story.changes().filter((line) => line.startsWith('credential given'))).toHaveLength(1)
  await story.clock.pass(10 * minute)
  expect((await story.pod('photos', { cluster: 'c2' })).output).toBe('2 containers: invoices, photos')
  await story.removeLinker('photos', 'c2')
  await story.until('c2 to be left', async () => (await story.linker('photos', 'c2')).status === 404)
  expect(story.changes()).toEqual(['identity given'])
})

it('keeps a connection for the grace time when its consent is withdrawn, and then takes it back', async () => {
  const story = await scenario()
  await story.putPolicy()
  await story.putLinker('photos')
  await story.reaches('photos', 'Succeeded')
  const connected = story.changes()
  expect((await story.call('ada', 'DELETE', '/policies/all')).status).toBeLessThan(300)
  await story.clock.pass(20 * minute)
  expect(story.changes()).toEqual(connected)
  expect(JSON.stringify((await story.linker('photos')).properties.problems)).toContain('ConsentWithdrawn')
  await story.until('everything to be removed', () => story.changes().length === 0)
  expect((await story.linker('photos')).state).toBe('Failed')

  await story.putPolicy()
  await story.reaches('photos', 'Succeeded')
  expect(story.changes()).toEqual(connected)

  // The whole installation goes by one command, which loses the network half-way and is run again.
  await story.putLinker('orders', identityAuth)
  await story.reaches('orders', 'Succeeded')
  const before = story.changes()
  const planned = await sc(story, ['uninstall', '--dry-run'])
  expect(planned.exit).toBe(0)
  expect(planned.said).toMatch(/1\. 2 connections[\s\S]+2\. 1 policies: all[\s\S]+3\. \d+ objects/)
  // What pods read goes before what it leads to, and what was granted before the identity that has it.
  const order = [
    'Secret sc-orders-secret',
    'ServiceAccount sc-account',
    'Storage Blob Data Contributor',
    'federated credential',
    'identity sc-',
  ]
  const places = order.map((text) => planned.said.indexOf(`\n   ${text}`))
  expect([places, planned.said]).toEqual([[...places].sort((a, b) => a - b), expect.anything()])
  expect(places).not.toContain(-1)
  expect(story.changes()).toEqual(before)

  const lost = await sc(story, ['uninstall', '--yes'], {
    refuses: (method, path) => method === 'DELETE' && path.startsWith('/policies/'),
  })
  expect(lost.exit).not.toBe(0)
  expect([(await story.linker('orders')).status, story.changes()]).toEqual([404, []])
  const again = await sc(story, ['uninstall', '--yes'])
  expect([again.exit, again.said]).toEqual([0, expect.stringContaining('Nothing stays but the app itself')])
  for (const path of ['/connections', '/policies', '/inventory'])
    expect((await story.call('ada', 'GET', path)).body).toMatchObject({ value: [] })
})

it('writes a rotated key into the Secret', async () => {
  const story = await scenario()
  await story.putPolicy()
  await story.putLinker('photos')
  await story.reaches('photos', 'Succeeded')
  const before = secretData(story.cloud.world, idOfCluster('c1'), 'sc-photos-secret')
  await story.arm('POST', `${idOfAccount('orders')}/regenerateKey?api-version=2024-01-01`, { keyName: 'key1' })
  expect((await story.pod('photos')).output).toContain('403')
  await story.until('the Secret to have the new key', () => {
    return (
      secretData(story.cloud.world, idOfCluster('c1'), 'sc-photos-secret').AZURE_STORAGEBLOB_CONNECTIONSTRING !==
      before.AZURE_STORAGEBLOB_CONNECTIONSTRING
    )
  })
  expect((await story.pod('photos')).output).toBe('2 containers: invoices, photos')
})

it('keeps to a rule that was there before: it is adopted and stays', async () => {
  const story = await scenario()
  await story.putPolicy()
  await story.putLinker('photos')
  await story.reaches('photos', 'Succeeded')
  const rule = story.changes().find((line) => line.startsWith('firewall')) ?? ''
  const ip = rule.split(' ')[2] ?? ''
  await story.removeLinker('photos')
  await story.vanishes('photos')
  const rules = { networkAcls: { defaultAction: 'Deny', bypass: 'AzureServices', ipRules: [{ value: ip, action: 'Allow' }] } }
  await story.arm('PATCH', `${idOfAccount('orders')}?api-version=2024-01-01`, { properties: rules })
  await story.putLinker('again')
  await story.reaches('again', 'Succeeded')
  await story.removeLinker('again')
  await story.vanishes('again')
  expect(story.changes()).toEqual([rule])
})

// Databases by a password that their author provides or keeps in a vault, users that the app makes, and servers that cannot be used as they are.
import { expect, it } from 'vitest'
import { within } from '../../src/databases/session.ts'
import { dialThrough, openerFor } from '../../src/databases/sessions.ts'
import { findResource, putResource, resourcesOf } from '../../src/local/cloud/arm/resources.ts'
import { principals } from '../../src/local/cloud/entra/directory.ts'
import { writeVersion } from '../../src/local/cloud/key-vault/secrets.ts'
import { sqlDatabases } from '../../src/local/cloud/sql/sql-server.ts'
import { subscription } from '../../src/local/fleets/fleet.ts'
import { secretData } from './footprint.ts'
import { tableRows } from './raw.ts'
import { idOfCluster, minute, type Scenario, useScenarios } from './scenario.ts'

const scenario = useScenarios()
const place = (type: string, name: string): string => `/subscriptions/${subscription}/resourceGroups/shop/providers/${type}/${name}`
const server = place('Microsoft.DBforPostgreSQL/flexibleServers', 'shopdb')
const vault = place('Microsoft.KeyVault/vaults', 'shopkeys')
const location = 'northeurope'
const resources = [
  { id: server, location, network: 'rules', databases: ['orders'] },
  { id: vault, location },
]
const targetService = { type: 'AzureResource', id: `${server}/databases/orders` }
const authInfo = (secretInfo: object, name = 'ada') => ({ authType: 'secret', name, secretInfo })
const raw = (value: string) => authInfo({ secretType: 'rawValue', value })
const byUri = authInfo({ secretType: 'keyVaultSecretUri', value: 'https://shopkeys.vault.azure.net/secrets/orders-db' })
const passwordOf = ({ cloud }: Scenario, name: string): string | undefined =>
  secretData(cloud.world, idOfCluster('c1'), `sc-${name}-secret`)['AZURE_POSTGRESQL_PASSWORD']

it('keeps a password in the vault of the app, bound to its user, and nowhere else', async () => {
  const story = await scenario({ fleet: { resources } })
  await story.putPolicy()
  expect(await story.putLinker('orders', { targetService, authInfo: authInfo({ secretType: 'rawValue' }) })).toMatchObject({ status: 400 })
  expect(await story.putLinker('orders', { targetService, authInfo: { ...raw('x'), name: undefined } })).toMatchObject({ status: 400 })
  expect(story.changes()).toEqual([])
  const put = await story.putLinker('orders', { targetService, authInfo: raw('first password') })
  const { properties, body } = await story.reaches('orders', 'Succeeded')
  expect(JSON.stringify([put.body, body, await tableRows(story)])).not.toContain('first password')
  expect(properties.authInfo).toEqual({ authType: 'secret', authMode: 'optInAllAuth', name: 'ada', secretInfo: { secretType: 'rawValue' } })
  expect(passwordOf(story, 'orders')).toBe('first password')

  // What GET answers can be put again; for another user the password has to be said again.
  expect(await story.putLinker('orders', { targetService, authInfo: properties.authInfo })).toMatchObject({ status: 201 })
  const ofEve = await story.putLinker('orders', { targetService, authInfo: { ...(properties.authInfo as object), name: 'Ada' } })
  expect(ofEve).toMatchObject({ status: 400, body: { error: { message: expect.stringContaining('former user only') } } })
  await story.putLinker('orders', { targetService, authInfo: raw('second') })
  await story.until('the new password to be written', () => passwordOf(story, 'orders') === 'second')
  await story.removeLinker('orders')
  await story.vanishes('orders')
  expect(story.changes()).toEqual([])
})

it('follows a password that its author keeps in a vault, if a policy names it there, and leaves it alone', async () => {
  const story = await scenario({ fleet: { resources } })
  const { world } = story.cloud
  writeVersion(world, 'shopkeys', 'orders-db', 'in the vault', {})
  await story.putPolicy()
  expect(await story.putLinker('orders', { targetService, authInfo: byUri })).toMatchObject({
    status: 403,
    body: { error: { code: 'NotAllowed', message: expect.stringContaining('"secrets":["shopkeys/orders-db"]') } },
  })
  await story.putPolicy('all', { secrets: ['shopkeys/orders-*', 'connectorkeys/*'] })
  const own = { secretType: 'keyVaultSecretUri', value: 'https://connectorkeys.vault.azure.net/secrets/sc-main-x' }
  expect(await story.putLinker('own', { targetService, authInfo: authInfo(own) })).toMatchObject({
    body: { error: { code: 'OwnResource' } },
  })

  // By its address, and by name in a vault that stands elsewhere in the body.
  const reference = { authInfo: authInfo({ secretType: 'keyVaultSecretReference', name: 'orders-db' }), secretStore: { keyVaultId: vault } }
  await story.putLinker('orders', { targetService, authInfo: byUri })
  await story.putLinker('again', { targetService, ...reference })
  const refused = await story.reaches('orders', 'Failed', 90 * minute)
  expect(refused.properties).toMatchObject({ problems: [{ code: 'VaultRefused' }] })
  const role = '/subscriptions/0/providers/Microsoft.Authorization/roleDefinitions/4633458b-17de-408a-b874-0445c86b69e6'
  await story.arm('PUT', `${vault}/providers/Microsoft.Authorization/roleAssignments/${crypto.randomUUID()}?api-version=2022-04-01`, {
    properties: {
      roleDefinitionId: role.replace('/0/', `/${subscription}/`),
      principalId: story.cloud.app.principalId,
      principalType: 'ServicePrincipal',
    },
  })
  for (const name of ['orders', 'again']) {
    await story.reaches(name, 'Succeeded', 120 * minute)
    expect(passwordOf(story, name)).toBe('in the vault')
  }
  writeVersion(world, 'shopkeys', 'orders-db', 'rotated', {})
  await story.clock.pass(65 * minute)
  for (const name of ['orders', 'again']) expect(passwordOf(story, name)).toBe('rotated')
  // With the events of the vault it does not take an hour.
  const url = `${story.host.url}/runtime/webhooks/EventGrid?functionName=azure-events`
  await story.cloud.subscribeEvents({ url, schema: 'EventGrid', source: vault })
  writeVersion(world, 'shopkeys', 'orders-db', 'rotated again', {})
  await story.clock.pass(8 * minute)
  for (const name of ['orders', 'again']) expect(passwordOf(story, name)).toBe('rotated again')

  await Promise.all(['orders', 'again'].map((name) => story.removeLinker(name)))
  await story.vanishes('orders')
  await story.vanishes('again')
  expect(story.changes().filter((line) => !line.startsWith('role '))).toEqual(['vault secret shopkeys/orders-db'])
})

it('waits for a server that is stopped, and shows the way out of one inside a virtual network', async () => {
  const story = await scenario({ fleet: { resources } })
  const { world } = story.cloud
  await story.putPolicy()
  await story.arm('POST', `${server}/stop?api-version=2025-08-01`)
  await story.clock.pass(2 * minute)
  await story.putLinker('orders', { targetService, authInfo: raw('password') })
  await story.clock.pass(10 * minute)
  const { properties, state } = await story.linker('orders')
  expect(state).not.toBe('Succeeded')
  expect(JSON.stringify(properties.timeline)).toContain('waiting until shopdb is started: it is Stopped')
  await story.arm('POST', `${server}/start?api-version=2025-08-01`)
  await story.reaches('orders', 'Succeeded')

  const before = findResource(world, server) ?? expect.fail('no server')
  const network = place('Microsoft.Network/virtualNetworks', 'backend')
  const zone = place('Microsoft.Network/privateDnsZones', 'shopdb.private.postgres.database.azure.com')
  putResource(world, {
    ...before,
    properties: {
      ...before.properties,
      network: {
        publicNetworkAccess: 'Disabled',
        delegatedSubnetResourceId: `${network}/subnets/data`,
        privateDnsZoneArmResourceId: zone,
      },
    },
  })
  await story.call('ada', 'POST', `${idOfCluster('c1')}/providers/Microsoft.ServiceLinker/linkers/orders/reconcile?api-version=2024-04-01`)
  const shut = await story.reaches('orders', 'Failed', 90 * minute)
  expect(shut.properties).toMatchObject({
    problems: [{ code: 'InsideNetwork', message: expect.stringMatching(/peered.*firewall=keep/) }],
  })
  expect(JSON.stringify(shut.properties['problems'])).toContain(`--zone-name 'shopdb.private.postgres.database.azure.com'`)
})

const office = '203.0.113.9'
const flexible = [
  { name: 'pg', engine: 'postgres', id: place('Microsoft.DBforPostgreSQL/flexibleServers', 'shoppg'), prefix: 'AZURE_POSTGRESQL' },
  { name: 'my', engine: 'mysql', id: place('Microsoft.DBforMySQL/flexibleServers', 'shopmysql'), prefix: 'AZURE_MYSQL' },
] as const

/** In the words of the connection's Secret: as its user, from a pod. `administrator`: as who made the tables, from the office. */
async function say({ cloud }: Scenario, { name, engine, prefix }: (typeof flexible)[number], text: string, administrator?: 'connector') {
  const { world, app } = cloud
  const values = secretData(world, idOfCluster('c1'), `sc-${name}-secret`)
  const said = (key: string): string => values[`${prefix}_${key}`] ?? expect.fail(`no ${key}`)
  const identity = [...principals(world).values()].find(({ appId }) => appId === said('CLIENTID')) ?? expect.fail('no identity')
  const oid = administrator ? app.principalId : identity.oid
  const password = await cloud.entra.token({ oid }, 'https://ossrdbms-aad.database.windows.net')
  const at = { engine, host: said('HOST'), port: Number(said('PORT')), database: said('DATABASE') }
  const dial = dialThrough({ HTTPS_PROXY: cloud.proxyUrl(administrator ? 'office' : 'aks-c1') })
  const open = openerFor(at, { user: administrator ?? said('USERNAME'), password, isToken: true }, dial)
  return await within(open, at.database, (session) => session.query(text))
}

it('makes the user of a database behind a firewall that lets the app in for as long as that takes', async () => {
  const sql = place('Microsoft.Sql/servers', 'shopsql')
  const database = `${sql}/databases/orders`
  const story = await scenario({
    fleet: {
      resources: [
        { id: sql, location, network: 'rules', databases: ['orders'] },
        ...flexible.map(({ id }) => ({
          id,
          location,
          network: 'rules',
          allow: [office],
          databases: ['orders'],
          administrator: 'connector',
        })),
      ],
      locations: [{ name: 'office', ip: office }],
    },
    settings: { CONNECTOR_OWN_ADDRESSES: '192.0.2.10' },
  })
  const { world, app } = story.cloud
  await story.putPolicy()
  await story.arm('PUT', `${sql}/administrators/ActiveDirectory?api-version=2023-08-01`, {
    properties: { administratorType: 'ActiveDirectory', login: 'connector', sid: app.clientId, tenantId: app.clientId },
  })
  const rulesFor = (ip: string) =>
    resourcesOf(world, 'Microsoft.Sql/servers/firewallRules', sql).filter(({ properties }) => properties['startIpAddress'] === ip)
  const users = () => Object.keys(sqlDatabases(world).get(database.toLowerCase())?.users ?? {})

  const connect = (name: string, id: string) =>
    story.putLinker(name, { targetService: { type: 'AzureResource', id }, authInfo: { authType: 'userAssignedIdentity' } })
  await connect('orders', database)
  for (const { name, id } of flexible) await connect(name, `${id}/databases/orders`)
  await story.until('the rule for the app', () => rulesFor('192.0.2.10').length > 0)
  expect(users()).toEqual([])
  await story.reaches('orders', 'Succeeded')
  expect(users()).toEqual([expect.stringMatching(/^sc_/)])
  await story.until('the rule to go', () => rulesFor('192.0.2.10').length === 0)

  // The next look lets the app in again, and repairs; meanwhile nothing says that the connection does not work.
  const before = sqlDatabases(world).get(database.toLowerCase()) ?? expect.fail('no database')
  sqlDatabases(world).set(database.toLowerCase(), { ...before, members: [] })
  await story.call('ada', 'POST', `${idOfCluster('c1')}/providers/Microsoft.ServiceLinker/linkers/orders/reconcile?api-version=2024-04-01`)
  await story.until('the app to be let in', () => rulesFor('192.0.2.10').length > 0)
  expect((await story.linker('orders')).state).toBe('Succeeded')
  await story.until('the repair', () => (sqlDatabases(world).get(database.toLowerCase())?.members.length ?? 0) === 2)
  await story.until('the rule to go again', () => rulesFor('192.0.2.10').length === 0)

  for (const one of flexible) {
    await story.reaches(one.name, 'Succeeded')
    // What comes later is covered by the user's rights, too.
    await say(story, one, 'CREATE TABLE orders (id int)', 'connector')
    await say(story, one, 'INSERT INTO orders VALUES (7)')
    expect(await say(story, one, 'SELECT id FROM orders')).toEqual([{ id: 7 }])
    await expect(say(story, one, 'DROP TABLE orders')).rejects.toThrow(/must be owner|command denied/)
  }

  const names = ['orders', ...flexible.map(({ name }) => name)]
  await Promise.all(names.map((name) => story.removeLinker(name)))
  for (const name of names) await story.vanishes(name)
  await story.until('the user to go', () => users().length === 0)
  await story.clock.pass(5 * minute)
  expect(story.changes()).toEqual([])
}, 240_000)

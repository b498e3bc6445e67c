// Microsoft's own management clients of Cosmos DB, caches, vaults, telemetry and databases drive the simulated cloud as they drive Azure: what they poll,
// where they look at the end of an operation, and which shapes they expect. Those of other services have theirs beside their providers.
import { ApplicationInsightsManagementClient } from '@azure/arm-appinsights'
import { CosmosDBManagementClient } from '@azure/arm-cosmosdb'
import { KeyVaultManagementClient } from '@azure/arm-keyvault'
import { MySQLManagementFlexibleServerClient } from '@azure/arm-mysql-flexible'
import { PostgreSQLManagementFlexibleServerClient } from '@azure/arm-postgresql-flexible'
import { RedisManagementClient } from '@azure/arm-rediscache'
import { RedisEnterpriseManagementClient } from '@azure/arm-redisenterprisecache'
import { SqlManagementClient } from '@azure/arm-sql'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { tenant } from '../../../../src/local/cloud/entra/entra.ts'
import { idOf } from '../../../../src/local/fleets/fleet.ts'
import { watchArm } from '../../../oracles/arm-oracle.ts'
import { type ArmWorld, armWorld, groupPath, subscription } from './arm-world.ts'

const accountId = `${groupPath('shop')}/providers/Microsoft.DocumentDB/databaseAccounts/orders`
const [group, location] = ['shop', 'westeurope']
const fast = { updateIntervalInMs: 10 }
const minute = 60_000

let world: ArmWorld
let misfits: ReadonlySet<string>
beforeAll(async () => {
  world = await armWorld({ groups: [{ name: group, region: location }], resources: [{ id: accountId, location, api: 'sql' }] })
  misfits = watchArm(world.cloud)
})
afterAll(async () => {
  await world.close()
  // Some clients have versions of their own, and nothing is known of those.
  expect([...misfits].filter((line) => !/: the data do not have this (type|api-version)$/.test(line))).toEqual([])
})

type Settings = { readonly agent: ArmWorld['agent']; readonly retryOptions: { readonly maxRetries: 0 }; readonly apiVersion: string }
const settings = (apiVersion: string): Settings => ({ agent: world.agent, retryOptions: { maxRetries: 0 }, apiVersion })
const credential = () => world.as('ada').credential

type Started<T> = { pollUntilDone(): Promise<T> }
/** The result of an operation, after it has gone on for so long. Newer clients send nothing before they are asked to. */
async function after<T>(ms: number, started: Promise<Started<T>> | (Started<T> & { submitted(): Promise<void> })): Promise<T> {
  if ('submitted' in started) await started.submitted()
  const poller = 'submitted' in started ? started : await started
  await world.clock.pass(ms)
  return await poller.pollUntilDone()
}
async function namesIn(pages: AsyncIterable<{ name?: string }>): Promise<readonly (string | undefined)[]> {
  const names: (string | undefined)[] = []
  for await (const { name } of pages) names.push(name)
  return names
}
const gone = (asked: Promise<unknown>): Promise<void> => expect(asked).rejects.toMatchObject({ statusCode: 404 })

it('Cosmos DB', async () => {
  const { databaseAccounts, sqlResources } = new CosmosDBManagementClient(credential(), subscription, settings('2025-10-15'))
  expect(await namesIn(databaseAccounts.listByResourceGroup(group))).toEqual(['orders'])
  const rules = [{ ipAddressOrRange: '20.1.2.3' }]
  expect(await after(7 * minute, databaseAccounts.update(group, 'orders', { ipRules: rules }, fast))).toMatchObject({ ipRules: rules })

  const before = await databaseAccounts.listKeys(group, 'orders')
  await after(2 * minute, databaseAccounts.regenerateKey(group, 'orders', { keyKind: 'primary' }, fast))
  const { primaryMasterKey, ...others } = await databaseAccounts.listKeys(group, 'orders')
  expect(primaryMasterKey).not.toBe(before.primaryMasterKey)
  expect(before).toMatchObject(others)
  const { connectionStrings = [] } = await databaseAccounts.listConnectionStrings(group, 'orders')
  expect(connectionStrings[0]?.connectionString).toContain(primaryMasterKey)

  await after(minute, sqlResources.createUpdateSqlDatabase(group, 'orders', 'shop', { resource: { id: 'shop' } }, fast))
  expect(await namesIn(sqlResources.listSqlDatabases(group, 'orders'))).toEqual(['shop'])
  const name = '00000000-0000-4000-8000-000000000001'
  const roleDefinitionId = `${accountId}/sqlRoleDefinitions/00000000-0000-0000-0000-000000000002`
  const role = { roleDefinitionId, scope: `${accountId}/dbs/shop`, principalId: idOf('principal ada') }
  await after(minute, sqlResources.createUpdateSqlRoleAssignment(group, 'orders', name, role, fast))
  expect(await sqlResources.getSqlRoleAssignment(group, 'orders', name)).toMatchObject(role)
  await after(minute, sqlResources.deleteSqlRoleAssignment(group, 'orders', name, fast))
  await gone(sqlResources.getSqlRoleAssignment(group, 'orders', name))

  const { tableResources, gremlinResources, cassandraResources, mongoMIResources } = new CosmosDBManagementClient(
    ...([credential(), subscription, settings('2026-03-15')] as const),
  )
  const on = [group, 'orders', name] as const
  const roleIn = (api: string, id: number) => ({
    roleDefinitionId: `${accountId}/${api}RoleDefinitions/00000000-0000-0000-0000-00000000000${id}`,
    ...{ scope: accountId, principalId: idOf('principal ada') },
  })
  expect(await after(minute, tableResources.createUpdateTableRoleAssignment(...on, roleIn('table', 1), fast))).toMatchObject({ name })
  expect(await tableResources.getTableRoleAssignment(...on)).toMatchObject(roleIn('table', 1))
  await after(minute, tableResources.deleteTableRoleAssignment(...on, fast))
  await gone(tableResources.getTableRoleAssignment(...on))
  await after(minute, gremlinResources.createUpdateGremlinRoleAssignment(...on, roleIn('gremlin', 3), fast))
  expect(await gremlinResources.getGremlinRoleAssignment(...on)).toMatchObject(roleIn('gremlin', 3))
  await after(minute, gremlinResources.deleteGremlinRoleAssignment(...on, fast))
  expect(await namesIn(gremlinResources.listGremlinRoleAssignments(group, 'orders'))).toEqual([])
  await after(minute, cassandraResources.createUpdateCassandraRoleAssignment(...on, roleIn('cassandra', 4), fast))
  expect(await cassandraResources.getCassandraRoleAssignment(...on)).toMatchObject(roleIn('cassandra', 4))
  await after(minute, mongoMIResources.createUpdateMongoMIRoleAssignment(...on, roleIn('mongoMI', 4), fast))
  expect(await namesIn(mongoMIResources.listMongoMIRoleAssignments(group, 'orders'))).toEqual([name])
  const definitions = ['3', '4'].map((last) => `00000000-0000-0000-0000-00000000000${last}`)
  expect(await namesIn(mongoMIResources.listMongoMIRoleDefinitions(group, 'orders'))).toEqual(definitions)

  await after(7 * minute, databaseAccounts.delete(group, 'orders', fast))
  await gone(databaseAccounts.get(group, 'orders'))
})

it('Azure Cache for Redis', async () => {
  const { redis, firewallRules, accessPolicyAssignment } = new RedisManagementClient(credential(), subscription, settings('2024-11-01'))
  const made = redis.beginCreate(group, 'cache', { location, sku: { name: 'Premium', family: 'P', capacity: 1 } }, fast)
  expect(await after(11 * minute, made)).toMatchObject({ hostName: 'cache.redis.cache.windows.net', sslPort: 6380 })
  const { primaryKey, secondaryKey } = await redis.listKeys(group, 'cache')
  const renewed = await redis.regenerateKey(group, 'cache', { keyType: 'Primary' })
  expect([renewed.secondaryKey, renewed.primaryKey === primaryKey]).toEqual([secondaryKey, false])

  await firewallRules.createOrUpdate(group, 'cache', 'office', { startIP: '20.1.2.3', endIP: '20.1.2.3' })
  expect(await namesIn(firewallRules.list(group, 'cache'))).toEqual(['cache/office'])
  await world.clock.pass(minute)
  await firewallRules.delete(group, 'cache', 'office')
  await world.clock.pass(minute)
  const reader = { objectId: idOf('principal ada'), objectIdAlias: 'ada', accessPolicyName: 'Data Reader' }
  const assigned = accessPolicyAssignment.beginCreateUpdate(group, 'cache', 'ada', reader, fast)
  expect(await after(minute, assigned)).toMatchObject(reader)
  await after(minute, accessPolicyAssignment.beginDelete(group, 'cache', 'ada', fast))
  expect(await namesIn(accessPolicyAssignment.list(group, 'cache'))).toEqual([])
  await after(minute, redis.beginDelete(group, 'cache', fast))
  await gone(redis.get(group, 'cache'))
})

it('Azure Managed Redis', async () => {
  const { redisEnterprise, databases } = new RedisEnterpriseManagementClient(credential(), subscription, settings('2025-07-01'))
  const made = redisEnterprise.beginCreate(group, 'managed', { location, sku: { name: 'Balanced_B0' } }, fast)
  expect(await after(6 * minute, made)).toMatchObject({ hostName: 'managed.westeurope.redis.azure.net' })
  expect(await databases.get(group, 'managed', 'default')).toMatchObject({ port: 10000, clientProtocol: 'Encrypted' })
  const { primaryKey, secondaryKey } = await databases.listKeys(group, 'managed', 'default')
  const renewed = await databases.beginRegenerateKeyAndWait(group, 'managed', 'default', { keyType: 'Secondary' }, fast)
  expect([renewed.primaryKey, renewed.secondaryKey === secondaryKey]).toEqual([primaryKey, false])
  await after(minute, redisEnterprise.beginDelete(group, 'managed', fast))
  await gone(redisEnterprise.get(group, 'managed'))
})

it('Key Vault', async () => {
  const { vaults } = new KeyVaultManagementClient(credential(), subscription, settings('2025-05-01'))
  const sku = { family: 'A', name: 'standard' } as const
  const made = vaults.createOrUpdate(group, 'clientvault', { location, properties: { tenantId: tenant, sku, accessPolicies: [] } }, fast)
  expect((await after(minute, made)).properties.vaultUri).toBe('https://clientvault.vault.azure.net/')
  const networkAcls = { defaultAction: 'Deny', ipRules: [{ value: '20.1.2.3' }] } as const
  const { properties } = await vaults.update(group, 'clientvault', {
    properties: { networkAcls: { ...networkAcls, ipRules: [...networkAcls.ipRules] } },
  })
  expect(properties.networkAcls?.ipRules).toEqual([{ value: '20.1.2.3/32' }])
  const policy = { tenantId: tenant, objectId: idOf('principal ada'), permissions: { secrets: ['get'] } }
  await vaults.updateAccessPolicy(group, 'clientvault', 'add', { properties: { accessPolicies: [policy] } })
  expect((await vaults.get(group, 'clientvault')).properties.accessPolicies).toEqual([policy])
  expect(await namesIn(vaults.listByResourceGroup(group))).toContain('clientvault')
  await vaults.delete(group, 'clientvault')
  await gone(vaults.get(group, 'clientvault'))
})

it('Application Insights', async () => {
  const { components } = new ApplicationInsightsManagementClient(credential(), subscription, settings('2020-02-02'))
  const { connectionString, instrumentationKey } = await components.createOrUpdate(group, 'traces', {
    location,
    kind: 'web',
    applicationType: 'web',
  })
  expect(connectionString).toContain(`InstrumentationKey=${instrumentationKey};IngestionEndpoint=https://`)
  expect(await namesIn(components.listByResourceGroup(group))).toEqual(['traces'])
  await components.delete(group, 'traces')
  await gone(components.get(group, 'traces'))
})

const rule = { startIpAddress: '20.1.2.3', endIpAddress: '20.1.2.3' }

it('Azure SQL', async () => {
  const { servers, databases, firewallRules } = new SqlManagementClient(credential(), subscription, settings('2023-08-01'))
  const made = servers.beginCreateOrUpdate(group, 'sql1', { location }, fast)
  expect(await after(2 * minute, made)).toMatchObject({ fullyQualifiedDomainName: 'sql1.database.windows.net' })
  expect(await firewallRules.createOrUpdate(group, 'sql1', 'office', rule)).toMatchObject(rule)
  await firewallRules.delete(group, 'sql1', 'office')
  expect(await namesIn(firewallRules.listByServer(group, 'sql1'))).toEqual([])
  await databases.beginCreateOrUpdateAndWait(group, 'sql1', 'shop', { location }, fast)
  expect(await namesIn(databases.listByServer(group, 'sql1'))).toEqual(['shop'])
  await after(2 * minute, servers.beginDelete(group, 'sql1', fast))
  await gone(servers.get(group, 'sql1'))
})

it('Azure Database for PostgreSQL', async () => {
  const { servers, databases, firewallRules } = new PostgreSQLManagementFlexibleServerClient(
    credential(),
    subscription,
    settings('2025-08-01'),
  )
  expect(await after(7 * minute, servers.beginCreateOrUpdate(group, 'pg1', { location }, fast))).toMatchObject({
    fullyQualifiedDomainName: 'pg1.postgres.database.azure.com',
    state: 'Ready',
  })
  expect(await after(minute, firewallRules.beginCreateOrUpdate(group, 'pg1', 'office', rule, fast))).toMatchObject(rule)
  await after(minute, databases.beginCreate(group, 'pg1', 'shop', {}, fast))
  expect(await namesIn(databases.listByServer(group, 'pg1'))).toEqual(['shop'])
  await after(2 * minute, servers.beginStop(group, 'pg1', fast))
  expect((await servers.get(group, 'pg1')).state).toBe('Stopped')
  await after(2 * minute, servers.beginDelete(group, 'pg1', fast))
  await gone(servers.get(group, 'pg1'))
})

it('Azure Database for MySQL', async () => {
  const { servers, databases, firewallRules } = new MySQLManagementFlexibleServerClient(credential(), subscription, settings('2023-12-30'))
  expect(await after(7 * minute, servers.beginCreate(group, 'my1', { location }, fast))).toMatchObject({
    fullyQualifiedDomainName: 'my1.mysql.database.azure.com',
    state: 'Ready',
  })
  expect(await after(minute, firewallRules.beginCreateOrUpdate(group, 'my1', 'office', rule, fast))).toMatchObject(rule)
  await after(minute, databases.beginCreateOrUpdate(group, 'my1', 'shop', {}, fast))
  expect(await namesIn(databases.listByServer(group, 'my1'))).toEqual(['shop'])
  await after(2 * minute, servers.beginDelete(group, 'my1', fast))
  await gone(servers.get(group, 'my1'))
})

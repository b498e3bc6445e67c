// The zones of https://learn.microsoft.com/azure/private-link/private-endpoint-dns, in the public cloud and in China's.
import { expect, it } from 'vitest'
import { targets } from '../../src/targets/catalogue.ts'
import { privateLinkOf } from '../../src/targets/private-link.ts'
import { resourceIn } from '../../src/targets/target-type.ts'
import { placed } from './samples.ts'

const documented: Readonly<Record<string, string>> = {
  'storage-blob': 'blob privatelink.blob.core.windows.net',
  'storage-queue': 'queue privatelink.queue.core.windows.net',
  'storage-table': 'table privatelink.table.core.windows.net',
  'storage-file': 'file privatelink.file.core.windows.net',
  appconfig: 'configurationStores privatelink.azconfig.io',
  keyvault: 'vault privatelink.vaultcore.azure.net',
  'cosmos-sql': 'Sql privatelink.documents.azure.com',
  'cosmos-mongo': 'MongoDB privatelink.mongo.cosmos.azure.com',
  'cosmos-table': 'Table privatelink.table.cosmos.azure.com',
  'cosmos-cassandra': 'Cassandra privatelink.cassandra.cosmos.azure.com',
  'cosmos-gremlin': 'Gremlin privatelink.gremlin.cosmos.azure.com',
  redis: 'redisCache privatelink.redis.cache.windows.net',
  'redis-enterprise': 'redisEnterprise privatelink.redis.azure.net',
  servicebus: 'namespace privatelink.servicebus.windows.net',
  eventhub: 'namespace privatelink.servicebus.windows.net',
  signalr: 'signalr privatelink.service.signalr.net',
  webpubsub: 'webpubsub privatelink.webpubsub.azure.com',
  openai: 'account privatelink.openai.azure.com',
  cognitiveservices: 'account privatelink.cognitiveservices.azure.com',
  aiservices: 'account privatelink.cognitiveservices.azure.com privatelink.openai.azure.com',
  'postgres-flexible': 'postgresqlServer privatelink.postgres.database.azure.com',
  'mysql-flexible': 'mysqlServer privatelink.mysql.database.azure.com',
  sql: 'sqlServer privatelink.database.windows.net',
  postgres: 'postgresqlServer privatelink.postgres.database.azure.com',
  mysql: 'mysqlServer privatelink.mysql.database.azure.com',
}

it.each(targets.filter((target) => resourceIn(target)?.firewall && target.type !== 'app-insights'))('of $type', (target) => {
  const { subresource = '', zones = [] } = privateLinkOf(target, placed(target).service) ?? {}
  expect([subresource, ...zones].join(' ')).toBe(documented[target.type])
})

it.each([
  ['vault', 'https://kv.vault.azure.cn/', 'privatelink.vaultcore.azure.cn'],
  ['blob', 'https://st.blob.core.chinacloudapi.cn/', 'privatelink.blob.core.chinacloudapi.cn'],
  ['redisEnterprise', 'rediss://cache.westeurope.redisenterprise.cache.azure.net:10000', 'privatelink.redisenterprise.cache.azure.net'],
])('of %s at %s', (privateLink, endpoint, zone) => {
  expect(privateLinkOf({ privateLink }, { endpoint })?.zones).toEqual([zone])
})

it('is none for what has no host of its own, or no private endpoint', () => {
  expect(privateLinkOf({ privateLink: 'account' }, { endpoint: 'https://westeurope.api.cognitive.microsoft.com/' })).toBeUndefined()
  expect(privateLinkOf({}, { endpoint: 'https://x.example.com' })).toBeUndefined()
})

// The values work, of databases, caches, queues, vaults and telemetry: the packages that apps use read them as they stand in the Secret. Nothing is
// sent. Queues and tables are used in stories: test/scenarios/storage-services.test.ts.
import type { TokenCredential } from '@azure/core-auth'
import { CosmosClient } from '@azure/cosmos'
import { TableServiceClient } from '@azure/data-tables'
import { SecretClient } from '@azure/keyvault-secrets'
import { AzureMonitorTraceExporter } from '@azure/monitor-opentelemetry-exporter'
import { QueueServiceClient } from '@azure/storage-queue'
import { TelemetryClient } from 'applicationinsights'
import { Redis } from 'ioredis'
import { MongoClient } from 'mongodb'
import { createClient } from 'redis'
import { describe, expect, it } from 'vitest'
import { environment } from './environment.ts'

/** Stands for the pod's token: nothing is asked for. */
const token: TokenCredential = { getToken: async () => ({ token: 'token', expiresOnTimestamp: Date.now() + 3_600_000 }) }

describe('the packages of databases understand', () => {
  it('the connection string and the endpoint of Cosmos DB for NoSQL', async () => {
    const sent: string[] = []
    const rest = {
      connectionPolicy: {
        enableBackgroundEndpointRefreshing: false,
        retryOptions: { maxRetryAttemptCount: 0, fixedRetryIntervalInMilliseconds: 1, maxWaitTimeInSeconds: 1 },
      },
      plugins: [
        {
          on: 'request' as const,
          plugin: async ({ endpoint, headers }: { endpoint?: string; headers?: Record<string, unknown> }): Promise<never> => {
            sent.push(`${endpoint} ${decodeURIComponent(String(headers?.['authorization']))}`)
            throw new Error('nothing is sent')
          },
        },
      ],
    }
    const text = environment('cosmos-sql', 'secret')('AZURE_COSMOS_CONNECTIONSTRING')
    const endpoint = environment('cosmos-sql', 'workload-identity')('AZURE_COSMOS_RESOURCEENDPOINT')
    for (const client of [
      new CosmosClient({ connectionString: text, ...rest }),
      new CosmosClient({ endpoint, aadCredentials: token, ...rest }),
    ])
      await expect(client.databases.readAll().fetchAll()).rejects.toThrow('nothing is sent')
    expect(sent[0]).toMatch(/^https:\/\/acc\.documents\.azure\.com:443\/ type=master&ver=1\.0&sig=\S+$/)
    // With a token it is signed later.
    expect(sent[1]).toMatch(/^https:\/\/acc\.documents\.azure\.com:443\/ /)
  })

  it('the URL of Cosmos DB for MongoDB', () => {
    const { options } = new MongoClient(environment('cosmos-mongo', 'secret')('AZURE_COSMOS_CONNECTIONSTRING'))
    expect(options.hosts.map(String)).toEqual(['acc.mongo.cosmos.azure.com:10255'])
    expect(options).toMatchObject({ tls: true, replicaSet: 'globaldb', retryWrites: false, maxIdleTimeMS: 120_000, appName: '@acc@' })
    expect(options.credentials).toMatchObject({ username: 'acc', password: 'a2V5' })
  })

  it('both values of Cosmos DB for Table and of storage tables', () => {
    const tables = TableServiceClient.fromConnectionString(environment('cosmos-table', 'secret')('AZURE_COSMOS_CONNECTIONSTRING'))
    const withToken = new TableServiceClient(environment('cosmos-table', 'workload-identity')('AZURE_COSMOS_TABLEENDPOINT'), token)
    for (const { url } of [tables, withToken]) expect(url).toMatch(/^https:\/\/acc\.table\.cosmos\.azure\.com:443\/?$/)
    const text = environment('storage-table', 'secret')('AZURE_STORAGETABLE_CONNECTIONSTRING')
    const endpoint = environment('storage-table', 'workload-identity')('AZURE_STORAGETABLE_RESOURCEENDPOINT')
    for (const { url } of [TableServiceClient.fromConnectionString(text), new TableServiceClient(endpoint, token)])
      expect(new URL(url).host).toBe('stdata.table.core.windows.net')
  })
})

describe('the packages of queues, vaults and telemetry understand', () => {
  it('the connection string and the endpoint of storage queues', () => {
    const text = environment('storage-queue', 'secret')('AZURE_STORAGEQUEUE_CONNECTIONSTRING')
    const endpoint = environment('storage-queue', 'workload-identity')('AZURE_STORAGEQUEUE_RESOURCEENDPOINT')
    for (const { url, accountName } of [QueueServiceClient.fromConnectionString(text), new QueueServiceClient(endpoint, token)])
      expect([new URL(url).host, accountName]).toEqual(['stdata.queue.core.windows.net', 'stdata'])
  })

  it('the address of a key vault', () => {
    const endpoint = environment('keyvault', 'workload-identity')('AZURE_KEYVAULT_RESOURCEENDPOINT')
    expect(new SecretClient(endpoint, token).vaultUrl).toBe('https://kvdata.vault.azure.net/')
  })

  it('the connection string of Application Insights', () => {
    // A real one has a GUID for its key.
    const key = '11111111-1111-4111-8111-111111111111'
    const connectionString = environment('app-insights', 'secret')('APPLICATIONINSIGHTS_CONNECTION_STRING').replace('a2V5', key)
    const exporter = new AzureMonitorTraceExporter({ connectionString, disableOfflineStorage: true })
    expect(Reflect.get(exporter, 'endpointUrl')).toBe('https://westeurope-1.in.applicationinsights.azure.com')
    expect(Reflect.get(exporter, 'instrumentationKey')).toBe(key)
    const { config } = new TelemetryClient(connectionString)
    expect([config.instrumentationKey, new URL(config.endpointUrl).host]).toEqual([key, 'westeurope-1.in.applicationinsights.azure.com'])
  })
})

describe('the packages of Redis understand', () => {
  it.each([
    ['redis', { host: 'cache.redis.cache.windows.net', port: 6380, database: 3 }],
    ['redis-enterprise', { host: 'cache.westeurope.redis.azure.net', port: 10000, database: 0 }],
  ] as const)('the URL of %s', (type, { host, port, database }) => {
    const url = environment(type, 'secret')('AZURE_REDIS_CONNECTIONSTRING')
    const { options } = new Redis(url, { lazyConnect: true })
    expect(options).toMatchObject({ host, port, db: database, password: 'a2V5' })
    expect(options.tls).toBeTruthy()
    expect(createClient({ url }).options).toMatchObject({ socket: { host, port, tls: true }, database, password: 'a2V5' })
  })
})

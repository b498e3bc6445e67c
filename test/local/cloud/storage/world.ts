// A world with storage accounts in front of a real Azurite, for the tests of this folder.

import type { AccessToken, TokenCredential } from '@azure/core-auth'
import { createHttpHeaders, type HttpClient } from '@azure/core-rest-pipeline'
import { AzureNamedKeyCredential, TableClient, TableServiceClient } from '@azure/data-tables'
import { BlobServiceClient, type StoragePipelineOptions, StorageSharedKeyCredential } from '@azure/storage-blob'
import { VirtualClock } from '../../../../src/local/clock.ts'
import { principals } from '../../../../src/local/cloud/entra/directory.ts'
import { createEntra } from '../../../../src/local/cloud/entra/entra.ts'
import type { AzuriteHandle } from '../../../../src/local/cloud/storage/azurite.ts'
import { createStorage, type StorageAccount } from '../../../../src/local/cloud/storage/gate.ts'
import { createWorld, type WorldState } from '../../../../src/local/cloud/world.ts'
import { serviceClient } from '../entra/service-client.ts'

const key = Buffer.from('the first key of the account').toString('base64')
const account: StorageAccount = {
  id: '/subscriptions/s/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/shop',
  keys: [key],
  allowSharedKeyAccess: true,
}

/** The blob client wants the older form of an HTTP client. */
const blobClient = (client: HttpClient) =>
  ({
    async sendRequest(request: { headers: { toJson(): Record<string, string> } }) {
      const answer = await client.sendRequest({ ...request, headers: createHttpHeaders(request.headers.toJson()) } as never)
      return { ...answer, request, headers: { toJson: () => answer.headers.toJSON() } }
    },
  }) as unknown as NonNullable<StoragePipelineOptions['httpClient']>

/** `rights` = action or data action, with the scope's end; `*` at the end of either stands for all. */
export async function storageWorld(azurite: AzuriteHandle, state?: WorldState, clock = new VirtualClock(Date.now())) {
  const world = createWorld(clock, state)
  const entra = await createEntra(world, { dispatch: async () => ({ status: 404 }) })
  principals(world).set('me', { oid: 'me', appId: 'me-app', kind: 'managed-identity', name: 'me', createdAt: 0, visibleAt: 0 })
  const given = { accounts: new Map([['shop', account]]), rights: new Set<string>(), blocked: new Set<string>(), asked: [] as string[] }
  const { service } = createStorage(world, {
    verify: entra.verify,
    azurite,
    account: (_world, name) => given.accounts.get(name),
    isAllowed: (_world, _name, location) => !given.blocked.has(location),
    mayDo(_world, { principalId, scope, ...right }) {
      const name = Object.values(right)[0] as string
      given.asked.push(`${name} ${scope.replace(account.id, '')}`)
      return principalId === 'me' && [...given.rights].some((each) => new RegExp(`^${each.replaceAll('*', '.*')}$`).test(name))
    },
  })
  const token = (audience = 'https://storage.azure.com', oid = 'me'): TokenCredential => ({
    getToken: async (): Promise<AccessToken> => ({
      token: await entra.token({ oid }, audience),
      expiresOnTimestamp: clock.now() + 3_600_000,
    }),
  })
  const client = { httpClient: serviceClient(service), retryOptions: { maxRetries: 0 } }
  const blob = (location?: string): StoragePipelineOptions => ({
    httpClient: blobClient(serviceClient(service, location)),
    retryOptions: { maxTries: 1 },
  })
  const tableUrl = 'https://shop.table.core.windows.net'
  const blobUrl = 'https://shop.blob.core.windows.net'
  return {
    world,
    clock,
    given,
    service,
    tables: (name = 'desired', credential = token()) => new TableClient(tableUrl, name, credential, client),
    tableService: () => new TableServiceClient(tableUrl, token(), client),
    tablesByKey: (by = key, name = 'desired') => new TableClient(tableUrl, name, new AzureNamedKeyCredential('shop', by), client),
    blobs: (location?: string, credential = token()) => new BlobServiceClient(blobUrl, credential, blob(location)),
    blobsByKey: (by = key, location?: string) => new BlobServiceClient(blobUrl, new StorageSharedKeyCredential('shop', by), blob(location)),
    token,
  }
}

// What a connection to blobs puts into its Secret: exactly the keys of Azure's own Service Connector
// (https://learn.microsoft.com/azure/service-connector/how-to-integrate-storage-blob), so that manifests written for it keep working.
import type { TargetFacts } from '../domain/facts.ts'
import { resourceId } from '../domain/resource-id.ts'
import type { Secret } from '../domain/secret.ts'
import type { Target, ValuesInput } from './target.ts'

const keysByAuth: Readonly<Record<string, readonly string[]>> = {
  'workload-identity': ['AZURE_STORAGEBLOB_RESOURCEENDPOINT', 'AZURE_STORAGEBLOB_CLIENTID'],
  'service-principal': [
    'AZURE_STORAGEBLOB_RESOURCEENDPOINT',
    'AZURE_STORAGEBLOB_CLIENTID',
    'AZURE_STORAGEBLOB_CLIENTSECRET',
    'AZURE_STORAGEBLOB_TENANTID',
  ],
  secret: ['AZURE_STORAGEBLOB_CONNECTIONSTRING'],
}
/** Both generations of Spring Cloud Azure's properties. */
const springKeys = [
  'azure.storage.account-name',
  'azure.storage.account-key',
  'azure.storage.blob-endpoint',
  'spring.cloud.azure.storage.blob.account-name',
  'spring.cloud.azure.storage.blob.account-key',
  'spring.cloud.azure.storage.blob.endpoint',
]

export const storageBlobSecret: Pick<Target, 'keys' | 'values'> = {
  keys: (auth, client) => (auth === 'secret' && client === 'springBoot' ? springKeys : (keysByAuth[auth] ?? [])),

  values(of): Readonly<Record<string, string | Secret<string>>> {
    if (of.auth === 'workload-identity')
      return {
        AZURE_STORAGEBLOB_RESOURCEENDPOINT: of.target.endpoint,
        AZURE_STORAGEBLOB_CLIENTID: required(of.identity?.clientId, 'identity'),
      }
    if (of.auth === 'service-principal') {
      const { clientId, tenant, secret } = required(of.servicePrincipal, 'service principal')
      return {
        AZURE_STORAGEBLOB_RESOURCEENDPOINT: of.target.endpoint,
        AZURE_STORAGEBLOB_CLIENTID: clientId,
        AZURE_STORAGEBLOB_CLIENTSECRET: secret,
        AZURE_STORAGEBLOB_TENANTID: tenant,
      }
    }
    const key = required(of.credential, 'credential')
    const account = accountOf(of)
    if (of.client !== 'springBoot')
      return { AZURE_STORAGEBLOB_CONNECTIONSTRING: key.map((value) => connectionString(account, value, of.target)) }
    return {
      'azure.storage.account-name': account,
      'azure.storage.account-key': key,
      'azure.storage.blob-endpoint': of.target.endpoint,
      'spring.cloud.azure.storage.blob.account-name': account,
      'spring.cloud.azure.storage.blob.account-key': key,
      'spring.cloud.azure.storage.blob.endpoint': of.target.endpoint,
    }
  },
}

const accountOf = ({ targetId }: ValuesInput): string => resourceId(targetId).names[0] ?? ''

/** Accounts with an endpoint of a DNS zone of their own (`….z12.blob.storage.azure.net`) cannot be told by name and suffix. */
function connectionString(account: string, key: string, { endpoint }: TargetFacts): string {
  const { hostname } = new URL(endpoint)
  const usual = `${account.toLowerCase()}.blob.`
  const place = hostname.startsWith(usual) ? `EndpointSuffix=${hostname.slice(usual.length)}` : `BlobEndpoint=${endpoint}`
  return `DefaultEndpointsProtocol=https;AccountName=${account};AccountKey=${key};${place}`
}

function required<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new TypeError(`The values of a connection were asked for without its ${what}`)
  return value
}

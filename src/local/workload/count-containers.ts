// A sample workload, written as any team would write it: it knows nothing of this project, only the variables that a connection gives.
// It counts the containers of a storage account and ends.

import { ClientSecretCredential, DefaultAzureCredential, WorkloadIdentityCredential } from '@azure/identity'
import { BlobServiceClient } from '@azure/storage-blob'

const connectionString = process.env['AZURE_STORAGEBLOB_CONNECTIONSTRING']
const endpoint = process.env['AZURE_STORAGEBLOB_RESOURCEENDPOINT']
const tenant = process.env['AZURE_STORAGEBLOB_TENANTID']
const client = process.env['AZURE_STORAGEBLOB_CLIENTID']
const clientSecret = process.env['AZURE_STORAGEBLOB_CLIENTSECRET']

function connect(): BlobServiceClient {
  if (connectionString) return BlobServiceClient.fromConnectionString(connectionString)
  if (endpoint && tenant && client && clientSecret)
    return new BlobServiceClient(endpoint, new ClientSecretCredential(tenant, client, clientSecret))
  // Identity bindings are only for clients that ask for them.
  if (endpoint && process.env['AZURE_KUBERNETES_TOKEN_PROXY'])
    return new BlobServiceClient(endpoint, new WorkloadIdentityCredential({ enableAzureProxy: true }))
  if (endpoint) return new BlobServiceClient(endpoint, new DefaultAzureCredential())
  throw new Error('neither AZURE_STORAGEBLOB_CONNECTIONSTRING nor AZURE_STORAGEBLOB_RESOURCEENDPOINT is set')
}

/** One line: status, code, and what the service said. */
function inShort(error: unknown): string {
  const { statusCode, code, message } = error as { statusCode?: number; code?: string; message?: string }
  const text = String(message ?? error)
  const first = text.split('\n')[0]?.trim()
  return [statusCode, code ?? /AADSTS\d+/.exec(text)?.[0], first].filter((part) => part !== undefined && part !== '').join(' ')
}

try {
  const names: string[] = []
  for await (const container of connect().listContainers()) names.push(container.name)
  process.stdout.write(
    `${names.length} ${names.length === 1 ? 'container' : 'containers'}${names.length > 0 ? `: ${names.join(', ')}` : ''}\n`,
  )
} catch (error) {
  process.stdout.write(`Could not list containers: ${inShort(error)}\n`)
  process.exitCode = 1
}

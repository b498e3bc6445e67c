// Another sample workload: makes a container in a storage account and ends. Ordinary code, like count-containers.ts.

import { DefaultAzureCredential } from '@azure/identity'
import { BlobServiceClient } from '@azure/storage-blob'

const endpoint = process.env['AZURE_STORAGEBLOB_RESOURCEENDPOINT'] ?? ''
const [, , name = ''] = process.argv

await new BlobServiceClient(endpoint, new DefaultAzureCredential()).createContainer(name)
process.stdout.write(`made the container ${name}\n`)

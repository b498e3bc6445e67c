// A workload that knows only what a connection to queues gives: it makes a queue and lists all of them.
import { DefaultAzureCredential } from '@azure/identity'
import { QueueServiceClient } from '@azure/storage-queue'

const { AZURE_STORAGEQUEUE_CONNECTIONSTRING: text, AZURE_STORAGEQUEUE_RESOURCEENDPOINT: endpoint = '' } = process.env
const client = text ? QueueServiceClient.fromConnectionString(text) : new QueueServiceClient(endpoint, new DefaultAzureCredential())

await client.createQueue('mail')
const names: string[] = []
for await (const { name } of client.listQueues()) names.push(name)
process.stdout.write(`queues: ${names.join(', ')}`)

// A workload that knows only what a connection to tables gives: it makes a table and lists all of them.
import { TableServiceClient } from '@azure/data-tables'
import { DefaultAzureCredential } from '@azure/identity'

const { AZURE_STORAGETABLE_CONNECTIONSTRING: text, AZURE_STORAGETABLE_RESOURCEENDPOINT: endpoint = '' } = process.env
const client = text ? TableServiceClient.fromConnectionString(text) : new TableServiceClient(endpoint, new DefaultAzureCredential())

await client.createTable('orders')
const names: string[] = []
for await (const { name } of client.listTables()) names.push(name ?? '')
process.stdout.write(`tables: ${names.join(', ')}`)

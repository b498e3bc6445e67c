// A workload that knows only what a connection to queues gives: it makes a queue and lists all of them.
import {
  bearerTokenAuthenticationPolicy,
  createDefaultHttpClient,
  createHttpHeaders,
  createPipelineFromOptions,
  createPipelineRequest,
} from '@azure/core-rest-pipeline'
import { DefaultAzureCredential } from '@azure/identity'

const endpoint = process.env['AZURE_STORAGEQUEUE_RESOURCEENDPOINT'] ?? ''
const pipeline = createPipelineFromOptions({ retryOptions: { maxRetries: 0 } })
pipeline.addPolicy(
  bearerTokenAuthenticationPolicy({ credential: new DefaultAzureCredential(), scopes: 'https://storage.azure.com/.default' }),
)

async function send(method: 'GET' | 'PUT', path: string): Promise<string> {
  const headers = createHttpHeaders({ 'x-ms-version': '2021-12-02' })
  const request = createPipelineRequest({ method, url: new URL(path, endpoint).href, headers })
  const { status, bodyAsText } = await pipeline.sendRequest(createDefaultHttpClient(), request)
  if (status >= 300) throw new Error(`${method} ${path} was refused: ${status} ${bodyAsText}`)
  return bodyAsText ?? ''
}

await send('PUT', '/mail')
const names = [...(await send('GET', '/?comp=list')).matchAll(/<Name>([^<]+)<\/Name>/g)].map(([, name]) => name)
process.stdout.write(`queues: ${names.join(', ')}`)

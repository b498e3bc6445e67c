// Lets an Azure SDK client talk to one simulated service without network: same URLs, same headers.

import { Readable } from 'node:stream'
import { createHttpHeaders, type HttpClient } from '@azure/core-rest-pipeline'
import type { CloudService } from '../../../../src/local/cloud/http.ts'

export const serviceClient = (service: CloudService, location = 'internet'): HttpClient => ({
  async sendRequest(request) {
    const url = new URL(request.url)
    if (!service.owns(url.hostname)) throw new Error(`getaddrinfo ENOTFOUND ${url.hostname}`)
    const headers = Object.fromEntries([...request.headers].map(([name, value]) => [name.toLowerCase(), value]))
    const body = Buffer.from((request.body ?? '') as string)
    const answer = await service.handle({ method: request.method, url, headers, body, location })
    const isJson = answer.body !== undefined && !Buffer.isBuffer(answer.body) && typeof answer.body !== 'string'
    const bytes = Buffer.isBuffer(answer.body) ? answer.body : Buffer.from(isJson ? JSON.stringify(answer.body) : String(answer.body ?? ''))
    const length: Record<string, string> = request.method === 'HEAD' ? {} : { 'content-length': String(bytes.length) }
    const streamed =
      request.streamResponseStatusCodes?.has(answer.status) || request.streamResponseStatusCodes?.has(Number.POSITIVE_INFINITY)
    return {
      request,
      status: answer.status,
      headers: createHttpHeaders({ ...(isJson ? { 'content-type': 'application/json' } : {}), ...length, ...answer.headers }),
      ...(streamed ? { readableStreamBody: Readable.from([bytes]) } : { bodyAsText: bytes.toString() }),
    }
  },
})

// From the gate to Azurite and back: the same request under the pool account's name, signed with its key and the real time; and an answer
// that knows only the outside names. Azurite is asked in "production style", the account in the host name, so paths stay as they are.

import type { CloudRequest, CloudResponse } from '../http.ts'
import type { AzuriteHandle, StorageService } from './azurite.ts'
import { type Signable, sign, stringToSign } from './shared-key.ts'

type Where = {
  readonly service: StorageService
  /** The simulated account's name. */
  readonly outside: string
  readonly inside: { readonly name: string; readonly key: string }
}

/** `Date` may tell virtual time in this process; this clock never does. */
const realNow = (): number => performance.timeOrigin + performance.now()

const notPassedOn =
  /^(authorization|host|connection|keep-alive|transfer-encoding|content-length|accept-encoding|expect|date|x-ms-date|proxy-.*)$/
const notPassedBack = /^(connection|keep-alive|transfer-encoding|content-length|date)$/

export async function forward(azurite: AzuriteHandle, request: CloudRequest, { service, outside, inside }: Where): Promise<CloudResponse> {
  const insideHost = `${inside.name}.${service}.core.windows.net`
  const outsideUrl = `https://${outside}.${service}.core.windows.net`
  const insideUrl = `http://${insideHost}`
  const insidePathUrl = `http://127.0.0.1/${inside.name}`
  const { pathname, search, searchParams } = request.url

  // Transactions carry absolute URLs, and Azurite reads only path style there. Bytes of blobs are never touched.
  const isTransaction = service === 'table' && pathname === '/$batch'
  const body = isTransaction ? Buffer.from(request.body.toString('utf8').replaceAll(` ${outsideUrl}`, ` ${insidePathUrl}`)) : request.body
  const hasBody = body.length > 0 || !['GET', 'HEAD', 'DELETE'].includes(request.method)
  const headers: Record<string, string> = {
    ...Object.fromEntries(Object.entries(request.headers).filter(([name]) => !notPassedOn.test(name))),
    ...(hasBody ? { 'content-length': String(body.length) } : {}),
    'x-ms-date': new Date(realNow()).toUTCString(),
  }
  const signable: Signable = { method: request.method, path: pathname, query: searchParams, headers }
  const scheme = service === 'table' ? 'SharedKeyLite' : 'SharedKey'
  const signature = sign(inside.key, stringToSign(scheme, service, inside.name, signable))
  headers['authorization'] = `${scheme} ${inside.name}:${signature}`
  headers['host'] = insideHost

  const answer = await azurite.send(service, { method: request.method, path: pathname + search, headers, body })
  const outward = (text: string): string =>
    text
      .replace(`ServiceEndpoint="${insideUrl}/${inside.name}"`, `ServiceEndpoint="${outsideUrl}/"`)
      .replaceAll(insideUrl, outsideUrl)
      .replaceAll(insidePathUrl, outsideUrl)
  const type = answer.headers['content-type'] ?? ''
  const mentionsHosts =
    service === 'table' ? answer.body.length > 0 : type.includes('xml') && (searchParams.has('comp') || answer.status >= 400)
  const kept = Object.entries(answer.headers).filter(
    ([name]) => !notPassedBack.test(name) || (name === 'content-length' && request.method === 'HEAD'),
  )
  return {
    status: answer.status,
    headers: Object.fromEntries(kept.map(([name, value]) => [name, outward(value)])),
    ...(answer.body.length === 0 ? {} : { body: mentionsHosts ? Buffer.from(outward(answer.body.toString('utf8'))) : answer.body }),
  }
}

// Azure Resource Manager as raw JSON. The SDKs drop what they do not know from a body that was read to be written back, and they hide operations'
// errors (a failed one is a plain `Error` there), so reads and writes of resources go this way; SDK clients do the rest.
// Nothing here logs: URLs of operations are signed, bodies may hold anything.

import { resourceId } from '../domain/resource-id.ts'
import { secret } from '../domain/secret.ts'
import { failureOf, pauseOf } from '../errors/classify.ts'
import { Failure } from '../errors/failure.ts'
import type { Arm, Written } from '../steps/ports.ts'
import { isAbsent } from './absent.ts'
import { type AzureConnection, endpointOf } from './connection.ts'
import { operationState } from './operation.ts'
import { ownUrl, urlOf } from './paths.ts'
import { createSend } from './raw.ts'
import type { HttpMethods, PipelineResponse } from './sdk.ts'
import { doing } from './words.ts'

type Json = Readonly<Record<string, unknown>>

export function createArm(azure: AzureConnection): Arm {
  const endpoint = endpointOf(azure)
  const send = createSend(azure, `${endpoint}/.default`)

  /** The body of a success; anything else is thrown. */
  async function call(
    method: HttpMethods,
    url: string,
    what: string,
    body?: unknown,
    more?: Record<string, string>,
  ): Promise<{ response: PipelineResponse; json: Json }> {
    const response = await send(method, url, what, body, more)
    if (response.status >= 200 && response.status < 300) return { response, json: jsonOf(response, what) }
    throw refused(response, what)
  }

  const written = (response: PipelineResponse, body: Json): Written => {
    // a created identity carries a `Location` as well, the resource's own: only where the answer is 202 is it one to poll
    const poll = response.headers.get('azure-asyncoperation') ?? (response.status === 202 ? response.headers.get('location') : undefined)
    const operation = ownUrl(endpoint, poll)
    const retryAfterMs = pauseOf((name) => response.headers.get(name))
    return { body, ...(operation === undefined ? {} : { operation }), ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
  }

  async function write(
    method: HttpMethods,
    id: string,
    apiVersion: string,
    body: unknown,
    more?: Record<string, string>,
  ): Promise<Written> {
    const { response, json } = await call(method, urlOf(endpoint, id, { 'api-version': apiVersion }), doing(method, id), body, more)
    return written(response, json)
  }

  return {
    async get(id, apiVersion) {
      try {
        return (await call('GET', urlOf(endpoint, id, { 'api-version': apiVersion }), doing('GET', id))).json
      } catch (error) {
        if (isAbsent(error)) return undefined
        throw error
      }
    },

    async list(path, apiVersion) {
      const [id = '', query = ''] = path.split('?', 2)
      const rows: Json[] = []
      const what = doing('GET', id)
      let url: string | undefined = urlOf(endpoint, id, { ...Object.fromEntries(new URLSearchParams(query)), 'api-version': apiVersion })
      while (url !== undefined) {
        const { json }: { json: Json } = await call('GET', url, what)
        rows.push(...(Array.isArray(json.value) ? (json.value as Json[]) : []))
        const next = typeof json.nextLink === 'string' && json.nextLink !== '' ? json.nextLink : undefined
        url = ownUrl(endpoint, next)
        // half a list must not pass for a whole one
        if (next !== undefined && url === undefined)
          throw new Failure({ class: 'person', code: 'Unexpected', about: { doing: what, message: 'The next page lies on another host.' } })
      }
      return rows
    },

    put: (id, apiVersion, body, precondition) =>
      write('PUT', id, apiVersion, body, precondition ? { 'if-match': precondition.ifMatch } : undefined),
    patch: (id, apiVersion, body) => write('PATCH', id, apiVersion, body),

    async post(id, action, apiVersion) {
      const { response, json } = await call(
        'POST',
        urlOf(endpoint, `${id}/${action}`, { 'api-version': apiVersion }),
        doing('POST', id, action),
      )
      return written(response, json)
    },

    async delete(id, apiVersion) {
      try {
        return await write('DELETE', id, apiVersion, undefined)
      } catch (error) {
        if (isAbsent(error)) return { body: {} }
        throw error
      }
    },

    async secret(id, action, apiVersion, pick) {
      const what = doing('POST', id, action)
      const { json } = await call('POST', urlOf(endpoint, `${id}/${action}`, { 'api-version': apiVersion }), what)
      try {
        return secret(pick(json))
      } catch {
        // what `pick` says may hold what it could not read
        throw new Failure({ class: 'person', code: 'CredentialNotReadable', about: { doing: what, action, target: resourceId(id).name } })
      }
    },

    async operation(url) {
      const own = ownUrl(endpoint, url)
      if (own === undefined) return { state: 'done' }
      const what = 'ask for an operation'
      const response = await send('GET', own, what)
      if (response.status === 404 || response.status === 410) return { state: 'done' }
      if (response.status < 200 || response.status >= 300) throw refused(response, what)
      return operationState(
        response.status,
        jsonOf(response, what),
        pauseOf((name) => response.headers.get(name)),
      )
    },
  }
}

const refused = (response: PipelineResponse, what: string): Failure =>
  failureOf({ status: response.status, body: response.bodyAsText ?? '', headers: response.headers, doing: what })

function jsonOf(response: PipelineResponse, what: string): Json {
  if (!response.bodyAsText) return {}
  try {
    const json: unknown = JSON.parse(response.bodyAsText)
    return typeof json === 'object' && json !== null && !Array.isArray(json) ? (json as Json) : {}
  } catch {
    throw new Failure({
      class: 'transient',
      code: 'NoAnswer',
      about: { doing: what, message: 'The answer is no JSON.' },
      status: response.status,
    })
  }
}

// Azure Resource Manager as raw JSON. The SDKs drop unknown fields from a body that was read to be written back, and they hide errors of operations
// (a failed one is a plain `Error` there), so reads and writes of resources go this way; SDK clients do the rest. Nothing here logs: URLs of
// operations are signed, bodies may contain anything.

import { type Answered, type Json, readAnswer, readIfAny } from '../errors/answer.ts'
import { failureOf, pauseOf } from '../errors/classify.ts'
import { Failure } from '../errors/failure.ts'
import { createPages } from '../errors/pages.ts'
import { resourceId } from '../model/resource-id.ts'
import { secret } from '../model/secret.ts'
import type { Arm, Written } from '../ports/azure.ts'
import { isAbsent } from './absent.ts'
import { type AzureClientOptions, endpointOf } from './client-options.ts'
import { operationState } from './operation.ts'
import { ownUrl, urlOf } from './paths.ts'
import { createSend } from './raw.ts'
import type { HttpMethods, PipelineResponse } from './sdk.ts'
import { listOf, polled, resource } from './shapes.ts'
import { doing } from './words.ts'

export function createArm(azure: AzureClientOptions): Arm {
  const endpoint = endpointOf(azure)
  const send = createSend(azure, `${endpoint}/.default`)

  /** The answer to a success; anything else is thrown. */
  async function call(
    method: HttpMethods,
    url: string,
    what: string,
    body?: unknown,
    more?: Record<string, string>,
  ): Promise<PipelineResponse> {
    const response = await send(method, url, what, body, more)
    if (response.status >= 200 && response.status < 300) return response
    throw refused(response, what)
  }

  async function read(id: string, apiVersion: string): Promise<Json> {
    const what = doing('GET', id)
    return readAnswer(answered(await call('GET', urlOf(endpoint, id, { 'api-version': apiVersion }), what), what), resource(id))
  }

  const written = (response: PipelineResponse, body: Json): Written => {
    // a created identity carries a `Location` as well, the resource's own: it is only a poll URL if the answer is 202
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
    const what = doing(method, id)
    const response = await call(method, urlOf(endpoint, id, { 'api-version': apiVersion }), what, body, more)
    // The answer to a delete, or to an accepted request, may be anything or empty; the answer to a completed write is the resource.
    const isWritten = method !== 'DELETE' && response.status !== 202
    return written(response, isWritten ? readAnswer(answered(response, what), resource(id)) : readIfAny(answered(response, what)))
  }

  return {
    async get(id, apiVersion) {
      try {
        return await read(id, apiVersion)
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
      const pages = createPages(what)
      while (url !== undefined) {
        pages.next(url)
        const answer: Json = readAnswer(answered(await call('GET', url, what), what), listOf(id, endpoint))
        rows.push(...(answer['value'] as readonly Json[]))
        url = ownUrl(endpoint, answer['nextLink'] as string | undefined)
      }
      return rows
    },

    put: (id, apiVersion, body, precondition) =>
      write('PUT', id, apiVersion, body, precondition ? { 'if-match': precondition.ifMatch } : undefined),
    patch: (id, apiVersion, body) => write('PATCH', id, apiVersion, body),

    async post(id, action, apiVersion) {
      const what = doing('POST', id, action)
      const response = await call('POST', urlOf(endpoint, `${id}/${action}`, { 'api-version': apiVersion }), what)
      return written(response, readAnswer(answered(response, what), resource(`${id}/${action}`)))
    },

    async regenerate(id, action, apiVersion, body) {
      const what = doing('POST', id, action)
      const response = await call('POST', urlOf(endpoint, `${id}/${action}`, { 'api-version': apiVersion }), what, body)
      const { operation } = written(response, {})
      return operation === undefined ? {} : { operation }
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
      const [method, path] = action === undefined ? (['GET', id] as const) : (['POST', `${id}/${action}`] as const)
      const what = doing(method, id, action)
      const json = readAnswer(answered(await call(method, urlOf(endpoint, path, { 'api-version': apiVersion }), what), what))
      try {
        return secret(pick(json))
      } catch {
        // the error of `pick` may contain what it could not read
        throw new Failure({
          class: 'transient',
          code: 'CredentialNotReadable',
          about: { doing: what, action: action ?? 'read', target: resourceId(id).name },
        })
      }
    },

    async operation(url) {
      const own = ownUrl(endpoint, url)
      if (own === undefined) return { state: 'done' }
      const what = 'ask for an operation'
      const response = await send('GET', own, what)
      if (response.status === 404 || response.status === 410) return { state: 'done' }
      if (response.status < 200 || response.status >= 300) throw refused(response, what)
      if (response.status === 204) return { state: 'done' }
      const body = response.status === 202 ? readIfAny(answered(response, what)) : readAnswer(answered(response, what), polled)
      return operationState(
        response.status,
        body,
        pauseOf((name) => response.headers.get(name)),
      )
    },
  }
}

const refused = (response: PipelineResponse, what: string): Failure =>
  failureOf({ status: response.status, body: response.bodyAsText ?? '', headers: response.headers, doing: what })

const answered = ({ status, bodyAsText: text }: PipelineResponse, what: string): Answered => ({ status, text, doing: what })

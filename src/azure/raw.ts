// Raw JSON requests on the SDKs' pipeline: signed in for one scope (without one, for none), with the same connection pool, limits and budget. Every answer is returned; only
// a request without an answer throws, as `Failure`. Nothing here logs: URLs of operations are signed, bodies may contain anything.
import { failureOf } from '../errors/classify.ts'
import { Failure } from '../errors/failure.ts'
import { type AzureClientOptions, clientOptions } from './client-options.ts'
import {
  bearerTokenAuthenticationPolicy,
  createDefaultHttpClient,
  createHttpHeaders,
  createPipelineFromOptions,
  createPipelineRequest,
  type HttpMethods,
  type PipelineResponse,
} from './sdk.ts'

/** `doing`: the purpose, in words for people. */
export type Send = (
  method: HttpMethods,
  url: string,
  doing: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
) => Promise<PipelineResponse>

/** A wrong answer is detected further down, where its purpose is unknown. */
const inWords = ({ fields }: Failure, doing: string): Failure => new Failure({ ...fields, about: { ...fields.about, doing } })

export function createSend(azure: AzureClientOptions, scopes: string | undefined): Send {
  const { additionalPolicies, ...options } = clientOptions(azure)
  const client = createDefaultHttpClient()
  const pipeline = createPipelineFromOptions(options)
  pipeline.removePolicy({ name: 'logPolicy' })
  if (scopes !== undefined) pipeline.addPolicy(bearerTokenAuthenticationPolicy({ credential: azure.credential, scopes }))
  for (const { policy } of additionalPolicies) pipeline.addPolicy(policy, { afterPhase: 'Sign' })

  return async (method, url, doing, body, more = {}) => {
    const json = body === undefined ? {} : { 'content-type': 'application/json' }
    const headers = createHttpHeaders({ accept: 'application/json', ...json, ...more })
    const request = createPipelineRequest({ url, method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
    return await pipeline.sendRequest(client, request).catch((error: unknown) => {
      throw failureOf({ error: error instanceof Failure ? inWords(error, doing) : error, doing })
    })
  }
}

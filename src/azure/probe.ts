// Connects as a pod of a connection would: exchanges a token of its ServiceAccount for one of its identity, and uses that for one read. No SDK,
// because it would cache the token, retry, and put what it sends into its errors:
// https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow#third-case-access-token-request-with-a-federated-credential

import { readAnswer } from '../errors/answer.ts'
import { failureOf } from '../errors/classify.ts'
import { redact } from '../errors/redact.ts'
import { type Secret, secret } from '../model/secret.ts'
import type { Probe, Refused } from '../ports/probe.ts'
import { type AzureClientOptions, authorityOf, endpointOf } from './client-options.ts'
import {
  createDefaultHttpClient,
  createHttpHeaders,
  createPipelineFromOptions,
  createPipelineRequest,
  type PipelineResponse,
} from './sdk.ts'

type ConnectionInput = {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

export function createProbe(azure: AzureClientOptions): Probe {
  const { agent, timeoutMs = 30_000, onCall } = azure
  const client = createDefaultHttpClient()
  const pipeline = createPipelineFromOptions({
    ...(agent ? { agent } : {}),
    retryOptions: { maxRetries: 0 },
    redirectOptions: { maxRetries: 0 },
  })
  pipeline.removePolicy({ name: 'logPolicy' })

  /** `request` is only revealed here, and errors contain nothing of it. */
  async function send(input: Secret<ConnectionInput>, doing: string): Promise<PipelineResponse> {
    const { headers, ...open } = input.reveal()
    const { host, pathname: path } = new URL(open.url)
    const began = performance.now()
    const call = () => ({ method: open.method, host, path, ms: performance.now() - began })
    try {
      const answer = await pipeline.sendRequest(
        client,
        createPipelineRequest({ ...open, headers: createHttpHeaders(headers), timeout: timeoutMs }),
      )
      onCall?.({ ...call(), status: answer.status })
      return answer
    } catch (error) {
      onCall?.(call())
      // The client's error contains the request, and with it the token.
      throw failureOf({ error: Object.assign(new Error('no answer'), { name: 'RestError', code: codeOf(error) }), doing })
    }
  }

  return {
    async signIn({ tenant, clientId, assertion, scope = `${endpointOf(azure)}/.default` }) {
      const form = (token: string) =>
        new URLSearchParams({
          grant_type: 'client_credentials',
          client_id: clientId,
          client_assertion_type: assertionType,
          client_assertion: token,
          scope,
        }).toString()
      const url = `${authorityOf(azure)}/${encodeURIComponent(tenant)}/oauth2/v2.0/token`
      const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' }
      const doing = 'sign in as the identity of the connection'
      const { status, bodyAsText: text } = await send(
        assertion.map((token): ConnectionInput => ({ method: 'POST', url, headers, body: form(token) })),
        doing,
      )
      if (status !== 200) return refusedSignIn(status, text ?? '')
      const answer = readAnswer({ status, text, doing }, ({ access_token: token }) =>
        typeof token === 'string' && token !== '' ? undefined : 'it holds no token',
      )
      return { token: secret(String(answer['access_token'])) }
    },

    async read(token, { url, headers }) {
      const { status, headers: answered } = await send(
        token.map((bearer): ConnectionInput => ({ method: 'GET', url, headers: { ...headers, authorization: `Bearer ${bearer}` } })),
        'read as the identity of the connection',
      )
      if (status >= 200 && status < 300) return 'read'
      const error = answered.get('x-ms-error-code') ?? ''
      return { status, error, text: `${status} ${redact(error)}`.trim() }
    },
  }
}

/** Entra's text repeats issuer and subject, which are no secrets; it never repeats the token. */
function refusedSignIn(status: number, text: string): Refused {
  const [, number = ''] = /AADSTS(\d{5,7})/.exec(text) ?? []
  return { status, error: number, text: number === '' ? `${status}` : `AADSTS${number}` }
}

function codeOf(error: unknown): string {
  const { code } = (typeof error === 'object' && error !== null ? error : {}) as { readonly code?: unknown }
  return typeof code === 'string' ? code : 'no answer'
}

// What all clients of Azure Resource Manager share: sign-in, connection pool, time limit. Their own retries are off: they would sleep within an
// activity, which is billed and limited in time; the loop retries (docs/azure-behaviour.md#sdk-retries-sleep-in-the-process).
import type { Agent } from 'node:https'
import type { TokenCredential } from '@azure/core-auth'
import type { OutsideCall } from '../model/outside-call.ts'
import { retriedBriefly } from './brief-retry.ts'
import { checked, type Expected } from './checked.ts'
import { type RateLimiter, rateLimited } from './rate-limit.ts'
import type { PipelinePolicy } from './sdk.ts'

export type AzureClientOptions = {
  readonly credential: TokenCredential
  readonly agent?: Agent
  /** Other clouds have other hosts: `https://management.chinacloudapi.cn`. */
  readonly endpoint?: string
  /** Where identities of this cloud sign in: `https://login.partner.microsoftonline.cn`. */
  readonly authority?: string
  readonly timeoutMs?: number
  /** Keeps requests to ARM within its budget; without it all are sent. */
  readonly rateLimiter?: RateLimiter
  /** Called for every request, answered or failed. */
  readonly onCall?: (call: OutsideCall) => void
}

export const endpointOf = (azure: AzureClientOptions): string => new URL(azure.endpoint ?? 'https://management.azure.com').origin

export const authorityOf = ({ authority }: AzureClientOptions): string => new URL(authority ?? 'https://login.microsoftonline.com').origin

/** Options of any client. `expected`: the shapes of its successes, if not every caller checks them itself. */
export const clientOptions = (azure: AzureClientOptions, expected: Expected = () => undefined) => ({
  ...(azure.agent ? { agent: azure.agent } : {}),
  ...(azure.endpoint ? { endpoint: azure.endpoint } : {}),
  retryOptions: { maxRetries: 0 },
  redirectOptions: { maxRetries: 0 },
  additionalPolicies: [
    // The outermost: budget and telemetry see every answer, whatever it looks like.
    { policy: checked(expected), position: 'perRetry' as const },
    ...(azure.rateLimiter ? [{ policy: rateLimited(azure.rateLimiter, endpointOf(azure)), position: 'perRetry' as const }] : []),
    { policy: watched(azure), position: 'perRetry' as const },
  ],
})

/** Options of the client of the app's own table: nearly every request to the app needs it, so short outages of it are retried and not passed on. */
export const tableOptions = (azure: AzureClientOptions, expected: Expected) => {
  const options = clientOptions(azure, expected)
  const additionalPolicies = [{ policy: retriedBriefly, position: 'perRetry' as const }, ...options.additionalPolicies]
  return { ...options, additionalPolicies }
}

/** Limits the time of a request, and reports it. */
const watched = ({ timeoutMs = 30_000, onCall }: AzureClientOptions): PipelinePolicy => ({
  name: 'watched',
  async sendRequest(request, next) {
    request.timeout = timeoutMs
    const { host, pathname: path } = new URL(request.url)
    const began = performance.now()
    const call = () => ({ method: request.method, host, path, ms: performance.now() - began })
    try {
      const response = await next(request)
      onCall?.({ ...call(), status: response.status })
      return response
    } catch (error) {
      onCall?.(call())
      throw error
    }
  },
})

// Two short retries after a network or server error, instead of the SDKs' own: those sleep for as long as `Retry-After` says, within a request that a
// caller waits for (throttlingRetryStrategy of @typespec/ts-http-runtime knows no limit). Longer waits are reported at once.
import { pauseOf } from '../errors/classify.ts'
import { pause } from '../errors/contention.ts'
import type { PipelinePolicy, PipelineResponse } from './sdk.ts'

const retries = 2
const longestMs = 400

export const retriedBriefly: PipelinePolicy = {
  name: 'retriedBriefly',
  async sendRequest(request, next) {
    for (let retry = 0; ; retry++) {
      const answer = await next(request).catch((error: unknown) => {
        // Only for errors of the network or the server: a request that was never sent failed for other reasons.
        if (retry >= retries || request.abortSignal?.aborted || !isNetworkError(error)) throw error
        return undefined
      })
      if (answer && (retry >= retries || !isPassing(answer))) return answer
      await pause(longestMs * (0.25 + 0.75 * Math.random()))
    }
  },
}

const isNetworkError = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'REQUEST_SEND_ERROR'

function isPassing({ status, headers }: PipelineResponse): boolean {
  if (![429, 500, 502, 503, 504].includes(status)) return false
  return (pauseOf((name) => headers.get(name)) ?? 0) <= longestMs
}

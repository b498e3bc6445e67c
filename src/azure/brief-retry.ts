// Two short retries of what broke or met a server's error, in place of the SDKs' own: those sleep for as long as `Retry-After` says, within a request
// that somebody waits for (throttlingRetryStrategy of @typespec/ts-http-runtime knows no limit). Who is told to wait for longer is told so at once.
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
        // Only what the network or the server did: a request that was never sent has its reasons.
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

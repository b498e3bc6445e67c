// Passes every answer of Azure to the one reader (errors/answer.ts) before an SDK interprets it: a refusal that proves something must be the
// service's own, and a success must have the requested shape.
import { type Answered, checkRefusal, readAnswer, readIfAny, type Shape } from '../errors/answer.ts'
import type { PipelinePolicy, PipelineResponse } from './sdk.ts'
import { doing } from './words.ts'

/** The shape of a success; `undefined`: the sender of the request reads it. */
export type Expected = (method: string, url: URL, response: PipelineResponse) => Shape | undefined

export const checked = (expected: Expected, words: (method: string, url: URL) => string = usual): PipelinePolicy => ({
  name: 'checked',
  async sendRequest(request, next) {
    const response = await next(request)
    const url = new URL(request.url)
    const { status, bodyAsText: text } = response
    const answered: Answered = { status, text, doing: words(request.method, url) }
    if (status < 200 || status >= 300) checkRefusal(answered)
    else {
      const shape = expected(request.method, url, response)
      // The answer to a delete, or to an accepted request, may be empty.
      if (shape && (request.method === 'DELETE' || status === 202)) readIfAny(answered, () => undefined)
      else if (shape) readAnswer(answered, shape)
    }
    return response
  },
})

const usual = (method: string, { pathname }: URL): string => doing(method, decodeURIComponent(pathname))

// Has every answer of Azure read by the one reader (errors/answer.ts), before an SDK makes something of it: a refusal from which something is concluded
// is the service's own, and a success has the form that was asked for.
import { type Answered, checkRefusal, readAnswer, readIfAny, type Shape } from '../errors/answer.ts'
import type { PipelinePolicy, PipelineResponse } from './sdk.ts'
import { doing } from './words.ts'

/** The form of a success; `undefined`: whoever sent the request reads it. */
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
      // A delete may answer nothing at all, and so may what was accepted only.
      if (shape && (request.method === 'DELETE' || status === 202)) readIfAny(answered, () => undefined)
      else if (shape) readAnswer(answered, shape)
    }
    return response
  },
})

const usual = (method: string, { pathname }: URL): string => doing(method, decodeURIComponent(pathname))

import type { HttpRequest } from '@azure/functions'
import { describe, expect, it } from 'vitest'
import { Refusal } from '../../src/functions/http/answers.ts'
import { readJson } from '../../src/functions/http/body.ts'

/** A request as it comes with HTTP streaming on: the body has no known length. */
const streamed = (
  chunks: readonly Uint8Array[],
  type = 'application/json; charset=utf-8',
): { request: HttpRequest; pulled: () => number } => {
  let at = 0
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const chunk = chunks[at++]
      if (chunk) controller.enqueue(chunk)
      else controller.close()
    },
  })
  return { request: { headers: new Headers({ 'content-type': type }), body } as unknown as HttpRequest, pulled: () => at }
}
const bytes = (text: string) => new TextEncoder().encode(text)
const refusal = async (request: HttpRequest): Promise<Refusal> => {
  const error: unknown = await readJson(request).catch((thrown: unknown) => thrown)
  if (error instanceof Refusal) return error
  throw new Error('it was read')
}

describe('a body', () => {
  it('is read whole, however it is cut', async () => {
    const all = bytes(JSON.stringify({ name: 'grün', text: 'x'.repeat(1000) }))
    const chunks = Array.from({ length: all.length }, (_, at) => all.slice(at, at + 1))
    expect(await readJson(streamed(chunks).request)).toEqual({ name: 'grün', text: 'x'.repeat(1000) })
  })

  it('may begin with a byte order mark', async () => {
    expect(await readJson(streamed([bytes('\uFEFF{}')]).request)).toEqual({})
  })

  it('that is too long is read to its end all the same, so that its sender gets the answer', async () => {
    const { request, pulled } = streamed(Array.from({ length: 80 }, () => new Uint8Array(64 * 1024)))
    expect((await refusal(request)).status).toBe(413)
    expect(pulled()).toBe(81)
  })

  it('that never ends is given up', async () => {
    const chunk = new Uint8Array(1024 * 1024)
    const { request, pulled } = streamed(Array.from({ length: 1000 }, () => chunk))
    expect((await refusal(request)).status).toBe(413)
    expect(pulled()).toBeLessThan(40)
  })

  it.each([
    ['no UTF-8', new Uint8Array([0x7b, 0xff, 0x7d]), 'UTF-8'],
    ['cut off', bytes('{"password":"hunter2"'), 'not JSON'],
    ['a text', bytes('"hunter2"'), 'no object'],
    ['null', bytes('null'), 'no object'],
  ])('that is %s is refused without repeating it', async (_what, some, words) => {
    const { status, message } = await refusal(streamed([some]).request)
    expect(status).toBe(400)
    expect(message).toContain(words)
    expect(message).not.toContain('hunter')
  })

  it.each([
    ['array', (depth: number) => '['.repeat(depth) + ']'.repeat(depth)],
    ['object', (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`],
    ['mixture', (depth: number) => `${'[{"a":'.repeat(depth / 2)}1${'}]'.repeat(depth / 2)}`],
  ])('that is an endless %s is refused before anything recurses over it', async (_what, nested) => {
    for (const depth of [40, 1_000, 10_000, 40_000]) {
      const { status, message } = await refusal(streamed([bytes(`{"a":${nested(depth)}}`)]).request)
      expect([status, message]).toEqual([400, expect.stringContaining('more than 32 levels')])
    }
    expect(await readJson(streamed([bytes(`{"a":${nested(30)}}`)]).request)).toBeTypeOf('object')
  })

  it.each([
    ['a prototype', '{"properties":{"__proto__":{"admin":true}}}', "'__proto__'"],
    ['a prototype in a list', '{"a":[[{"__proto__":1}]]}', "'__proto__'"],
    ['half a character', '{"a":["\\ud800"]}', 'half a character'],
    ['half a character in a name', '{"a":{"\\udc00x":1}}', 'half a character'],
  ])('with %s is refused', async (_what, text, words) => {
    const { status, message } = await refusal(streamed([bytes(text)]).request)
    expect([status, message]).toEqual([400, expect.stringContaining(words)])
  })

  it.each(['text/json', 'application/x-www-form-urlencoded', 'multipart/form-data', ''])('of type %j is refused', async (type) => {
    expect((await refusal(streamed([bytes('{}')], type).request)).status).toBe(415)
  })

  it('may be of a type that is JSON underneath', async () => {
    expect(await readJson(streamed([bytes('{}')], 'application/merge-patch+json').request)).toEqual({})
  })
})

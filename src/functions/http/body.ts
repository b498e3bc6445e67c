// Reads a request's JSON completely, with a limit. Always from the stream: without HTTP streaming the real host passes chunked bodies on as empty.
// The answer never repeats what could not be read: it may contain a secret.
import type { HttpRequest } from '@azure/functions'
import { badRequest, Refusal } from './answers.ts'

/** Bodies of linkers and policies have a few kilobytes. */
const limit = 256 * 1024
/** A linker's own body has five. */
const deepest = 32
/** More than this is not even read to the end to give the caller a proper answer. */
const patience = 32 * 1024 * 1024

export async function readJson(request: HttpRequest): Promise<unknown> {
  const body = await readJsonIfAny(request)
  if (body !== undefined) return body
  throw badRequest('InvalidRequestContent', 'The body is empty. Write a JSON object, with its Content-Length or chunked.')
}

/** `undefined`: there is no body. */
export async function readJsonIfAny(request: HttpRequest): Promise<unknown> {
  const type = (request.headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
  const isJson = type === 'application/json' || /^application\/[a-z0-9.-]+\+json$/.test(type)
  const bytes = await readWhole(request)
  if (bytes.length === 0) return undefined
  if (!isJson)
    throw new Refusal(415, {
      code: 'UnsupportedMediaType',
      message: 'The body must be JSON. Write the header: Content-Type: application/json',
    })
  let body: unknown
  try {
    body = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    const [, position] = /at position (\d+)/.exec(String(error)) ?? []
    const where =
      error instanceof SyntaxError
        ? position === undefined
          ? 'it is not JSON'
          : `it is not JSON at character ${position}`
        : 'it is not UTF-8'
    throw badRequest('InvalidRequestContent', `The body cannot be read: ${where}. Write one JSON object.`)
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw badRequest('InvalidRequestContent', 'The body is JSON, but no object. Write one JSON object.')
  const wrong = wrongWith(body)
  if (wrong) throw badRequest('InvalidRequestContent', `${wrong} Nothing of the body was used.`)
  return body
}

/**
 * Rejects what no reader of the body should have to handle. It walks without recursion: a body of 256 KB can be 128,000 levels deep. Fields named
 * `__proto__` get lost on the way through objects, and text with an unpaired surrogate comes back changed.
 */
function wrongWith(body: object): string | undefined {
  let level: readonly unknown[] = [body]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > deepest) return `The body is nested more than ${deepest} levels deep.`
    const inner: unknown[] = []
    for (const value of level) {
      if (typeof value === 'string' && !value.isWellFormed()) return 'The body has a text with half a character (a lone surrogate).'
      if (typeof value !== 'object' || value === null) continue
      if (Object.hasOwn(value, '__proto__')) return "The body has a field '__proto__'."
      if (Object.keys(value).some((key) => !key.isWellFormed())) return 'The body has the name of a field with half a character.'
      for (const one of Object.values(value)) inner.push(one)
    }
    level = inner
  }
  return undefined
}

async function readWhole(request: HttpRequest): Promise<Uint8Array> {
  const reader = request.body?.getReader()
  if (!reader) return new Uint8Array()
  const chunks: Uint8Array[] = []
  let size = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    const chunk = typeof value === 'string' ? Buffer.from(value) : (value as Uint8Array)
    size += chunk.byteLength
    // Reads on without storing it: a caller that is still sending would see a broken connection instead of the answer.
    if (size <= limit) chunks.push(chunk)
    else if (size > patience) {
      await reader.cancel()
      break
    }
  }
  if (size > limit)
    throw new Refusal(413, {
      code: 'RequestContentTooLarge',
      message: `The body has more than ${limit / 1024} KB. No linker and no policy needs as much.`,
    })
  return Buffer.concat(chunks)
}

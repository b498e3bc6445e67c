// Blobs of the account that Flux reads from, each a JSON text. Raw calls, because there are only six and the SDK is another dependency:
// https://learn.microsoft.com/rest/api/storageservices/blob-service-rest-api
//
// Surprising: the name of a deleted container is taken for half a minute or more; a list has ETags without quotes, everything else has them with.
import * as z from 'zod'
import { notUnderstood, storageCode } from '../errors/answer.ts'
import { failureOf } from '../errors/classify.ts'
import { createPages } from '../errors/pages.ts'
import { fluxUrl } from '../model/flux.ts'
import type { Blob, Blobs } from '../ports/blobs.ts'
import type { AzureClientOptions } from './client-options.ts'
import { createSend } from './raw.ts'
import { type HttpMethods, type PipelineResponse, parseXML } from './sdk.ts'

const version = '2023-11-03'
const noContainer = ['ContainerNotFound', 'ContainerBeingDeleted'] as const
const noBlob = ['BlobNotFound', ...noContainer] as const

/** `status`: of its success. `codes`: refusals that are answers. */
type Ask = {
  readonly doing: string
  readonly status: number
  readonly body?: object
  readonly headers?: Readonly<Record<string, string>>
  readonly codes?: readonly string[]
}

export function createBlobs(azure: AzureClientOptions, account: string): Blobs {
  const send = createSend(azure, 'https://storage.azure.com/.default')

  /** Answers the code of a refusal that is an answer, or what came. */
  async function call(method: HttpMethods, path: string, { doing, status, body, headers = {}, codes = [] }: Ask) {
    const what = `${doing} in storage account ${account}`
    const answer = await send(method, `${fluxUrl(account)}/${path}`, what, body, { 'x-ms-version': version, ...headers })
    if (answer.status === status) return answer
    const code = storageCode(answer.bodyAsText) ?? ''
    if (codes.includes(code)) return code
    if (answer.status < 300) throw notUnderstood(what, `its status is not ${status}`, answer.status)
    const error = { code, message: `Storage refuses it: ${code || 'it gives no code'}` }
    throw failureOf({ status: answer.status, body: { error }, headers: answer.headers, doing: what })
  }
  const at = (container: string, name: string): string => `${container}/${encodeURIComponent(name)}`

  return {
    async list(container) {
      const doing = `list the blobs of container ${container}`
      const found: Blob[] = []
      const pages = createPages(doing)
      for (let page: string | undefined = ''; page !== undefined; ) {
        const answer: PipelineResponse | string = await call('GET', `${container}?restype=container&comp=list${page}`, {
          doing,
          status: 200,
          codes: noContainer,
        })
        if (typeof answer === 'string') return undefined
        const { blobs, next } = await listIn(answer.bodyAsText ?? '', doing)
        found.push(...blobs)
        pages.next(next)
        page = next === undefined ? undefined : `&marker=${encodeURIComponent(next)}`
      }
      return found
    },
    async read(container, name) {
      const doing = `read the blob ${name}`
      const answer = await call('GET', at(container, name), { doing, status: 200, codes: noBlob })
      return typeof answer === 'string' ? undefined : contentOf(answer, doing)
    },
    async write(container, name, content, etag) {
      const precondition: Readonly<Record<string, string>> = etag === undefined ? { 'if-none-match': '*' } : { 'if-match': `"${etag}"` }
      const headers = { 'x-ms-blob-type': 'BlockBlob', ...precondition }
      await call('PUT', at(container, name), { doing: `write the blob ${name}`, status: 201, body: content, headers })
    },
    async remove(container, name, etag) {
      const headers = { 'if-match': `"${etag}"` }
      await call('DELETE', at(container, name), { doing: `delete the blob ${name}`, status: 202, headers, codes: noBlob })
    },
    async make(container) {
      const codes = ['ContainerAlreadyExists', 'ContainerBeingDeleted']
      const answer = await call('PUT', `${container}?restype=container`, { doing: `make the container ${container}`, status: 201, codes })
      return answer === 'ContainerBeingDeleted' ? 'going' : 'there'
    },
    async drop(container) {
      const doing = `delete the container ${container}`
      await call('DELETE', `${container}?restype=container`, { doing, status: 202, codes: noContainer })
    },
  }
}

function contentOf({ headers, bodyAsText }: PipelineResponse, doing: string): unknown {
  if (!headers.get('etag')) throw notUnderstood(doing, 'it has no ETag')
  try {
    return JSON.parse(bodyAsText ?? '')
  } catch {
    // Another writer made it: it differs from everything.
    return ''
  }
}

/** Of one element XML does not tell whether it is a list, and of an empty one not whether it holds elements. */
const listOf = <T extends z.ZodType>(element: T) => z.union([z.array(element), element.transform((one) => [one])])
const blobSchema = z.looseObject({ Name: z.string().min(1), Properties: z.looseObject({ Etag: z.string().min(1) }) })
/** https://learn.microsoft.com/rest/api/storageservices/list-blobs#response-body */
const listSchema = z.looseObject({
  EnumerationResults: z.looseObject({
    Blobs: z.union([z.literal(''), z.looseObject({ Blob: listOf(blobSchema) })]),
    NextMarker: z.string().default(''),
  }),
})

async function listIn(xml: string, doing: string): Promise<{ readonly blobs: readonly Blob[]; readonly next?: string }> {
  const read = listSchema.safeParse(await parseXML(xml, { includeRoot: true }).catch(() => undefined))
  if (!read.success) throw notUnderstood(doing, 'it is no list of blobs with their ETags')
  const { Blobs, NextMarker } = read.data.EnumerationResults
  const found = Blobs === '' ? [] : Blobs.Blob
  const blobs = found.map(({ Name, Properties: { Etag } }): Blob => ({ name: Name, etag: Etag.replaceAll('"', '') }))
  return NextMarker === '' ? { blobs } : { blobs, next: NextMarker }
}

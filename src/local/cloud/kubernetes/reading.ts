// GET of one object and LIST: selectors, pages, and the metadata-only forms that a caller asks for by its Accept header.
// https://kubernetes.io/docs/reference/using-api/api-concepts/
import type { CloudRequest } from '../http.ts'
import { type Kind, versionOf } from './kind.ts'
import type { KubernetesObject, Raw } from './object.ts'
import type { Target } from './request.ts'
import { fieldSelector, labelSelector } from './selectors.ts'
import { badRequest, gone, notFound, Refusal } from './status.ts'
import type { Store } from './store.ts'

type Reading = { readonly store: Store; readonly kind: Kind; readonly target: Target }
type Form = 'whole' | 'metadata'

/** The first media type of the Accept header that can be served; tables are left to the client. */
function formOf(request: CloudRequest, as: 'PartialObjectMetadata' | 'PartialObjectMetadataList'): Form {
  const accepted = (request.headers['accept'] || '*/*').split(',').map((each) => each.split(';').map((part) => part.trim()))
  for (const [type, ...parameters] of accepted) {
    if (type !== 'application/json' && type !== '*/*' && type !== 'application/*') continue
    const wanted = parameters.find((each) => each.startsWith('as='))
    if (wanted === undefined) return 'whole'
    if (wanted === `as=${as}` && parameters.includes('g=meta.k8s.io') && parameters.includes('v=v1')) return 'metadata'
  }
  throw new Refusal(406, 'NotAcceptable', '406: Not Acceptable', {})
}

const metadataOnly = (object: KubernetesObject): Raw => ({
  kind: 'PartialObjectMetadata',
  apiVersion: 'meta.k8s.io/v1',
  metadata: object.metadata,
})

export function get(request: CloudRequest, { store, kind, target }: Reading): Raw {
  const form = formOf(request, 'PartialObjectMetadata')
  const object = store.get(target.resource, kind.namespaced ? (target.namespace ?? '') : '', target.name ?? '')
  if (!object) throw notFound({ resource: target.resource, group: target.group, name: target.name })
  return form === 'metadata' ? metadataOnly(object) : object
}

/** Everything that the selectors of a list or of a deletion of a collection mean. */
export function selected(request: CloudRequest, { store, kind, target }: Reading, at?: number): readonly KubernetesObject[] | undefined {
  const labels = labelSelector(request.url.searchParams.get('labelSelector') ?? '')
  const fields = fieldSelector(request.url.searchParams.get('fieldSelector') ?? '', kind.selectable ?? [])
  const all = store.list(target.resource, kind.namespaced ? target.namespace : '', at)
  return all?.filter((object) => labels(object) && fields(object))
}

export function list(request: CloudRequest, reading: Reading): Raw {
  const { kind, target, store } = reading
  const options = request.url.searchParams
  if (options.get('watch') === 'true' || options.get('watch') === '1')
    throw new Refusal(405, 'MethodNotAllowed', 'watching is not simulated')
  const form = formOf(request, 'PartialObjectMetadataList')
  const limit = Number(options.get('limit') ?? 0)
  if (!Number.isInteger(limit)) throw badRequest(`strconv.ParseInt: parsing "${options.get('limit')}": invalid syntax`)
  const token = options.get('continue') ? readToken(options.get('continue') ?? '') : undefined
  if (token && (options.get('resourceVersion') ?? '0') !== '0')
    throw badRequest('specifying resource version is not allowed when using continue')

  const at = token && token.revision >= 0 ? token.revision : undefined
  const found = selected(request, reading, at)
  if (!found) throw expired(token?.start ?? '')
  const keyOf = (object: KubernetesObject): string =>
    kind.namespaced && target.namespace === undefined ? `${object.metadata.namespace}/${object.metadata.name}` : object.metadata.name
  const rest = token ? found.filter((object) => keyOf(object) >= token.start) : found
  const items = limit > 0 ? rest.slice(0, limit) : rest
  const last = items.at(-1)
  const revision = at ?? store.revision()
  const more = last !== undefined && items.length < rest.length
  const selecting = options.get('labelSelector') || options.get('fieldSelector')
  return {
    kind: form === 'metadata' ? 'PartialObjectMetadataList' : `${kind.kind}List`,
    apiVersion: form === 'metadata' ? 'meta.k8s.io/v1' : versionOf(kind),
    metadata: {
      resourceVersion: String(revision),
      ...(more ? { continue: writeToken(revision, `${keyOf(last)}\u0000`) } : {}),
      ...(more && !selecting ? { remainingItemCount: rest.length - items.length } : {}),
    },
    items: form === 'metadata' ? metadataItems(items) : items.map(withoutKind),
  }
}

/** Go's nil list: an empty one is `null` in this form alone. */
const metadataItems = (items: readonly KubernetesObject[]): readonly Raw[] | null => (items.length > 0 ? items.map(metadataOnly) : null)

/** The items of a typed list do not say what they are. */
export const withoutKind = ({ kind: _, apiVersion: __, ...object }: KubernetesObject): Raw => object

function readToken(text: string): { readonly revision: number; readonly start: string } {
  let token: unknown
  try {
    token = JSON.parse(Buffer.from(text, 'base64url').toString())
  } catch (error) {
    throw badRequest(`invalid continue token: continue key is not valid: ${(error as Error).message}`)
  }
  const { v, rv, start } = token as { v?: unknown; rv?: unknown; start?: unknown }
  if (v !== 'meta.k8s.io/v1')
    throw badRequest(
      `invalid continue token: continue key is not valid: server does not recognize this encoded version ${JSON.stringify(v ?? '')}`,
    )
  if (typeof rv !== 'number' || typeof start !== 'string' || start === '')
    throw badRequest('invalid continue token: continue key is not valid: encoded start key empty (version meta.k8s.io/v1)')
  return { revision: rv, start }
}

/** Go escapes a zero character as JSON.stringify does, so that tokens are the real server's, byte for byte. */
const writeToken = (revision: number, start: string): string =>
  Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start })).toString('base64url')

/** The answer carries a token that goes on with the list of today. */
function expired(start: string): Refusal {
  const refusal = gone(
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
  )
  return Object.assign(refusal, { body: { ...(refusal.body as object), metadata: { continue: writeToken(-1, start) } } })
}

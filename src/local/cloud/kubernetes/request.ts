// What a request to an API server asks for: its path taken apart, its verb, its options.
// https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-uris
import type { CloudRequest } from '../http.ts'
import type { Kind } from './kind.ts'
import { kinds } from './kinds.ts'
import { isRaw, type Raw } from './object.ts'
import { fromProtobuf } from './protobuf.ts'
import { badRequest, invalid, Refusal, unsupported } from './status.ts'

export type Target = {
  readonly group: string
  readonly version: string
  readonly resource: string
  readonly subresource?: string
  readonly namespace?: string
  readonly name?: string
  /** Undefined for resources that the simulated servers do not have. */
  readonly kind?: Kind
}

/** Undefined for paths that name no resource (`/version`, `/api`, `/apis/apps/v1`). */
export function targetOf(path: string): Target | undefined {
  const parts = path
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent)
  const core = parts[0] === 'api'
  if (!core && parts[0] !== 'apis') return undefined
  const [group, version, ...rest] = core ? ['', ...parts.slice(1)] : parts.slice(1)
  if (group === undefined || version === undefined || rest.length === 0) return undefined
  const inNamespace = rest[0] === 'namespaces' && rest.length > 2
  const [resource, name, subresource] = inNamespace ? rest.slice(2) : rest
  if (resource === undefined) return undefined
  const namespace = inNamespace ? rest[1] : resource === 'namespaces' ? name : undefined
  const kind = kinds.find(
    (each) =>
      (each.version ?? 'v1') === version &&
      (each.group ?? '') === group &&
      each.resource === resource &&
      (each.namespaced ? inNamespace || !name : !inNamespace),
  )
  return {
    group,
    version,
    resource,
    ...(subresource === undefined ? {} : { subresource }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
    ...(kind === undefined ? {} : { kind }),
  }
}

/** https://kubernetes.io/docs/reference/access-authn-authz/authorization/#determine-the-request-verb */
export function verbOf(method: string, target: Target): string {
  if (method === 'GET' || method === 'HEAD') return target.name === undefined ? 'list' : 'get'
  if (method === 'DELETE') return target.name === undefined ? 'deletecollection' : 'delete'
  return { POST: 'create', PUT: 'update', PATCH: 'patch' }[method] ?? method.toLowerCase()
}

export const contentTypeOf = (request: CloudRequest): string => (request.headers['content-type'] ?? '').split(';')[0]?.trim() ?? ''

/** The manager of a plain update: what is asked for, else the start of the user agent. */
export const managerOf = (request: CloudRequest): string =>
  request.url.searchParams.get('fieldManager') || (request.headers['user-agent'] ?? '').split('/')[0] || 'unknown'

export function dryRunOf(asked: readonly string[], options: 'CreateOptions' | 'UpdateOptions' | 'PatchOptions' | 'DeleteOptions'): boolean {
  if (asked.some((each) => each !== 'All')) {
    const said = `[]string{${asked.map((each) => JSON.stringify(each)).join(', ')}}`
    throw invalid({ kind: options, group: 'meta.k8s.io', name: '' }, [unsupported('dryRun', said, ['All'])])
  }
  return asked.length > 0
}

/** The body of POST and PUT, known to be of this kind. */
export function bodyOf(request: CloudRequest, kind: { readonly kind: string; readonly apiVersion: string }): Raw {
  const type = contentTypeOf(request)
  const protobuf = type === 'application/vnd.kubernetes.protobuf'
  if (type !== 'application/json' && type !== '' && !protobuf)
    throw new Refusal(
      415,
      'UnsupportedMediaType',
      'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf',
    )
  const body = protobuf ? fromProtobuf(request.body) : json(request.body)
  if (!isRaw(body))
    throw badRequest(`the object provided is unrecognized (must be of type ${kind.kind}): couldn't get version/kind; json parse error`)
  const given = body['kind'] ?? kind.kind
  if (given !== kind.kind || (body['apiVersion'] ?? kind.apiVersion) !== kind.apiVersion)
    throw badRequest(
      `${given} in version "${body['apiVersion']}" cannot be handled as a ${kind.kind}: converting (${given}) to (${kind.kind}): unknown conversion`,
    )
  return { ...body, kind: kind.kind, apiVersion: kind.apiVersion }
}

/** Undefined = not JSON. */
export function json(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString()) as unknown
  } catch {
    return undefined
  }
}

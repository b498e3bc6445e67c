// Creating and changing objects: POST, PUT and the four kinds of PATCH end in the same checks and the same store.
import { parse as parseYaml } from 'yaml'
import type { CloudRequest } from '../http.ts'
import { badBase64At, type Kind } from './kinds.ts'
import { apply, update } from './managed-fields.ts'
import { isRaw, type KubernetesObject, type ManagedFields, type Metadata, type Raw, timestamp, withoutEmpty } from './object.ts'
import { jsonPatch, mergePatch, strategicPatch } from './patches.ts'
import { bodyOf, contentTypeOf, dryRunOf, managerOf, type Target } from './request.ts'
import { declared, mistake } from './schema.ts'
import {
  alreadyExists,
  badRequest,
  conflict,
  forbidden,
  forbiddenValue,
  invalid,
  invalidValue,
  modified,
  notFound,
  Refusal,
  required,
} from './status.ts'
import type { Store } from './store.ts'
import { metadataMistakes } from './validation.ts'

export type Writing = {
  readonly store: Store
  readonly kind: Kind
  readonly target: Target
  readonly now: number
  uuid(): string
  /** Throws 403 where the caller may not do this too: an apply that creates needs `create` beside `patch`. */
  demand(verb: string): void
}
export type Written = { readonly status: 200 | 201; readonly object: KubernetesObject }

const version = 'v1'
const about = ({ target }: Writing, name = target.name) => ({ resource: target.resource, name })
const metadataOf = (object: Raw): Raw => (isRaw(object['metadata']) ? object['metadata'] : {})

export function create(request: CloudRequest, writing: Writing): Written {
  const { kind, target } = writing
  const body = bodyOf(request, { kind: kind.kind, apiVersion: version })
  const dryRun = dryRunOf(request.url.searchParams.getAll('dryRun'), 'CreateOptions')
  const given = metadataOf(body)
  checkNamespace(given, writing, 'the namespace of the provided object does not match the namespace sent on the request')
  if (given['resourceVersion']) throw new Refusal(500, undefined, 'resourceVersion should not be set on objects to be created')
  const name = given['name'] || (given['generateName'] ? `${given['generateName']}${writing.uuid().slice(0, 5)}` : '')
  const object = decoded(kind, {
    ...body,
    metadata: { ...given, name, ...(target.namespace && kind.namespaced ? { namespace: target.namespace } : {}) },
  })
  const managedFields = update(undefined, object, {
    schema: kind.schema,
    apiVersion: version,
    manager: managerOf(request),
    now: writing.now,
  })
  return insert(object, managedFields, dryRun, writing)
}

export function replace(request: CloudRequest, writing: Writing): Written {
  const { kind, target } = writing
  const body = bodyOf(request, { kind: kind.kind, apiVersion: version })
  const dryRun = dryRunOf(request.url.searchParams.getAll('dryRun'), 'UpdateOptions')
  const given = metadataOf(body)
  if ((given['name'] ?? target.name) !== target.name)
    throw badRequest(`the name of the object (${given['name']}) does not match the name on the URL (${target.name})`)
  checkNamespace(given, writing, 'the namespace of the provided object does not match the namespace sent on the request')
  const before = found(writing)
  if (given['uid'] && given['uid'] !== before.metadata.uid)
    throw conflict(
      about(writing),
      `StorageError: invalid object, Code: 4, Key: /registry/${target.resource}/${target.namespace}/${target.name}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${given['uid']}, UID in object meta: ${before.metadata.uid}`,
    )
  return change(before, body, managerOf(request), dryRun, writing)
}

export function patch(request: CloudRequest, writing: Writing): Written {
  const type = contentTypeOf(request)
  const options = request.url.searchParams
  const dryRun = dryRunOf(options.getAll('dryRun'), 'PatchOptions')
  if (type === 'application/apply-patch+yaml') return applyPatch(request, dryRun, writing)
  const how = {
    'application/merge-patch+json': mergePatch,
    'application/json-patch+json': jsonPatch,
    'application/strategic-merge-patch+json': strategicPatch,
  }[type]
  if (!how) throw new Refusal(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {})
  if (options.has('force'))
    throw invalid({ kind: 'PatchOptions', group: 'meta.k8s.io', name: '' }, [
      forbiddenValue('force', 'may not be specified for non-apply patch'),
    ])
  const before = found(writing)
  return change(before, how(before, request.body), managerOf(request), dryRun, writing)
}

function applyPatch(request: CloudRequest, dryRun: boolean, writing: Writing): Written {
  const { kind, target, store } = writing
  const manager = request.url.searchParams.get('fieldManager')
  if (!manager)
    throw invalid({ kind: 'PatchOptions', group: 'meta.k8s.io', name: '' }, [required('fieldManager', 'is required for apply patch')])
  const wanted = applied(request)
  const given = metadataOf(wanted)
  if (wanted['apiVersion'] !== version)
    throw badRequest(
      `Incorrect version specified in apply patch. Specified patch version: ${wanted['apiVersion'] ?? ''}, expected: ${version}`,
    )
  if (wanted['kind'] !== kind.kind)
    throw badRequest(`the kind of the object (${wanted['kind']}) does not match the kind of the URL (${kind.kind})`)
  if (!given['name']) throw badRequest(`the name of the object (${target.name} based on URL) was undeterminable: name must be provided`)
  if (given['name'] !== target.name)
    throw badRequest(`the name of the object (${given['name']}) does not match the name on the URL (${target.name})`)
  checkNamespace(
    given,
    writing,
    `the namespace of the object (${given['namespace']}) does not match the namespace on the request (${target.namespace})`,
  )
  if ('managedFields' in given) throw badRequest('metadata.managedFields must be nil')
  const wrong = mistake(kind.schema, wanted)
  if (wrong)
    throw new Refusal(
      500,
      undefined,
      `failed to create typed patch object (${target.namespace}/${target.name}; /${version}, Kind=${kind.kind}): ${wrong}`,
    )

  const before = store.get(target.resource, kind.namespaced ? (target.namespace ?? '') : '', target.name ?? '')
  if (!before) {
    writing.demand('create')
    if (given['uid'])
      throw conflict(about(writing), `uid mismatch: the provided object specified uid ${given['uid']}, and no existing object was found`)
    if (given['resourceVersion']) throw modified(about(writing))
  } else if (given['resourceVersion'] && given['resourceVersion'] !== before.metadata.resourceVersion) throw modified(about(writing))

  const force = !['false', '0'].includes(request.url.searchParams.get('force') ?? 'false') // Go's conversion takes any other text for true
  const how = { schema: kind.schema, apiVersion: version, manager, now: writing.now, force }
  const { object, managedFields } = apply(before, wanted, how)
  const namespaced = {
    ...object,
    metadata: { ...metadataOf(object), ...(target.namespace && kind.namespaced ? { namespace: target.namespace } : {}) },
  }
  const next = decoded(kind, namespaced, true)
  return before ? overwrite(before, next, managedFields, dryRun, writing) : insert(next, managedFields, dryRun, writing)
}

/** The body of an apply: YAML, which JSON is too. */
function applied(request: CloudRequest): Raw {
  let body: unknown
  try {
    body = parseYaml(request.body.toString())
  } catch (error) {
    throw badRequest(`error decoding YAML: error converting YAML to JSON: yaml: ${(error as Error).message.split('\n')[0]}`)
  }
  if (!isRaw(body)) throw badRequest('error decoding YAML: json: cannot unmarshal into Go value of type map[string]interface {}')
  return body
}

/** As the server's Go types hold it: undeclared fields gone, defaults there, base64 good. */
function decoded(kind: Kind, object: Raw, isApply = false): Raw {
  if (!isApply) {
    const wrong = mistake(kind.schema, declared(kind.schema, object))
    if (wrong) throw badRequest(`${kind.kind} in version "${version}" cannot be handled as a ${kind.kind}: ${wrong}`)
  }
  const clean = declared(kind.schema, object)
  for (const value of Object.values(isRaw(clean['data']) ? clean['data'] : {})) {
    const at = badBase64At(String(value))
    if (at === undefined) continue
    const illegal = `illegal base64 data at input byte ${at}`
    if (!isApply) throw badRequest(`${kind.kind} in version "${version}" cannot be handled as a ${kind.kind}: ${illegal}`)
    throw new Refusal(
      500,
      undefined,
      `failed to convert new object to proper version: unable to convert unstructured object to /${version}, Kind=${kind.kind}: error decoding from json: ${illegal}`,
    )
  }
  return kind.defaults(clean)
}

function found(writing: Writing): KubernetesObject {
  const { store, kind, target } = writing
  const object = store.get(target.resource, kind.namespaced ? (target.namespace ?? '') : '', target.name ?? '')
  if (!object) throw notFound(about(writing))
  return object
}

function checkNamespace(metadata: Raw, { target, kind }: Writing, refusal: string): void {
  if (kind.namespaced && metadata['namespace'] !== undefined && metadata['namespace'] !== target.namespace) throw badRequest(refusal)
}

/** A plain update of an existing object, whatever the body was. */
function change(before: KubernetesObject, after: Raw, manager: string, dryRun: boolean, writing: Writing): Written {
  const { kind } = writing
  const given = metadataOf(after)
  if (given['resourceVersion'] && given['resourceVersion'] !== before.metadata.resourceVersion) throw modified(about(writing))
  const { namespace, name, creationTimestamp, uid } = before.metadata
  const next = decoded(kind, {
    ...after,
    metadata: { ...given, name, ...(namespace ? { namespace } : {}), creationTimestamp, uid: given['uid'] ?? uid },
  })
  const cleared =
    Array.isArray(given['managedFields']) && given['managedFields'].length === 0 && before.metadata.managedFields !== undefined
  const managedFields = cleared ? [] : update(before, next, { schema: kind.schema, apiVersion: version, manager, now: writing.now })
  return overwrite(before, next, managedFields, dryRun, writing)
}

function insert(next: Raw, managedFields: readonly ManagedFields[], dryRun: boolean, writing: Writing): Written {
  const { store, kind, target, now } = writing
  const given = metadataOf(next)
  const name = String(given['name'])
  if (kind.namespaced) {
    const namespace = store.get('namespaces', '', target.namespace ?? '')
    if (!namespace) throw notFound({ resource: 'namespaces', name: target.namespace })
    if (namespace.metadata.deletionTimestamp !== undefined)
      throw forbidden(
        about(writing, name),
        `unable to create new content in namespace ${target.namespace} because it is being terminated`,
        [{ reason: 'NamespaceTerminating', message: `namespace ${target.namespace} is being terminated`, field: 'metadata.namespace' }],
      )
  }
  const { resourceVersion: _, deletionTimestamp: __, ...asked } = given
  const object = finished(
    kind,
    next,
    { ...(asked as object as Metadata), name, uid: writing.uuid(), creationTimestamp: timestamp(now) },
    managedFields,
  )
  refuseMistakes(kind, object, undefined)
  if (store.get(target.resource, object.metadata.namespace ?? '', name)) throw alreadyExists(about(writing, name))
  return { status: 201, object: dryRun ? object : store.put(target.resource, object) }
}

function overwrite(
  before: KubernetesObject,
  next: Raw,
  managedFields: readonly ManagedFields[],
  dryRun: boolean,
  writing: Writing,
): Written {
  const { store, kind, target } = writing
  const given = metadataOf(next)
  const { uid, creationTimestamp, resourceVersion, deletionTimestamp, deletionGracePeriodSeconds } = before.metadata
  if (given['uid'] !== undefined && given['uid'] !== uid)
    throw invalid({ kind: kind.kind, name: before.metadata.name }, [
      invalidValue('metadata.uid', String(given['uid']), 'field is immutable'),
    ])
  const kept = { uid, creationTimestamp, resourceVersion, deletionTimestamp, deletionGracePeriodSeconds }
  const status = before['status'] === undefined ? {} : { status: before['status'] }
  const object = finished(
    kind,
    { ...next, ...status },
    { ...(given as object as Metadata), ...(withoutEmpty(kept) as Metadata) },
    managedFields,
  )
  refuseMistakes(kind, object, before)
  if (same(before, object)) return { status: 200, object: before }
  if (dryRun) return { status: 200, object }
  if (deletionTimestamp !== undefined && !object.metadata.finalizers && kind.namespaced) {
    store.delete(target.resource, before)
    return { status: 200, object }
  }
  return { status: 200, object: store.put(target.resource, object) }
}

/** The order of fields is the real server's. */
function finished(kind: Kind, next: Raw, metadata: Metadata, managedFields: readonly ManagedFields[]): KubernetesObject {
  const { labels, annotations, ownerReferences, finalizers, managedFields: _, ...system } = metadata
  const { kind: __, apiVersion: ___, metadata: ____, ...own } = kind.strategy(next)
  return {
    kind: kind.kind,
    apiVersion: version,
    metadata: withoutEmpty({ ...system, labels, annotations, ownerReferences, finalizers, managedFields }) as Metadata,
    ...own,
  }
}

function refuseMistakes(kind: Kind, object: KubernetesObject, before: KubernetesObject | undefined): void {
  const causes = [...metadataMistakes(object, kind.names), ...kind.mistakes(object, before)]
  if (causes.length > 0) throw invalid({ kind: kind.kind, name: object.metadata.name }, causes)
}

/** But for times in managedFields, which alone are no change. */
function same(a: KubernetesObject, b: KubernetesObject): boolean {
  const plain = (object: KubernetesObject): string =>
    JSON.stringify(
      sorted({
        ...object,
        metadata: { ...object.metadata, managedFields: object.metadata.managedFields?.map(({ time: _, ...row }) => row) },
      }),
    )
  return plain(a) === plain(b)
}
const sorted = (value: unknown): unknown =>
  isRaw(value)
    ? Object.fromEntries(
        Object.entries(value)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([key, field]) => [key, sorted(field)]),
      )
    : Array.isArray(value)
      ? value.map(sorted)
      : value

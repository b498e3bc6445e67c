// Creating and changing objects: POST, PUT and the four kinds of PATCH. They end in the same checks and the same store (storing.ts).

import { parse as parseYaml } from 'yaml'
import type { CloudRequest } from '../http.ts'
import { versionOf } from './kind.ts'
import { apply, update } from './managed-fields.ts'
import { isRaw, type KubernetesObject, type Raw } from './object.ts'
import { jsonPatch, mergePatch, strategicPatch } from './patches.ts'
import { bodyOf, contentTypeOf, dryRunOf, managerOf } from './request.ts'
import { mistake } from './schema.ts'
import { badRequest, conflict, forbiddenValue, invalid, modified, notFound, Refusal, required } from './status.ts'
import { about, decoded, insert, metadataOf, overwrite, type Writing, type Written } from './storing.ts'

export function create(request: CloudRequest, writing: Writing): Written {
  const { kind, target } = writing
  const body = bodyOf(request, { kind: kind.kind, apiVersion: versionOf(kind) })
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
    apiVersion: versionOf(kind),
    manager: managerOf(request),
    now: writing.now,
  })
  return insert(object, managedFields, dryRun, writing)
}

export function replace(request: CloudRequest, writing: Writing): Written {
  const { kind, target } = writing
  const body = bodyOf(request, { kind: kind.kind, apiVersion: versionOf(kind) })
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
  if (wanted['apiVersion'] !== versionOf(kind))
    throw badRequest(
      `Incorrect version specified in apply patch. Specified patch version: ${wanted['apiVersion'] ?? ''}, expected: ${versionOf(kind)}`,
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
      `failed to create typed patch object (${target.namespace}/${target.name}; /${versionOf(kind)}, Kind=${kind.kind}): ${wrong}`,
    )

  const before = store.get(target.resource, kind.namespaced ? (target.namespace ?? '') : '', target.name ?? '')
  if (!before) {
    writing.demand('create')
    if (given['uid'])
      throw conflict(about(writing), `uid mismatch: the provided object specified uid ${given['uid']}, and no existing object was found`)
    if (given['resourceVersion']) throw modified(about(writing))
  } else if (given['resourceVersion'] && given['resourceVersion'] !== before.metadata.resourceVersion) throw modified(about(writing))

  const force = !['false', '0'].includes(request.url.searchParams.get('force') ?? 'false') // Go's conversion takes any other text for true
  const how = { schema: kind.schema, apiVersion: versionOf(kind), manager, now: writing.now, force }
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
  const managedFields = cleared ? [] : update(before, next, { schema: kind.schema, apiVersion: versionOf(kind), manager, now: writing.now })
  return overwrite(before, next, managedFields, dryRun, writing)
}

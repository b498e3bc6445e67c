// The end of every write: what the caller sent as the server's types hold it, checked, and put into the store.
import { type Kind, versionOf } from './kind.ts'
import { badBase64At } from './kinds.ts'
import { isRaw, type KubernetesObject, type ManagedFields, type Metadata, type Raw, timestamp, withoutEmpty } from './object.ts'
import type { Target } from './request.ts'
import { declared, mistake } from './schema.ts'
import { alreadyExists, badRequest, forbidden, invalid, invalidValue, notFound, Refusal } from './status.ts'
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
  /** Throws 403 where the object grants what the caller does not have. Only of roles and their bindings. */
  grant?(object: Raw): void
  /** Throws where admission refuses the write. */
  admit(operation: 'CREATE' | 'UPDATE', name: string): void
}
export type Written = { readonly status: 200 | 201; readonly object: KubernetesObject }

export const about = ({ target }: Writing, name = target.name) => ({ resource: target.resource, group: target.group, name })
export const metadataOf = (object: Raw): Raw => (isRaw(object['metadata']) ? object['metadata'] : {})

/** As the server's Go types hold it: undeclared fields gone, defaults there, base64 good. */
export function decoded(kind: Kind, object: Raw, isApply = false): Raw {
  if (!isApply) {
    const wrong = mistake(kind.schema, declared(kind.schema, object))
    if (wrong) throw badRequest(`${kind.kind} in version "${versionOf(kind)}" cannot be handled as a ${kind.kind}: ${wrong}`)
  }
  const clean = declared(kind.schema, object)
  for (const value of kind.bytes && isRaw(clean['data']) ? Object.values(clean['data']) : []) {
    const at = badBase64At(String(value))
    if (at === undefined) continue
    const illegal = `illegal base64 data at input byte ${at}`
    if (!isApply) throw badRequest(`${kind.kind} in version "${versionOf(kind)}" cannot be handled as a ${kind.kind}: ${illegal}`)
    throw new Refusal(
      500,
      undefined,
      `failed to convert new object to proper version: unable to convert unstructured object to /${versionOf(kind)}, Kind=${kind.kind}: error decoding from json: ${illegal}`,
    )
  }
  return kind.defaults(clean)
}

export function insert(next: Raw, managedFields: readonly ManagedFields[], dryRun: boolean, writing: Writing): Written {
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
  writing.grant?.(object)
  writing.admit('CREATE', name)
  if (store.get(target.resource, object.metadata.namespace ?? '', name)) throw alreadyExists(about(writing, name))
  return { status: 201, object: dryRun ? object : store.put(target.resource, object) }
}

export function overwrite(
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
  writing.admit('UPDATE', object.metadata.name)
  if (same(before, object)) return { status: 200, object: before }
  writing.grant?.(object)
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
    apiVersion: versionOf(kind),
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

// An object as it is written, and what it is compared by. All of the app's marks are added here.
import { createHash } from 'node:crypto'
import { isObject } from '../errors/answer.ts'
import { isSame } from '../model/canonical.ts'
import { isOfCluster, type KubernetesSpec, kubernetesKinds } from '../model/kubernetes-kind.ts'
import type { Mark } from '../model/managed-object.ts'
import { fieldManager, kubernetesAnnotations, kubernetesLabels, kubernetesMarks } from '../model/names.ts'
import { type Secret, secret } from '../model/secret.ts'
import type { KubernetesObject } from '../ports/kubernetes.ts'
import type { V1ObjectMeta } from './sdk.ts'

export { fieldManager }

/** Reloader restarts workloads with its annotation when a Secret with this one changes: https://github.com/stakater/Reloader#readme */
export const reloader = 'reloader.stakater.com/match'
export const dataHash = 'service-connector/data-hash'

type Data = Readonly<Record<string, string>>
/** Values in base64, as the API has them. Always `data`: server-side apply never removes what came by `stringData` (k8s#108008). */
export type Manifest = {
  readonly apiVersion: string
  readonly kind: KubernetesObject['kind']
  readonly metadata: {
    readonly name: string
    /** Absent: an object of the whole cluster. */
    readonly namespace?: string
    readonly labels: Data
    readonly annotations: Data
    /** Preconditions. */
    readonly uid?: string
    readonly resourceVersion?: string
  }
  readonly type?: string
  readonly data?: Data
  readonly spec?: KubernetesSpec
  readonly [field: string]: unknown
}

export function manifestOf(
  { kind, name, namespace, labels, annotations, data, fields, spec, type = 'Opaque' }: KubernetesObject,
  installation: string,
  owner: string,
): Secret<Manifest> {
  const place = isOfCluster(kind) ? { name } : { name, namespace }
  const metadata = { ...place, labels: { ...labels, ...kubernetesMarks(installation, owner) }, annotations: { ...annotations } }
  const { apiVersion } = kubernetesKinds[kind]
  if (spec)
    return secret({
      apiVersion,
      kind,
      metadata: { ...metadata, annotations: { ...metadata.annotations, [dataHash]: hashOf(textsIn(spec)) } },
      spec,
    })
  if (!data) return secret({ apiVersion, kind, metadata, ...fields })
  return data.map((plain) => ({
    apiVersion,
    kind,
    metadata: { ...metadata, annotations: { ...metadata.annotations, [reloader]: 'true', [dataHash]: hashOf(plain) } },
    type,
    data: Object.fromEntries(Object.entries(plain).map(([key, value]) => [key, Buffer.from(value).toString('base64')])),
  }))
}

const hashOf = (data: Data): string =>
  createHash('sha256')
    .update(JSON.stringify(Object.entries(data).sort(([a], [b]) => (a < b ? -1 : 1))))
    .digest('hex')
    .slice(0, 32)

/** Texts by their path in a spec: `parameters.keyvaultName`. What is no map or text of a found one is there as JSON. */
const textsIn = (spec: unknown, path: readonly string[] = []): Data =>
  Object.fromEntries(
    Object.entries(isObject(spec) ? spec : {}).flatMap(([name, value]) => {
      const at = [...path, name]
      return isObject(value)
        ? Object.entries(textsIn(value, at))
        : [[at.join('.'), typeof value === 'string' ? value : JSON.stringify(value)]]
    }),
  )

/** What was found: the values of a Secret stay wrapped. */
export type Found = {
  readonly metadata?: V1ObjectMeta | undefined
  readonly type?: string | undefined
  readonly data?: Secret<Data> | undefined
  /** The values of a Secret were not read: only its field managers tell whether they are those that the app wrote. */
  readonly isUnread?: true
  readonly immutable?: boolean | undefined
  readonly fields?: Readonly<Record<string, unknown>> | undefined
  readonly spec?: unknown
}

/**
 * The owner of an object. Labels decide; if they were removed, an object written by the app's field manager is `none`: the ledger knows whether it
 * was this installation's. Everything else is foreign.
 */
export function markOf(metadata: V1ObjectMeta | undefined, installation: string, owner: string): Mark {
  const labels = metadata?.labels ?? {}
  const marks = kubernetesMarks(installation, owner)
  if (labels[kubernetesLabels.installation] === installation && labels[kubernetesLabels.owner] === marks[kubernetesLabels.owner])
    return 'ours'
  if (metadata?.annotations?.[kubernetesAnnotations.adopt] === 'true') return 'offered'
  if (labels[kubernetesLabels.installation] !== undefined || labels[kubernetesLabels.owner] !== undefined) return 'foreign'
  return (metadata?.managedFields ?? []).some((row) => row.manager === fieldManager && row.operation === 'Apply') ? 'none' : 'foreign'
}

/**
 * What differs from the desired state, in words without values; '' = nothing. An object of the app must also carry its marks and no key that the app
 * dropped.
 */
export function differenceOf(manifest: Secret<Manifest>, found: Found, mark: Mark): string {
  const desired = manifest.reveal()
  const marks = (name: string): boolean => name.startsWith('service-connector/') || name === reloader || name === kubernetesLabels.managedBy
  // A Secret that a person created from the app's commands has no hash: its values are still compared.
  const isUnhashed = found.metadata?.annotations?.[dataHash] === undefined
  const counts = (name: string): boolean => (mark === 'ours' || !marks(name)) && !(name === dataHash && isUnhashed)
  const missing = (expected: Data, have: Data | undefined): string[] =>
    Object.entries(expected).flatMap(([name, value]) => (counts(name) && have?.[name] !== value ? [name] : []))
  const have = found.data?.reveal() ?? {}
  const data = desired.data ?? {}
  const same = (key: string): boolean => Buffer.from(have[key] ?? '', 'base64').equals(Buffer.from(data[key] ?? '', 'base64'))
  const own = ownKeys(found.metadata)
  // Of an owned object, another hash is a difference of its own.
  const isApplied = !isUnhashed && (mark === 'ours' || found.metadata?.annotations?.[dataHash] === desired.metadata.annotations[dataHash])
  const isThere = (key: string): boolean => (found.isUnread ? own.includes(key) : Object.hasOwn(have, key))
  const keys = Object.keys(data).filter((key) => !isThere(key) || !(found.isUnread ? isApplied : same(key)))
  const dropped = mark === 'ours' ? own.filter((key) => isThere(key) && !Object.hasOwn(data, key)) : []
  // Kinds that are read as whole fields have their spec among those.
  const ownSpec = found.fields ? undefined : desired.spec
  const [spec, haveSpec] = [textsIn(ownSpec), textsIn(found.spec)]
  const fields = Object.keys(spec).filter((path) => haveSpec[path] !== spec[path])
  const droppedFields = mark === 'ours' && ownSpec ? ownFields(found.metadata).filter((path) => !Object.hasOwn(spec, path)) : []
  const parts = [
    ['labels', missing(desired.metadata.labels, found.metadata?.labels)],
    ['annotations', missing(desired.metadata.annotations, found.metadata?.annotations)],
    ['keys', keys],
    ['keys no longer desired', dropped],
    ['fields', [...Object.keys(found.fields ?? {}).filter((name) => !isSame(desired[name], found.fields?.[name])), ...fields]],
    ['fields no longer desired', droppedFields],
    ['type', desired.type !== undefined && found.type !== desired.type ? [String(found.type)] : []],
  ] as const
  return parts.flatMap(([what, names]) => (names.length > 0 ? [`${what} ${names.join(', ')}`] : [])).join('; ')
}

/** The keys of `data` that the app's field manager wrote. */
const ownKeys = (metadata: V1ObjectMeta | undefined): readonly string[] =>
  Object.keys(ownIn(metadata, 'f:data')).flatMap((key) => (key.startsWith('f:') ? [key.slice(2)] : []))

/** The paths in `spec` that it wrote. https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management */
const ownFields = (metadata: V1ObjectMeta | undefined): readonly string[] => leavesOf(ownIn(metadata, 'f:spec'))

const leavesOf = (fields: object, path: readonly string[] = []): readonly string[] =>
  Object.entries(fields).flatMap(([name, below]) => {
    if (!name.startsWith('f:') || !isObject(below)) return []
    const at = [...path, name.slice(2)]
    const leaves = leavesOf(below, at)
    return leaves.length > 0 ? leaves : [at.join('.')]
  })

function ownIn(metadata: V1ObjectMeta | undefined, part: 'f:data' | 'f:spec'): object {
  const own = (metadata?.managedFields ?? []).find((row) => row.manager === fieldManager && row.operation === 'Apply')
  const fields = (own?.fieldsV1 ?? {}) as Readonly<Record<string, object | undefined>>
  return fields[part] ?? {}
}

/**
 * It is as the app wrote it, so it differs because the desired state changed: only values differ, the existing ones belong to the hash beside them,
 * and no other field manager owns one.
 */
export function isAsWritten({ metadata, data, spec }: Found, mark: Mark, difference: string): boolean {
  const isOfValues = difference.split('; ').every((part) => /^(keys|fields) /.test(part) || part === `annotations ${dataHash}`)
  const part = spec === undefined ? 'f:data' : 'f:spec'
  const isShared = (metadata?.managedFields ?? []).some(
    ({ manager, fieldsV1 }) => manager !== fieldManager && fieldsV1 && Object.hasOwn(fieldsV1, part),
  )
  if (mark !== 'ours' || !isOfValues || isShared) return false
  const values = spec === undefined ? data?.map(decoded) : secret(textsIn(spec))
  return values !== undefined && metadata?.annotations?.[dataHash] === values.map(hashOf).reveal()
}

const decoded = (data: Data): Data =>
  Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]))

/** The other field manager that last wrote a part of it. */
export function otherWriter(metadata: V1ObjectMeta | undefined): string | undefined {
  const others = (metadata?.managedFields ?? []).filter(({ manager, subresource }) => manager !== fieldManager && !subresource)
  const newest = others.sort((a, b) => timeOf(b.time) - timeOf(a.time))[0]
  return newest?.manager
}

const timeOf = (time: Date | string | undefined): number => (time === undefined ? 0 : new Date(time).getTime())

// One item of a metadata-only list. Of annotations only those that the sweep reads are kept: `kubectl apply` writes a copy of the whole object, with the
// values of a Secret, into one.
import { isObject, type Json, notUnderstood } from '../errors/answer.ts'
import type { ListedObject, SweptKind } from '../model/leftover.ts'
import { clientIdAnnotation, kubernetesAnnotations, kubernetesLabels, statusPublisher } from '../model/names.ts'

/** Besides those that begin as the status of a connection does. */
export const readAnnotations: ReadonlySet<string> = new Set([
  ...Object.values(kubernetesAnnotations),
  clientIdAnnotation,
  'meta.helm.sh/release-name',
  'meta.helm.sh/release-namespace',
])

/** Throws `Failure` where the item has no version: then it could not be deleted under a precondition. */
export function listedObject(kind: SweptKind, { metadata: raw }: Json): ListedObject {
  const metadata = isObject(raw) ? raw : {}
  const text = (field: string): string => (typeof metadata[field] === 'string' ? metadata[field] : '')
  const [name, uid, resourceVersion] = [text('name'), text('uid'), text('resourceVersion')]
  if (name === '' || uid === '' || resourceVersion === '') throw notUnderstood(`list ${kind}s`, 'an item has no name, uid or version')
  const managed = Array.isArray(metadata['managedFields']) ? metadata['managedFields'].filter(isObject) : []
  const fieldsOf = (row: Json, ...path: readonly string[]): readonly string[] => {
    const found = path.reduce<unknown>((value, key) => (isObject(value) ? value[key] : undefined), row['fieldsV1'])
    return isObject(found) ? Object.keys(found).flatMap((key) => (key.startsWith('f:') ? [key.slice(2)] : [])) : []
  }
  const owners = metadata['ownerReferences']
  return {
    kind,
    namespace: text('namespace'),
    name,
    uid,
    resourceVersion,
    labels: textsOf(metadata['labels'], () => true),
    annotations: textsOf(metadata['annotations'], (key) => readAnnotations.has(key) || key.startsWith(statusPublisher.annotation)),
    writers: managed.map((row) => ({
      name: String(row['manager'] ?? ''),
      marks: row['operation'] === 'Apply' && fieldsOf(row, 'f:metadata', 'f:labels').includes(kubernetesLabels.installation),
    })),
    dataKeys: [...new Set(managed.flatMap((row) => fieldsOf(row, 'f:data')))],
    isOwned: Array.isArray(owners) && owners.length > 0,
    isGoing: text('deletionTimestamp') !== '',
  }
}

const textsOf = (value: unknown, keep: (key: string) => boolean): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(isObject(value) ? value : {}).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string' && keep(entry[0]),
    ),
  )

// Who manages which field: what server-side apply and plain updates do to an object and to its managedFields.
// After sigs.k8s.io/structured-merge-diff, which the real API server uses; test/real compares the two.
import { compare, type FieldSet, fromFieldsV1, merge, owned, spoken, toFieldsV1, without } from './fields.ts'
import { type KubernetesObject, type ManagedFields, type Raw, timestamp } from './object.ts'
import type { Schema } from './schema.ts'
import { type Cause, Refusal } from './status.ts'

type Manager = { readonly name: string; readonly operation: 'Apply' | 'Update'; readonly fields: FieldSet; readonly time?: string }

/** Fields of the system itself have no manager. */
const nobodys = new Set(
  [['apiVersion'], ['kind'], ['metadata']]
    .concat(
      ['name', 'namespace', 'creationTimestamp', 'selfLink', 'uid', 'generation', 'managedFields', 'resourceVersion'].map((field) => [
        'metadata',
        field,
      ]),
    )
    .map((path) => path.map((key) => `f:${key}`).join('\u0000')),
)
const isSystems = (path: string): boolean => nobodys.has(path) || path.startsWith('f:metadata\u0000f:managedFields')

const minus = (from: FieldSet, these: FieldSet): FieldSet => new Set([...from].filter((path) => !these.has(path)))
const both = (a: FieldSet, b: FieldSet): FieldSet => new Set([...a].filter((path) => b.has(path)))
const plus = (a: FieldSet, b: FieldSet): FieldSet => new Set([...a, ...b])
const tracked = (paths: FieldSet): FieldSet => new Set([...paths].filter((path) => !isSystems(path)))

const read = (object: KubernetesObject | undefined): Manager[] =>
  (object?.metadata.managedFields ?? []).map((row) => ({
    name: row.manager,
    operation: row.operation,
    fields: fromFieldsV1(row.fieldsV1),
    ...(row.time === undefined ? {} : { time: row.time }),
  }))

function write(managers: readonly Manager[], apiVersion: string): ManagedFields[] {
  return managers
    .filter((manager) => manager.fields.size > 0)
    .sort(
      (a, b) =>
        a.operation.localeCompare(b.operation) ||
        (a.time ?? '').localeCompare(b.time ?? '') ||
        (a.name < b.name ? -1 : Number(a.name > b.name)),
    )
    .map((manager) => ({
      manager: manager.name,
      operation: manager.operation,
      apiVersion,
      ...(manager.time === undefined ? {} : { time: manager.time }),
      fieldsType: 'FieldsV1',
      fieldsV1: toFieldsV1(manager.fields),
    }))
}

export type Applied = { readonly object: Raw; readonly managedFields: readonly ManagedFields[] }
type How = { readonly schema: Schema; readonly apiVersion: string; readonly manager: string; readonly now: number }

/** PATCH with `application/apply-patch+yaml`: what becomes of `live` when `manager` wants `patch`. */
export function apply(live: KubernetesObject | undefined, patch: Raw, how: How & { readonly force: boolean }): Applied {
  let managers = read(live)
  if (live && managers.length === 0) {
    const everything = tracked(compare(how.schema, {}, live).changed)
    managers = [{ name: 'before-first-apply', operation: 'Update', fields: everything, time: timestamp(how.now) }]
  }
  const mine = managers.find((manager) => manager.name === how.manager && manager.operation === 'Apply')
  const others = managers.filter((manager) => manager !== mine)
  const wanted = tracked(owned(how.schema, patch))

  const merged = merge(how.schema, live ?? {}, patch)
  const kept = others.reduce((all, other) => plus(all, other.fields), wanted)
  const object = without(how.schema, merged, minus(mine?.fields ?? new Set(), kept)) as Raw

  const { changed, removed } = compare(how.schema, live ?? {}, object)
  const conflicts = others
    .map((other) => ({ other, paths: [...both(other.fields, changed)].sort() }))
    .filter(({ paths }) => paths.length > 0)
    .sort((a, b) => (a.other.name < b.other.name ? -1 : 1))
  if (conflicts.length > 0 && !how.force) throw conflicting(conflicts, how.apiVersion)

  const same = tracked(plus(changed, removed)).size === 0
  const time = same ? mine?.time : timestamp(how.now)
  const after: Manager[] = [
    ...others.map((other) => ({ ...other, fields: minus(minus(other.fields, changed), removed) })),
    { name: how.manager, operation: 'Apply', fields: wanted, ...(time === undefined ? {} : { time }) },
  ]
  return { object, managedFields: write(after, how.apiVersion) }
}

function conflicting(found: readonly { readonly other: Manager; readonly paths: readonly string[] }[], apiVersion: string): Refusal {
  const by = (manager: Manager) => `with "${manager.name}"${manager.operation === 'Update' ? ` using ${apiVersion}` : ''}`
  const causes: Cause[] = found.flatMap(({ other, paths }) =>
    paths.map((path) => ({ reason: 'FieldManagerConflict', message: `conflict ${by(other)}`, field: spoken(path) })),
  )
  const text =
    causes.length === 1
      ? `1 conflict: ${causes[0]?.message}: ${causes[0]?.field}`
      : `${causes.length} conflicts: ${found.map(({ other, paths }) => `conflicts ${by(other)}:\n${paths.map((path) => `- ${spoken(path)}`).join('\n')}`).join('\n')}`
  return new Refusal(409, 'Conflict', `Apply failed with ${text}`, { causes })
}

/** POST, PUT and the other patches: the manager takes what it changed. An existing object without any manager stays untracked. */
export function update(live: KubernetesObject | undefined, object: Raw, how: How): readonly ManagedFields[] {
  const managers = read(live)
  if (live && managers.length === 0) return []
  const { changed, removed } = compare(how.schema, live ?? {}, object)
  const mine = managers.find((manager) => manager.name === how.manager && manager.operation === 'Update')
  const took = tracked(changed)
  const touched = took.size > 0 || both(mine?.fields ?? new Set(), removed).size > 0
  const time = touched ? timestamp(how.now) : mine?.time
  return write(
    [
      ...managers
        .filter((manager) => manager !== mine)
        .map((other) => ({ ...other, fields: minus(minus(other.fields, changed), removed) })),
      {
        name: how.manager,
        operation: 'Update',
        fields: plus(minus(mine?.fields ?? new Set(), removed), took),
        ...(time === undefined ? {} : { time }),
      },
    ],
    how.apiVersion,
  )
}

// Sets of field paths, the arithmetic behind managedFields: which paths a value has, what changed between two values, merging and
// removing by path. A path is a list of FieldsV1 keys (`f:data`, `f:A`, `k:{"name":"x"}`, `v:"x"`), joined by a character that no
// key can have.
import { type FieldsV1, isRaw, type Raw } from './object.ts'
import { member, type Schema } from './schema.ts'

export type FieldSet = ReadonlySet<string>
const between = '\u0000'

const under = (path: string, key: string): string => (path === '' ? key : `${path}${between}${key}`)
const keyOf = (schema: Schema & { type: 'list' }, item: unknown): string =>
  `k:${JSON.stringify({ [schema.by]: isRaw(item) ? item[schema.by] : undefined })}`
const itemKey = (item: unknown): string => `v:${JSON.stringify(item)}`

/** The members of a container with their FieldsV1 keys; undefined where the schema has no members (a leaf). */
function members(schema: Schema, value: unknown): Map<string, { readonly of: Schema; readonly value: unknown }> | undefined {
  if (schema.type === 'fields' || schema.type === 'map') {
    const found = new Map<string, { of: Schema; value: unknown }>()
    for (const [key, field] of Object.entries(isRaw(value) ? value : {})) {
      const of = member(schema, key)
      if (of && field !== undefined && field !== null) found.set(`f:${key}`, { of, value: field })
    }
    return found
  }
  if (schema.type === 'list')
    return new Map((Array.isArray(value) ? value : []).map((item) => [keyOf(schema, item), { of: schema.of, value: item }]))
  if (schema.type === 'set')
    return new Map((Array.isArray(value) ? value : []).map((item) => [itemKey(item), { of: { type: 'atomic' }, value: item }]))
  return undefined
}

/** What an applied object owns: its leaves, and each item of a keyed list. */
export function owned(schema: Schema, value: unknown): FieldSet {
  const found = new Set<string>()
  const walk = (of: Schema, at: unknown, path: string): void => {
    const inner = members(of, at)
    if (!inner) return void found.add(path)
    for (const [key, field] of inner) {
      const next = under(path, key)
      if (key.startsWith('k:')) found.add(next)
      walk(field.of, field.value, next)
    }
  }
  walk(schema, value, '')
  return found
}

/** What an update changed. A map or list that appears or goes counts itself; a struct does not. */
export function compare(schema: Schema, before: unknown, after: unknown): { readonly changed: FieldSet; readonly removed: FieldSet } {
  const changed = new Set<string>()
  const removed = new Set<string>()
  const all = (of: Schema, value: unknown, path: string, into: Set<string>): void => {
    if (of.type !== 'fields' || path.slice(path.lastIndexOf(between) + 1).startsWith('k:')) into.add(path)
    for (const [key, field] of members(of, value) ?? []) all(field.of, field.value, under(path, key), into)
  }
  const walk = (of: Schema, old: unknown, now: unknown, path: string): void => {
    const [was, is] = [members(of, old), members(of, now)]
    if (!was || !is) {
      if (JSON.stringify(old) !== JSON.stringify(now)) changed.add(path)
      return
    }
    for (const [key, field] of is) {
      const earlier = was.get(key)
      if (earlier) walk(field.of, earlier.value, field.value, under(path, key))
      else all(field.of, field.value, under(path, key), changed)
    }
    for (const [key, field] of was) if (!is.has(key)) all(field.of, field.value, under(path, key), removed)
  }
  walk(schema, before, after, '')
  return { changed, removed }
}

/** `onto` with what `from` says: maps and keyed lists grow, everything else is replaced. Nulls say nothing. */
export function merge(schema: Schema, onto: unknown, from: unknown): unknown {
  if (from === null || from === undefined) return onto
  if (schema.type === 'set') return [...new Set([...(Array.isArray(onto) ? onto : []), ...(from as unknown[])])]
  if (schema.type === 'list') {
    const merged = new Map((Array.isArray(onto) ? onto : []).map((item) => [keyOf(schema, item), item as unknown]))
    for (const item of from as unknown[]) merged.set(keyOf(schema, item), merge(schema.of, merged.get(keyOf(schema, item)), item))
    return [...merged.values()]
  }
  if (schema.type !== 'fields' && schema.type !== 'map') return from
  const merged: Record<string, unknown> = { ...(isRaw(onto) ? onto : {}) }
  for (const [key, field] of Object.entries(from as Raw)) {
    const of = member(schema, key)
    if (of && field !== null && field !== undefined) merged[key] = merge(of, merged[key], field)
  }
  return merged
}

/** `value` without the fields at these paths; a container that a path names goes whole. */
export function without(schema: Schema, value: unknown, paths: FieldSet, path = ''): unknown {
  if (schema.type === 'set') return (value as unknown[]).filter((item) => !paths.has(under(path, itemKey(item))))
  if (schema.type === 'list')
    return (value as unknown[])
      .filter((item) => !paths.has(under(path, keyOf(schema, item))))
      .map((item) => without(schema.of, item, paths, under(path, keyOf(schema, item))))
  if (schema.type !== 'fields' && schema.type !== 'map') return value
  const kept: Record<string, unknown> = {}
  for (const [key, field] of Object.entries(value as Raw)) {
    const of = member(schema, key)
    const next = under(path, `f:${key}`)
    if (!of || field === null || field === undefined) kept[key] = field
    else if (!paths.has(next)) kept[key] = without(of, field, paths, next)
  }
  return kept
}

export function toFieldsV1(paths: FieldSet): FieldsV1 {
  type Tree = { [key: string]: Tree }
  const root: Tree = {}
  const sorted = [...paths].sort() // what lies below a path follows it directly
  for (const [index, path] of sorted.entries()) {
    let at = root
    for (const key of path.split(between)) at = at[key] ??= {}
    if (sorted[index + 1]?.startsWith(path + between)) at['.'] = {}
  }
  return root
}

export function fromFieldsV1(tree: FieldsV1): FieldSet {
  const found = new Set<string>()
  const walk = (at: FieldsV1, path: string): void => {
    const keys = Object.keys(at)
    if (path !== '' && (keys.length === 0 || '.' in at)) found.add(path)
    for (const key of keys) if (key !== '.') walk(at[key] as FieldsV1, under(path, key))
  }
  walk(tree, '')
  return found
}

/** As conflicts name it: `.data.A`, `.secrets[name="q"].name`, `.metadata.finalizers[="x"]`. */
export const spoken = (path: string): string =>
  path
    .split(between)
    .map((key) => {
      const rest = key.slice(2)
      if (key.startsWith('f:')) return `.${rest}`
      if (key.startsWith('v:')) return `[=${rest}]`
      const [[name, value] = ['', '']] = Object.entries(JSON.parse(rest) as Record<string, unknown>)
      return `[${name}=${JSON.stringify(value)}]`
    })
    .join('')

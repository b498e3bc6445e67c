// The shape of a kind, as far as server-side apply needs it: which maps and lists merge, and by what key
// (https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy).
import { isRaw, type Raw } from './object.ts'

export type Schema =
  | { readonly type: 'string' | 'boolean' | 'number' }
  | { readonly type: 'atomic' }
  | { readonly type: 'fields'; readonly fields: Readonly<Record<string, Schema>> }
  | { readonly type: 'map'; readonly of: Schema }
  | { readonly type: 'set' }
  | { readonly type: 'list'; readonly by: string; readonly of: Schema }

export const text: Schema = { type: 'string' }
export const flag: Schema = { type: 'boolean' }
export const count: Schema = { type: 'number' }
export const atomic: Schema = { type: 'atomic' }
export const texts: Schema = { type: 'map', of: text }
const set: Schema = { type: 'set' }
export const fields = (of: Readonly<Record<string, Schema>>): Schema => ({ type: 'fields', fields: of })
export const listBy = (by: string, of: Readonly<Record<string, Schema>>): Schema => ({ type: 'list', by, of: fields(of) })

const metadata = fields({
  name: text,
  generateName: text,
  namespace: text,
  uid: text,
  resourceVersion: text,
  creationTimestamp: text,
  deletionTimestamp: text,
  deletionGracePeriodSeconds: count,
  generation: count,
  selfLink: text,
  labels: texts,
  annotations: texts,
  finalizers: set,
  ownerReferences: listBy('uid', { apiVersion: text, kind: text, name: text, uid: text, controller: flag, blockOwnerDeletion: flag }),
  managedFields: atomic,
})

/** A whole object: the given fields beside apiVersion, kind and metadata. */
export const objectOf = (own: Readonly<Record<string, Schema>>): Schema => fields({ apiVersion: text, kind: text, metadata, ...own })

/** The schema of one member of a container; undefined = not declared. */
export function member(schema: Schema, key: string): Schema | undefined {
  if (schema.type === 'fields') return schema.fields[key]
  if (schema.type === 'map') return schema.of
  return undefined
}

/** What is wrong with a value, in structured-merge-diff's words (`.data.A: expected string, got …`), or undefined. */
export function mistake(schema: Schema, value: unknown, path = ''): string | undefined {
  if (value === null || value === undefined || schema.type === 'atomic') return undefined
  const expected = (what: string) => `${path}: expected ${what}, got &value.valueUnstructured{Value:${String(value)}}`
  if (schema.type === 'string' || schema.type === 'boolean' || schema.type === 'number')
    return typeof value === schema.type ? undefined : expected(schema.type === 'number' ? 'numeric' : schema.type)
  if (schema.type === 'set' || schema.type === 'list') {
    if (!Array.isArray(value)) return expected('list')
    if (schema.type === 'set') return undefined
    for (const [index, item] of value.entries()) {
      const wrong = mistake(schema.of, item, `${path}[${index}]`)
      if (wrong) return wrong
    }
    return undefined
  }
  if (!isRaw(value)) return expected('map')
  for (const [key, field] of Object.entries(value)) {
    const of = member(schema, key)
    if (!of) return `${path}.${key}: field not declared in schema`
    const wrong = mistake(of, field, `${path}.${key}`)
    if (wrong) return wrong
  }
  return undefined
}

/** Without undeclared fields and nulls: what decoding into Go's struct keeps. */
export function declared(schema: Schema, value: Raw): Raw {
  const kept: Record<string, unknown> = {}
  for (const [key, field] of Object.entries(value)) {
    const of = member(schema, key)
    if (!of || field === null || field === undefined) continue
    kept[key] = (of.type === 'fields' || of.type === 'map') && isRaw(field) ? declared(of, field) : field
  }
  return kept
}

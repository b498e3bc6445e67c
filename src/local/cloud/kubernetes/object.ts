// A Kubernetes object as the simulated API server keeps it: plain JSON, never changed in place.

export type ManagedFields = {
  readonly manager: string
  readonly operation: 'Apply' | 'Update'
  readonly apiVersion: string
  readonly time?: string
  readonly fieldsType: 'FieldsV1'
  readonly fieldsV1: FieldsV1
}
/** https://kubernetes.io/docs/reference/using-api/server-side-apply/#fieldsv1: a tree of `f:`, `k:`, `v:` and `.` keys. */
export type FieldsV1 = { readonly [key: string]: FieldsV1 }

export type Metadata = {
  readonly name: string
  readonly generateName?: string
  readonly namespace?: string
  readonly uid: string
  readonly resourceVersion?: string
  readonly creationTimestamp: string
  readonly deletionTimestamp?: string
  readonly deletionGracePeriodSeconds?: number
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly ownerReferences?: readonly Readonly<Record<string, unknown>>[]
  readonly finalizers?: readonly string[]
  readonly managedFields?: readonly ManagedFields[]
}

export type KubernetesObject = {
  readonly kind: string
  readonly apiVersion: string
  readonly metadata: Metadata
  readonly [field: string]: unknown
}

/** What a caller sent: nothing is known of it yet. */
export type Raw = { readonly [field: string]: unknown }

export const isRaw = (value: unknown): value is Raw => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Without fields that are undefined or empty maps and lists: Go's `omitempty`. */
export function withoutEmpty<T extends object>(value: T): T {
  const kept = Object.entries(value).filter(([, field]) => {
    if (field === undefined || field === null) return false
    if (typeof field !== 'object') return true
    return Object.keys(field).length > 0
  })
  return Object.fromEntries(kept) as T
}

/** Whole seconds, as in every Kubernetes timestamp. */
export const timestamp = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z')

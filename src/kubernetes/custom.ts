// Custom resources through the client's generic API. Their answers come as they are, so they are read here. An API server answers 404 with a page for a
// resource that it does not serve, as any gateway does; only its list of groups proves it.
import * as z from 'zod'
import { Failure } from '../errors/failure.ts'
import { inShape } from '../model/answer-shape.ts'
import { type KindName, kubernetesKinds } from '../model/kubernetes-kind.ts'
import { applying, metadataOnly } from './headers.ts'
import type { Found } from './manifest.ts'
import type { Operations } from './object-operations.ts'
import type { CustomObjectsApi, V1ObjectMeta } from './sdk.ts'

const texts = z.record(z.string(), z.string()).optional()
const time = z.coerce.date().optional()
const metadataSchema = z.looseObject({
  name: z.string().optional(),
  namespace: z.string().optional(),
  uid: z.string().optional(),
  resourceVersion: z.string().optional(),
  labels: texts,
  annotations: texts,
  creationTimestamp: time,
  deletionTimestamp: time,
  finalizers: z.array(z.string()).optional(),
  managedFields: z
    .array(
      z.looseObject({
        manager: z.string().optional(),
        operation: z.string().optional(),
        subresource: z.string().optional(),
        time,
        fieldsV1: z.looseObject({}).optional(),
      }),
    )
    .optional(),
})
const objectSchema = z.looseObject({ metadata: metadataSchema, spec: z.looseObject({}).optional() })
export const metadataOf = (body: unknown): V1ObjectMeta => inShape(objectSchema, body).metadata as V1ObjectMeta

/** What of an object is compared, besides its metadata. */
export function valuesIn(name: KindName, body: object): Pick<Found, 'fields' | 'spec'> {
  const row = kubernetesKinds[name]
  if ('whole' in row) return { fields: Object.fromEntries(row.whole.map((field) => [field, Reflect.get(body, field)])) }
  return 'isCustom' in row ? { spec: inShape(objectSchema, body).spec ?? {} } : {}
}

export function customOperations(name: KindName, api: CustomObjectsApi): Operations {
  const { group, apiVersion, plural } = kubernetesKinds[name]
  const kind = { group, version: apiVersion.slice(group.length + 1), plural }
  return {
    async read(at, whole): Promise<Found> {
      const body = inShape(objectSchema, await api.getNamespacedCustomObject({ ...kind, ...at }, whole ? undefined : metadataOnly()))
      return { metadata: metadataOf(body), ...(whole ? valuesIn(name, body) : {}) }
    },
    async patch(options) {
      const { httpStatusCode, data } = await api.patchNamespacedCustomObjectWithHttpInfo({ ...kind, ...options }, applying())
      return { httpStatusCode, data: { metadata: metadataOf(data) } }
    },
    remove: (options) => api.deleteNamespacedCustomObject({ ...kind, ...options }),
  }
}

/** The list of groups that an API server has. */
export type Groups = { getAPIVersions(): Promise<{ readonly groups: readonly { readonly name: string }[] }> }

/** Whether the API server does not serve the kind: what was refused for that reason does not exist. Throws if it cannot be asked. */
export async function isUnserved(error: unknown, name: KindName, apis: Groups): Promise<boolean> {
  const kind = kubernetesKinds[name]
  if (!('isCustom' in kind) || !(error instanceof Failure) || error.fields.status !== 404) return false
  const { groups } = await apis.getAPIVersions()
  return groups.every((group) => group.name !== kind.group)
}

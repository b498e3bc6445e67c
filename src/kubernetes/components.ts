// Dapr components, through the client's API for custom resources. Where Dapr is not installed the API server does not know them, and answers 404 with a
// page, as any gateway does: only its list of groups proves it. https://docs.dapr.io/operations/components/component-schema/
import { Failure } from '../errors/failure.ts'
import { kubernetesKinds } from '../model/kubernetes-kind.ts'
import type { ClusterClient } from './client.ts'
import { applying } from './headers.ts'
import type { Operations } from './object-operations.ts'
import { ApiException, type V1ObjectMeta } from './sdk.ts'

const { group, plural, apiVersion } = kubernetesKinds.Component
const kind = { group, version: apiVersion.slice(group.length + 1), plural }
type Body = { readonly metadata?: V1ObjectMeta; readonly spec?: unknown; readonly scopes?: unknown }

export function componentOperations({ custom, apis }: Pick<ClusterClient, 'custom' | 'apis'>): Operations {
  /** `isWanted`: its absence is a problem, not what was to be reached. */
  async function served<T>(call: () => Promise<T>, isWanted: boolean): Promise<T> {
    try {
      return await call()
    } catch (error) {
      if (!(error instanceof Failure) || error.fields.status !== 404) throw error
      const { groups } = await apis.getAPIVersions()
      if (groups.some((one) => one.name === group)) throw error
      if (isWanted) throw new Failure({ class: 'manual', code: 'DaprMissing', about: {} })
      const status = { message: `${plural} not found`, reason: 'NotFound', details: { kind: plural } }
      throw new ApiException(404, status.message, JSON.stringify(status), {})
    }
  }
  return {
    async read(at, whole) {
      const { metadata, spec, scopes } = (await served(() => custom.getNamespacedCustomObject({ ...kind, ...at }), whole)) as Body
      return { metadata, fields: { spec, scopes } }
    },
    async patch(options) {
      const { httpStatusCode, data } = await served(
        () => custom.patchNamespacedCustomObjectWithHttpInfo({ ...kind, ...options }, applying()),
        true,
      )
      return {
        httpStatusCode,
        data: { ...((data as Body).metadata ? { metadata: (data as Body).metadata } : {}) } as { metadata?: V1ObjectMeta },
      }
    },
    remove: (options) => served(() => custom.deleteNamespacedCustomObject({ ...kind, ...options }), false),
  }
}

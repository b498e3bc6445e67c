// Requests that say more in their headers than the client says by itself. Functions, for the client is only read when a cluster is asked (sdk.ts).
import { PatchStrategy, setHeaderOptions } from './sdk.ts'

/** Server-side apply: https://kubernetes.io/docs/reference/using-api/server-side-apply/ */
export const applying = () => setHeaderOptions('Content-Type', PatchStrategy.ServerSideApply)

/**
 * So that no value of a Secret comes here that is only looked at, counted or deleted.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables describes `as=`.
 */
export const metadataOnly = () => setHeaderOptions('Accept', 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io')
export const metadataList = () => setHeaderOptions('Accept', 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io')

// Requests that need other headers than the client's own. Functions, because the client is only read when a cluster is contacted (sdk.ts).
import { PatchStrategy, setHeaderOptions } from './sdk.ts'

/** Server-side apply: https://kubernetes.io/docs/reference/using-api/server-side-apply/ */
export const applying = () => setHeaderOptions('Content-Type', PatchStrategy.ServerSideApply)

/**
 * So that no value of a Secret arrives that is only observed, counted or deleted.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables describes `as=`.
 */
export const metadataOnly = () => setHeaderOptions('Accept', 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io')
export const metadataList = () => setHeaderOptions('Accept', 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io')

// Everything used of the Kubernetes client. It is a separate file in the deployment (build.mjs), read at first use: it is as large as the rest of the
// app, and an instance that only answers callers never needs it.
//
// Nothing of it may be called at import: test/bundle.test.ts checks that.
export {
  ApiException,
  ApisApi,
  AuthorizationV1Api,
  BatchV1Api,
  CoreV1Api,
  type CoreV1Event,
  CustomObjectsApi,
  createConfiguration,
  loadYaml,
  PatchStrategy,
  RbacAuthorizationV1Api,
  RequestContext,
  ResponseContext,
  SelfDecodingBody,
  ServerConfiguration,
  setHeaderOptions,
  type V1ConfigMap,
  type V1Job,
  type V1ListMeta,
  type V1ObjectMeta,
  type V1Pod,
  wrapHttpLibrary,
} from '@kubernetes/client-node'
export { EnvHttpProxyAgent, request } from 'undici'

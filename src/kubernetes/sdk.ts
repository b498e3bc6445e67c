// All that we use of the Kubernetes client. A file of its own in what is deployed (build.mjs), which is read when something of it is used for the first
// time: it is as large as the rest of the app, and an instance that only answers people never needs it.
//
// So nothing of it may be called at import: test/bundle.test.ts tells.
export {
  ApiException,
  AuthorizationV1Api,
  BatchV1Api,
  CoreV1Api,
  type CoreV1Event,
  createConfiguration,
  loadYaml,
  PatchStrategy,
  type RequestContext,
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

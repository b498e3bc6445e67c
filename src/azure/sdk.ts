// All that we use of Azure's SDKs. A file of its own in what is deployed (build.mjs), which is read when something of it is used for the first time.
// One file for all of them, for they share a core, and what one throws another one must know.
//
// So nothing of it may be called at import: test/bundle.test.ts tells.
export { ContainerServiceClient } from '@azure/arm-containerservice'
export { ManagedServiceIdentityClient } from '@azure/arm-msi'
export { ResourceGraphClient } from '@azure/arm-resourcegraph'
export {
  bearerTokenAuthenticationPolicy,
  createDefaultHttpClient,
  createHttpHeaders,
  createPipelineFromOptions,
  createPipelineRequest,
  type HttpMethods,
  type PipelinePolicy,
  type PipelineResponse,
} from '@azure/core-rest-pipeline'
export { odata, RestError, TableClient, type TransactionAction } from '@azure/data-tables'
export { DefaultAzureCredential, ManagedIdentityCredential } from '@azure/identity'

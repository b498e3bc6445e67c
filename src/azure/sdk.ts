// Everything used of Azure's SDKs. It is a separate file in the deployment (build.mjs), read at first use. One file for all of them, because they
// share a core, and each must recognize what another one throws.
//
// Nothing of it may be called at import: test/bundle.test.ts checks that.
export { ContainerServiceClient, type RunCommandResult } from '@azure/arm-containerservice'
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
export { parseXML } from '@azure/core-xml'
export { odata, RestError, TableClient, type TransactionAction } from '@azure/data-tables'
export { DefaultAzureCredential, ManagedIdentityCredential } from '@azure/identity'

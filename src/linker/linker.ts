// The wire format of Azure Service Connector, `Microsoft.ServiceLinker/linkers`: its field names (versions.ts: its versions).
// https://learn.microsoft.com/rest/api/servicelinker/linker/create-or-update request.ts reads a body (auth.ts its authInfo with the help of src/auth/, body.ts is its schema),
// answer.ts writes one. The body of a GET can be PUT again and changes nothing.
import type { Field } from '../declare/connection-input.ts'

export const linkerFields: Readonly<Record<Field, string>> = {
  name: 'name',
  namespace: 'properties.scope',
  workload: 'workload',
  auth: 'properties.authInfo.authType',
  client: 'properties.clientType',
  identity: 'properties.authInfo.identityId',
  federation: 'properties.authInfo.federation',
  userName: 'properties.authInfo.name',
  roles: 'properties.authInfo.roles',
  customizedKeys: 'properties.configurationInfo.customizedKeys',
  keyNaming: 'properties.configurationInfo.keyNaming',
  dapr: 'properties.configurationInfo.daprProperties',
  shape: 'properties.configurationInfo.shape',
  additionalConfigurations: 'properties.configurationInfo.additionalConfigurations',
  vaultObjects: 'properties.secretProviderClass.objects',
  kubernetesExtension: 'properties.targetService.resourceProperties.connectWithKubernetesExtension',
  additionalConnectionStringProperties: 'properties.configurationInfo.additionalConnectionStringProperties',
  transport: 'properties.kubernetesTransport',
}

// The wire format of Azure Service Connector, `Microsoft.ServiceLinker/linkers`: its versions and field names.
// https://learn.microsoft.com/rest/api/servicelinker/linker/create-or-update request.ts reads a body (auth.ts its authInfo with the help of src/auth/, body.ts is its schema),
// answer.ts writes one. The body of a GET can be PUT again and changes nothing.
import type { Field } from '../declare/connection-input.ts'

export const apiVersions = ['2022-05-01', '2022-11-01-preview', '2023-04-01-preview', '2024-04-01', '2024-07-01-preview'] as const

export const linkerFields: Readonly<Record<Field, string>> = {
  name: 'name',
  namespace: 'properties.scope',
  workload: 'workload',
  auth: 'properties.authInfo.authType',
  client: 'properties.clientType',
  identity: 'properties.authInfo.identityId',
  federation: 'properties.authInfo.federation',
  roles: 'properties.authInfo.roles',
  customizedKeys: 'properties.configurationInfo.customizedKeys',
  keyNaming: 'properties.configurationInfo.keyNaming',
  shape: 'properties.configurationInfo.shape',
  additionalConfigurations: 'properties.configurationInfo.additionalConfigurations',
  transport: 'properties.kubernetesTransport',
}

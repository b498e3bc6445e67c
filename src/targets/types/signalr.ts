// Azure SignalR Service. https://learn.microsoft.com/azure/service-connector/how-to-integrate-signalr Surprising: with `AuthType=aad;ClientId=…` the SDK
// signs in as a managed identity, which exchanges the token of a pod where there is one
// (https://github.com/Azure/azure-sdk-for-net/blob/main/sdk/identity/Azure.Identity/src/MsalManagedIdentityClient.cs).
import { azureRole } from '../../model/grant.ts'
import { component, daprParts } from '../dapr.ts'
import { signalR } from '../resources/signalr.ts'
import { credential, type Expression, endpoint, identity, servicePrincipal } from '../secret-table.ts'
import { targetType } from '../target-type.ts'

const asIdentity: Expression = (of) => `Endpoint=${endpoint(of)};AuthType=aad;ClientId=${identity.clientId(of)};Version=1.0;`
const asPrincipal: Expression = (of) =>
  servicePrincipal
    .clientSecret(of)
    .map(
      (value) =>
        `Endpoint=${endpoint(of)};AuthType=aad;ClientId=${servicePrincipal.clientId(of)};ClientSecret=${value};TenantId=${servicePrincipal.tenantId(of)};Version=1.0;`,
    )

export const signalr = targetType({
  type: 'signalr',
  displayName: 'Azure SignalR Service',
  on: signalR,
  privateLink: 'signalr',
  child: { kind: 'none' },
  aliases: [],
  auth: ['workload-identity', 'secret', 'service-principal'],
  clients: ['none', 'dotnet', 'dotnet-internal'],
  grants: {
    default: [azureRole('7e4f1700-ea5a-4f59-8f37-079cfe29dce3', 'SignalR Service Owner')],
    allowed: [
      azureRole('420fcaa2-552c-430f-98ca-3264be4806c7', 'SignalR App Server'),
      azureRole('fd53cd77-2268-407a-8f46-7e7863d0f521', 'SignalR REST API Owner'),
      azureRole('ddde6b66-c0df-4114-a159-3618637b3035', 'SignalR REST API Reader'),
    ],
  },
  notes: [
    'with `workload-identity` the connection string says that a managed identity signs in: the identity library of .NET then exchanges the token of a pod that has the label `azure.workload.identity/use`, and asks for the identity of the node in one that has not; a `WorkloadIdentityCredential` for `ServiceEndpoint` does only the former',
    'an app server needs no more than `role=SignalR App Server`',
  ],

  secret: {
    'workload-identity': { '*': { AZURE_SIGNALR_CONNECTIONSTRING: asIdentity } },
    'service-principal': { '*': { AZURE_SIGNALR_CONNECTIONSTRING: asPrincipal } },
    secret: { '*': { AZURE_SIGNALR_CONNECTIONSTRING: credential } },
  },

  dapr: [component('bindings.azure.signalr', daprParts.endpointOr('endpoint'))],
})

// Azure App Configuration. https://learn.microsoft.com/azure/service-connector/how-to-integrate-app-configuration
import { azureRole } from '../../model/grant.ts'
import { component, daprParts } from '../dapr.ts'
import { configurationStore } from '../resources/configuration-store.ts'
import { credential, endpoint, identity, servicePrincipal } from '../secret-table.ts'
import { targetType } from '../target-type.ts'

export const appconfig = targetType({
  type: 'appconfig',
  displayName: 'Azure App Configuration',
  on: configurationStore,
  privateLink: 'configurationStores',
  child: { kind: 'none' },
  aliases: ['appconfiguration'],
  auth: ['workload-identity', 'secret', 'service-principal'],
  clients: ['none', 'dotnet', 'dotnet-internal', 'java', 'python', 'nodejs'],
  kubernetesExtension: 'app-configuration',
  grants: {
    default: [azureRole('516239f1-63e1-4d78-a4de-a74fb236a071', 'App Configuration Data Reader')],
    allowed: [azureRole('5ae67dd6-50cb-40e7-96ff-dc2bfa4b606b', 'App Configuration Data Owner')],
  },

  secret: {
    'workload-identity': { '*': { AZURE_APPCONFIGURATION_ENDPOINT: endpoint, AZURE_APPCONFIGURATION_CLIENTID: identity.clientId } },
    'service-principal': {
      '*': {
        AZURE_APPCONFIGURATION_ENDPOINT: endpoint,
        AZURE_APPCONFIGURATION_CLIENTID: servicePrincipal.clientId,
        AZURE_APPCONFIGURATION_CLIENTSECRET: servicePrincipal.clientSecret,
        AZURE_APPCONFIGURATION_TENANTID: servicePrincipal.tenantId,
      },
    },
    secret: { '*': { AZURE_APPCONFIGURATION_CONNECTIONSTRING: credential } },
  },
  // https://learn.microsoft.com/azure/azure-app-configuration/reference-kubernetes-provider#use-connection-string
  extensionSecret: { secret: { '*': { azure_app_configuration_connection_string: credential } } },

  dapr: [component('configuration.azure.appconfig', daprParts.endpointOr('host'))],
})

// The least that runs AKS Service Connector: one Functions app (Flex Consumption) with a managed identity, a storage account without keys,
// App Service authentication, its rights on the subscriptions it serves, and the events of its own subscription. See README.md beside this.
//
// The identity is user-assigned, for its rights must outlive the app: role assignments in many subscriptions and RoleBindings in many clusters name
// its object id, and it can have its rights on the storage account before the app starts.

@description('Client id of the app registration whose tokens callers bring. It must issue tokens of version 2.')
param authClientId string

@description('Names everything that is made here; letters and digits of the storage account are made of the resource group.')
@minLength(2)
@maxLength(40)
param name string = 'sc-${uniqueString(resourceGroup().id)}'

param location string = resourceGroup().location

// What was deployed before this had a default of its own was called main, and must go on being called so: pass installation=main there.
@description('1 to 12 of a-z 0-9: in every mark of what this installation makes, so that two of them never touch each other\'s things. Never change it. The default differs from deployment to deployment.')
@minLength(1)
@maxLength(12)
param installation string = take(uniqueString(resourceGroup().id, name), 12)

@description('Which rights the app gets beyond reading; see docs/permissions.md. Empty: it reports what it would do, and does nothing.')
@allowed(['clusters', 'keys', 'rotation', 'identities', 'bindings', 'roles', 'grants', 'vault-policies', 'firewalls', 'features', 'extension', 'run-command', 'flux'])
param rights array = ['clusters', 'keys', 'identities', 'roles', 'firewalls']

@description('Ids of the subscriptions whose clusters and targets may be connected. Whoever deploys must be their owner.')
param subscriptions array = [subscription().subscriptionId]

@description('Resource group id for the identities that the app makes. Empty: the group of each cluster.')
param identityGroup string = ''

@description('True: makes a Key Vault for secrets that people give, so that connections can have auth service-principal.')
param keyVault bool = false

@description('False at the first deployment: Event Grid asks the function whether it wants events, so that the code must be there.')
param codeIsPublished bool = false

@description('Name of a Storage queue that Event Grid writes events to, where no webhook reaches the app: azure-events. Empty: it calls the function.')
@maxLength(63)
param eventQueue string = ''

@description('Id of a Log Analytics workspace. Empty: no Application Insights.')
param workspaceId string = ''

@description('An OpenTelemetry endpoint for traces, metrics and logs, over HTTP: https://otlp.example. Empty: none. See docs/observability.md.')
param otlpEndpoint string = ''

@description('Where others are told what becomes of connections: the endpoint of an Event Grid topic, or another. Empty: nowhere. See docs/events-out.md.')
param eventsEndpoint string = ''

@description('Id of a subnet that the app goes out by, delegated to Microsoft.App/environments. With a NAT gateway on it the app has addresses of its own. Empty: none.')
param subnetId string = ''

@description('Public addresses with which the app goes out, as those of that gateway. With them it lets itself in at servers of databases while it makes users there.')
param ownAddresses array = []

@description('Name of a storage account that only the app writes to, and that Flux in clusters reads from, for transport flux. The app needs Storage Blob Data Contributor on it. Empty: none. See docs/transports.md.')
@maxLength(24)
param fluxAccount string = ''

@description('What of Node.js Flex Consumption offers in a region: az functionapp list-flexconsumption-runtimes --runtime node.')
@allowed(['22', '24'])
param nodeVersion string = '24'

var isMonitored = !empty(workspaceId)
// The first is what people ask for, the second is what tokens of version 2 say.
var audiences = ['api://${authClientId}', authClientId]

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: name
  location: location
}

module storage 'storage.bicep' = {
  name: '${name}-storage'
  params: {
    name: 'sc${uniqueString(resourceGroup().id, name)}'
    location: location
    principalId: identity.properties.principalId
    eventQueue: eventQueue
  }
}

module vault 'vault.bicep' = if (keyVault) {
  name: '${name}-vault'
  params: {
    name: 'sc-${uniqueString(resourceGroup().id, name)}'
    location: location
    principalId: identity.properties.principalId
  }
}

module monitoring 'monitoring.bicep' = if (isMonitored) {
  name: '${name}-monitoring'
  params: {
    name: name
    location: location
    workspaceId: workspaceId
    principalId: identity.properties.principalId
  }
}

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: name
  location: location
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: { reserved: true }
}

resource app 'Microsoft.Web/sites@2024-04-01' = {
  name: name
  location: location
  kind: 'functionapp,linux'
  identity: { type: 'UserAssigned', userAssignedIdentities: { '${identity.id}': {} } }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: storage.outputs.packages
          authentication: { type: 'UserAssignedIdentity', userAssignedIdentityResourceId: identity.id }
        }
      }
      scaleAndConcurrency: { maximumInstanceCount: 40, instanceMemoryMB: 2048 }
      runtime: { name: 'node', version: nodeVersion }
    }
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    siteConfig: { minTlsVersion: '1.2' }
  }
}

resource settings 'Microsoft.Web/sites/config@2024-04-01' = {
  parent: app
  name: 'appsettings'
  properties: union(
    {
      AzureWebJobsStorage__accountName: storage.outputs.name
      AzureWebJobsStorage__credential: 'managedidentity'
      AzureWebJobsStorage__clientId: identity.properties.clientId
      AZURE_CLIENT_ID: identity.properties.clientId
      CONNECTOR_STORAGE_ACCOUNT: storage.outputs.name
      CONNECTOR_TENANT_ID: tenant().tenantId
      CONNECTOR_INSTALLATION: installation
      CONNECTOR_AUDIENCE: join(audiences, ',')
      CONNECTOR_IDENTITY_GROUP: identityGroup
    },
    empty(eventQueue) ? {} : { CONNECTOR_EVENT_QUEUE: eventQueue },
    empty(eventsEndpoint) ? {} : { CONNECTOR_EVENTS_ENDPOINT: eventsEndpoint },
    empty(fluxAccount) ? {} : { CONNECTOR_FLUX_ACCOUNT: fluxAccount },
    empty(ownAddresses) ? {} : { CONNECTOR_OWN_ADDRESSES: join(ownAddresses, ',') },
    keyVault ? { CONNECTOR_KEY_VAULT: vault!.outputs.uri } : {},
    empty(otlpEndpoint) ? {} : { OTEL_EXPORTER_OTLP_ENDPOINT: otlpEndpoint, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' },
    isMonitored
      ? {
          APPLICATIONINSIGHTS_CONNECTION_STRING: monitoring!.outputs.connectionString
          APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identity.properties.clientId};Authorization=AAD'
        }
      : {}
  )
}

// Who calls is checked here, before the app; the app trusts the header that this writes, and strips from outside. Webhooks carry a key of their own.
resource authentication 'Microsoft.Web/sites/config@2024-04-01' = {
  parent: app
  name: 'authsettingsV2'
  properties: {
    platform: { enabled: true }
    globalValidation: {
      requireAuthentication: true
      unauthenticatedClientAction: 'Return401'
      excludedPaths: ['/healthz', '/runtime/webhooks/*']
    }
    httpSettings: { requireHttps: true }
    identityProviders: {
      azureActiveDirectory: {
        enabled: true
        registration: {
          clientId: authClientId
          openIdIssuer: '${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0'
        }
        validation: { allowedAudiences: audiences }
      }
    }
    login: { tokenStore: { enabled: false } }
  }
}

module served 'subscription.bicep' = [for id in subscriptions: {
  name: '${name}-rights'
  scope: subscription(id)
  params: {
    principalId: identity.properties.principalId
    installation: installation
    rights: rights
  }
}]

// Events of other subscriptions: deploy events.bicep into a resource group of each. A queue is there before the code is.
module events 'events.bicep' = if (codeIsPublished || !empty(eventQueue)) {
  name: '${name}-events'
  params: {
    name: name
    appId: app.id
    storageAccountId: storage.outputs.id
    queueName: eventQueue
  }
}

output appName string = app.name
output url string = 'https://${app.properties.defaultHostName}'
@description('Subject of the RoleBindings in clusters that do not use Azure RBAC.')
output principalId string = identity.properties.principalId

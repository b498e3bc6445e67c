// Events of a Key Vault in which authors keep secrets: deployed into its resource group, they make a rotated password reach its connections within a minute or two
// instead of an hour. Nothing depends on them. Event Grid allows one system topic for a vault; where there is one already, give its name.

@description('Name of the Key Vault.')
param vaultName string

@description('Where the vault is, and so its topic.')
param location string = resourceGroup().location

@description('ARM id of the Functions app.')
param appId string

@description('Name of the system topic.')
param name string = vaultName

@description('As src/functions registers it.')
param functionName string = 'azure-events'

@description('Only events of those whose names begin so. Empty: of all.')
param prefix string = ''

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' existing = {
  name: vaultName
}

resource topic 'Microsoft.EventGrid/systemTopics@2022-06-15' = {
  name: name
  location: location
  properties: {
    source: vault.id
    topicType: 'Microsoft.KeyVault.vaults'
  }
}

resource wakes 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2022-06-15' = {
  parent: topic
  name: 'aks-service-connector'
  properties: {
    destination: {
      endpointType: 'AzureFunction'
      properties: { resourceId: '${appId}/functions/${functionName}' }
    }
    eventDeliverySchema: 'EventGridSchema'
    filter: {
      includedEventTypes: ['Microsoft.KeyVault.SecretNewVersionCreated']
      subjectBeginsWith: prefix
    }
  }
}

// Events of the subscription that this is deployed into: they wake loops early, and nothing depends on them. Event Grid allows one system topic for a
// subscription; where there is one already, give its name and resource group.

@description('Name of the system topic.')
param name string

@description('ARM id of the Functions app.')
param appId string

@description('As src/functions registers it.')
param functionName string = 'azure-events'

resource topic 'Microsoft.EventGrid/systemTopics@2022-06-15' = {
  name: name
  location: 'global'
  properties: {
    source: subscription().id
    topicType: 'Microsoft.Resources.Subscriptions'
  }
}

// Event Grid compares without regard to case, and allows 25 values (https://learn.microsoft.com/azure/event-grid/event-filtering).
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
      includedEventTypes: [
        'Microsoft.Resources.ResourceWriteSuccess'
        'Microsoft.Resources.ResourceDeleteSuccess'
        'Microsoft.Resources.ResourceActionSuccess'
      ]
      advancedFilters: [
        {
          operatorType: 'StringIn'
          key: 'data.operationName'
          values: [
            'Microsoft.ContainerService/managedClusters/write'
            'Microsoft.ContainerService/managedClusters/delete'
            'Microsoft.ContainerService/managedClusters/start/action'
            'Microsoft.ContainerService/managedClusters/stop/action'
            'Microsoft.ContainerService/managedClusters/extensionaddons/write'
            'Microsoft.KubernetesConfiguration/extensions/write'
            'Microsoft.KubernetesConfiguration/extensions/delete'
            'Microsoft.Resources/subscriptions/resourceGroups/delete'
            'Microsoft.Resources/subscriptions/resourceGroups/moveResources/action'
            'Microsoft.Resources/tags/write'
            'Microsoft.Resources/tags/delete'
            'Microsoft.ManagedIdentity/userAssignedIdentities/write'
            'Microsoft.ManagedIdentity/userAssignedIdentities/delete'
            'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/write'
            'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/delete'
            'Microsoft.Storage/storageAccounts/write'
            'Microsoft.Storage/storageAccounts/delete'
            'Microsoft.Storage/storageAccounts/regenerateKey/action'
            'Microsoft.Authorization/roleAssignments/write'
            'Microsoft.Authorization/roleAssignments/delete'
          ]
        }
      ]
    }
  }
}

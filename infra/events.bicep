// Events of the subscription that this is deployed into: they wake loops early, and nothing depends on them. Event Grid allows one system topic for a
// subscription; where there is one already, give its name and resource group.

@description('Name of the system topic.')
param name string

@description('ARM id of the Functions app.')
param appId string

@description('As src/functions registers it.')
param functionName string = 'azure-events'

@description('Name of the queue that gets the events, instead of the function. Empty: the function.')
param queueName string = ''

@description('ARM id of the storage account that has the queue.')
param storageAccountId string = ''

var toQueue = !empty(queueName)
var accountParts = split(toQueue ? storageAccountId : resourceGroup().id, '/')

// Only a system-assigned identity passes the firewall of a storage account: https://learn.microsoft.com/azure/event-grid/handler-storage-queues
resource topic 'Microsoft.EventGrid/systemTopics@2022-06-15' = {
  name: name
  location: 'global'
  identity: { type: toQueue ? 'SystemAssigned' : 'None' }
  properties: {
    source: subscription().id
    topicType: 'Microsoft.Resources.Subscriptions'
  }
}

// Before the subscriptions, which Event Grid checks when they are made.
module sender 'queue-sender.bicep' = if (toQueue) {
  name: '${name}-queue-sender'
  scope: resourceGroup(accountParts[2], accountParts[4])
  params: {
    storageAccountName: last(accountParts)
    queueName: queueName
    principalId: topic.identity.principalId
  }
}

// Generated from the code: `npx vitest run test/infra -u`.
var filters = loadJsonContent('events.json')

// Event Grid compares without regard to case, and a filter takes 25 values (https://learn.microsoft.com/azure/event-grid/event-filtering#limitations):
// as many subscriptions as the operations need.
resource wakes 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2022-06-15' = [for (operations, index) in filters: {
  parent: topic
  name: index == 0 ? 'aks-service-connector' : 'aks-service-connector-${index + 1}'
  dependsOn: [sender]
  properties: {
    destination: toQueue
      ? null
      : {
          endpointType: 'AzureFunction'
          properties: { resourceId: '${appId}/functions/${functionName}' }
        }
    deliveryWithResourceIdentity: toQueue
      ? {
          identity: { type: 'SystemAssigned' }
          destination: {
            endpointType: 'StorageQueue'
            properties: { resourceId: storageAccountId, queueName: queueName, queueMessageTimeToLiveInSeconds: 86400 }
          }
        }
      : null
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
          values: operations
        }
      ]
    }
  }
}]

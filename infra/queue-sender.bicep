// The right to put events into a queue, and no other, for the identity of a system topic, which may be in another resource group or subscription.

param storageAccountName string
param queueName string

@description('Object id of the topic\'s identity.')
param principalId string

var sender = 'c6a89b2d-59bc-44d0-9896-0f6e12d7b80a' // Storage Queue Data Message Sender

resource queue 'Microsoft.Storage/storageAccounts/queueServices/queues@2024-01-01' existing = {
  name: '${storageAccountName}/default/${queueName}'
}

resource access 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(queue.id, principalId, sender)
  scope: queue
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', sender)
  }
}

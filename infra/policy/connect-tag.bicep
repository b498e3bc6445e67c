// An Azure Policy that puts one connection's tag on every cluster of a subscription, so that a platform team declares it once. New and changed clusters
// get it at once, those that exist by a remediation task:
//   az policy remediation create --name connect-<name> --policy-assignment connect-<name>
// The tag only declares; what may be connected is up to the connector's own policies.
targetScope = 'subscription'

@description('The connection\'s name: the tag is connect-<name>.')
@maxLength(56)
param connectionName string

@description('The tag\'s value, such as storage-blob:shared/stdata?namespace=shop&auth=workload-identity')
@maxLength(256)
param declaration string

@description('Region of the assignment\'s identity.')
param location string = deployment().location

var tag = 'connect-${connectionName}'
var tagContributor = '4a9ae827-6dc8-4573-8ac7-8239d42aa03f'

resource definition 'Microsoft.Authorization/policyDefinitions@2023-04-01' = {
  name: 'aks-service-connector-tag'
  properties: {
    displayName: 'AKS clusters declare a connection by a tag'
    description: 'Adds a tag that AKS Service Connector reads, or corrects its value.'
    policyType: 'Custom'
    mode: 'Indexed'
    metadata: { category: 'Kubernetes' }
    parameters: {
      tagName: { type: 'String', metadata: { displayName: 'Name of the tag' } }
      tagValue: { type: 'String', metadata: { displayName: 'What is connected' } }
    }
    policyRule: {
      if: {
        allOf: [
          { field: 'type', equals: 'Microsoft.ContainerService/managedClusters' }
          { field: '[concat(\'tags[\', parameters(\'tagName\'), \']\')]', notEquals: '[parameters(\'tagValue\')]' }
        ]
      }
      then: {
        effect: 'modify'
        details: {
          roleDefinitionIds: ['/providers/Microsoft.Authorization/roleDefinitions/${tagContributor}']
          conflictEffect: 'audit'
          operations: [
            {
              operation: 'addOrReplace'
              field: '[concat(\'tags[\', parameters(\'tagName\'), \']\')]'
              value: '[parameters(\'tagValue\')]'
            }
          ]
        }
      }
    }
  }
}

resource assignment 'Microsoft.Authorization/policyAssignments@2023-04-01' = {
  name: tag
  location: location
  identity: { type: 'SystemAssigned' }
  properties: {
    displayName: 'Clusters have the connection ${connectionName}'
    policyDefinitionId: definition.id
    parameters: {
      tagName: { value: tag }
      tagValue: { value: declaration }
    }
  }
}

resource tags 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(subscription().id, assignment.name, tagContributor)
  properties: {
    principalId: assignment.identity.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', tagContributor)
  }
}

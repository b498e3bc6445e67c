// What the app may do in one subscription, right by right (docs/permissions.md): a custom role with exactly the actions that it calls, the built-in role
// that opens API servers, and role assignments limited by a condition.
targetScope = 'subscription'

@description('Object id of the app\'s identity.')
param principalId string

param installation string

@description('Rights beyond reading: keys of actions.json.')
param rights array = []

var catalogue = loadJsonContent('actions.json')
var granted = filter(items(catalogue), tier => tier.key == 'report' || contains(rights, tier.key))
var actions = flatten(map(filter(granted, tier => tier.value.grantedBy == 'custom role'), tier => objectKeys(tier.value.actions)))

var clusterUser = '4abbcc35-e782-43d8-92c5-2d3f1bd2253f'
var roleAdministrator = 'f58310d9-a9f6-439a-9e8d-f62e7b41a168'

// The roles that connections give: those of src/targets/, and no other. A test writes the file: docs/permissions.md.
var connectionRoles = objectKeys(loadJsonContent('connection-roles.json'))

// Giving and taking away are both limited, to these roles and to service principals; a managed identity is one.
// https://learn.microsoft.com/azure/role-based-access-control/delegate-role-assignments-examples
var condition = replace('''
(
 (
  !(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})
 )
 OR
 (
  @Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {CONNECTION_ROLES}
  AND
  @Request[Microsoft.Authorization/roleAssignments:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {'ServicePrincipal'}
 )
)
AND
(
 (
  !(ActionMatches{'Microsoft.Authorization/roleAssignments/delete'})
 )
 OR
 (
  @Resource[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {CONNECTION_ROLES}
  AND
  @Resource[Microsoft.Authorization/roleAssignments:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {'ServicePrincipal'}
 )
)
''', 'CONNECTION_ROLES', join(connectionRoles, ', '))

// Names of roles are unique in a tenant.
resource role 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(subscription().id, 'aks-service-connector', installation)
  properties: {
    roleName: 'AKS Service Connector ${installation} in ${subscription().subscriptionId}'
    description: 'What AKS Service Connector calls. Made by infra/subscription.bicep.'
    type: 'CustomRole'
    assignableScopes: [subscription().id]
    permissions: [{ actions: actions, notActions: [], dataActions: [], notDataActions: [] }]
  }
}

resource calls 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(subscription().id, principalId, role.id)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: role.id
  }
}

resource reachesClusters 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (contains(rights, 'clusters')) {
  name: guid(subscription().id, principalId, clusterUser)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', clusterUser)
  }
}

resource givesRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (contains(rights, 'roles')) {
  name: guid(subscription().id, principalId, roleAdministrator)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleAdministrator)
    condition: condition
    conditionVersion: '2.0'
    description: 'AKS Service Connector gives its connections\' identities the roles of their targets, and no other.'
  }
}

// The built-in roles that matter here, by their guid, with the permissions that Microsoft documents
// (https://learn.microsoft.com/azure/role-based-access-control/built-in-roles). Names change over the years, guids do not.

import type { World } from './world.ts'

export type RoleDefinition = {
  /** Guid. */
  readonly id: string
  readonly name: string
  readonly actions: readonly string[]
  readonly notActions?: readonly string[]
  readonly dataActions?: readonly string[]
  readonly notDataActions?: readonly string[]
  readonly custom?: true
}

/** Most built-in roles carry these. */
const usual = [
  'Microsoft.Authorization/*/read',
  'Microsoft.Insights/alertRules/*',
  'Microsoft.Resources/deployments/*',
  'Microsoft.Resources/subscriptions/resourceGroups/read',
]
const blobs = 'Microsoft.Storage/storageAccounts/blobServices'
const queues = 'Microsoft.Storage/storageAccounts/queueServices/queues'
const configuration = 'Microsoft.AppConfiguration/configurationStores'
const [serviceBus, eventHubs] = ['Microsoft.ServiceBus', 'Microsoft.EventHub']
const cognitive = 'Microsoft.CognitiveServices'
const signalR = 'Microsoft.SignalRService'
const entities = (provider: string): readonly string[] =>
  ['queues', 'topics', 'topics/subscriptions'].map((entity) => `${provider}/*/${entity}/read`)
const aks = 'Microsoft.ContainerService/managedClusters'
/** What "AKS RBAC Writer" may touch: namespaced objects, neither roles nor custom resources, namespaces only to read. */
const aksWritable = [
  'apps/*',
  'autoscaling/horizontalpodautoscalers/*',
  'batch/cronjobs/*',
  'batch/jobs/*',
  'configmaps/*',
  'endpoints/*',
  'extensions/*',
  'networking.k8s.io/ingresses/*',
  'networking.k8s.io/networkpolicies/*',
  'persistentvolumeclaims/*',
  'pods/*',
  'policy/poddisruptionbudgets/*',
  'replicationcontrollers/*',
  'secrets/*',
  'serviceaccounts/*',
  'services/*',
]

const role = (id: string, name: string, actions: readonly string[], more: Partial<RoleDefinition> = {}): RoleDefinition => ({
  id,
  name,
  actions,
  ...more,
})

const builtInRoles: readonly RoleDefinition[] = [
  role('8e3af657-a8ff-443c-a75c-2fe8c4bcb635', 'Owner', ['*']),
  role('b24988ac-6180-42a0-ab88-20f7382dd24c', 'Contributor', ['*'], {
    notActions: ['Microsoft.Authorization/*/Delete', 'Microsoft.Authorization/*/Write', 'Microsoft.Authorization/elevateAccess/Action'],
  }),
  role('acdd72a7-3385-48ef-bd42-f606fba81ae7', 'Reader', ['*/read']),
  role('f58310d9-a9f6-439a-9e8d-f62e7b41a168', 'Role Based Access Control Administrator', [
    'Microsoft.Authorization/roleAssignments/write',
    'Microsoft.Authorization/roleAssignments/delete',
    '*/read',
  ]),
  role('18d7d88d-d35e-4fb5-a5c3-7773c20a72d9', 'User Access Administrator', ['*/read', 'Microsoft.Authorization/*']),
  role('4a9ae827-6dc8-4573-8ac7-8239d42aa03f', 'Tag Contributor', [...usual, 'Microsoft.Resources/tags/*']),
  role('e40ec5ca-96e0-45a2-b4ff-59039f2c2b59', 'Managed Identity Contributor', [
    ...usual,
    'Microsoft.ManagedIdentity/userAssignedIdentities/read',
    'Microsoft.ManagedIdentity/userAssignedIdentities/write',
    'Microsoft.ManagedIdentity/userAssignedIdentities/delete',
    'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/read',
    'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/write',
    'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/delete',
  ]),
  role('f1a07417-d97a-45cb-824c-7a7467783830', 'Managed Identity Operator', [
    ...usual,
    'Microsoft.ManagedIdentity/userAssignedIdentities/*/read',
    'Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action',
  ]),
  role('ed7f3fbd-7b88-4dd4-9017-9adb7ce333f8', 'Azure Kubernetes Service Contributor Role', [
    `${aks}/*`,
    'Microsoft.Resources/deployments/*',
  ]),
  role('4abbcc35-e782-43d8-92c5-2d3f1bd2253f', 'Azure Kubernetes Service Cluster User Role', [
    `${aks}/listClusterUserCredential/action`,
    `${aks}/read`,
  ]),
  role('0ab0b1a8-8aac-4efd-b8c2-3ee1fb270be8', 'Azure Kubernetes Service Cluster Admin Role', [
    `${aks}/listClusterAdminCredential/action`,
    `${aks}/accessProfiles/listCredential/action`,
    `${aks}/read`,
    `${aks}/runcommand/action`,
  ]),
  role('b1ff04bb-8a4e-4dc4-8eb5-8693973ce19b', 'Azure Kubernetes Service RBAC Cluster Admin', usual, { dataActions: [`${aks}/*`] }),
  role('3498e952-d568-435e-9b2c-8d77e338d7f7', 'Azure Kubernetes Service RBAC Admin', usual, {
    dataActions: [`${aks}/*`],
    notDataActions: [`${aks}/resourcequotas/write`, `${aks}/resourcequotas/delete`, `${aks}/namespaces/write`, `${aks}/namespaces/delete`],
  }),
  role('a7ffa36f-339b-4b5c-8bdf-e2c188b2c0eb', 'Azure Kubernetes Service RBAC Writer', usual, {
    dataActions: [
      ...aksWritable.map((what) => `${aks}/${what}`),
      ...['bindings', 'componentstatuses', 'events', 'limitranges', 'namespaces', 'resourcequotas', 'nodes'].map(
        (what) => `${aks}/${what}/read`,
      ),
      `${aks}/serviceaccounts/impersonate/action`,
    ],
  }),
  role('7f6c6a51-bcf8-42ba-9220-52d62157d7db', 'Azure Kubernetes Service RBAC Reader', usual, {
    // secrets are left out on purpose: who reads a namespace's Secrets has its ServiceAccounts' rights
    dataActions: [
      ...aksWritable.filter((what) => !what.startsWith('secrets')).map((what) => `${aks}/${what.replace(/\*$/, 'read')}`),
      `${aks}/namespaces/read`,
    ],
  }),
  role(
    '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1',
    'Storage Blob Data Reader',
    [`${blobs}/containers/read`, `${blobs}/generateUserDelegationKey/action`],
    {
      dataActions: [`${blobs}/containers/blobs/read`],
    },
  ),
  role(
    'ba92f5b4-2d11-453d-a403-e96b0029c9fe',
    'Storage Blob Data Contributor',
    [`${blobs}/containers/delete`, `${blobs}/containers/read`, `${blobs}/containers/write`, `${blobs}/generateUserDelegationKey/action`],
    {
      dataActions: ['delete', 'read', 'write', 'move/action', 'add/action'].map((what) => `${blobs}/containers/blobs/${what}`),
    },
  ),
  role(
    'b7e6dc6d-f1e8-4753-8033-0f276bb0955b',
    'Storage Blob Data Owner',
    [`${blobs}/containers/*`, `${blobs}/generateUserDelegationKey/action`],
    {
      dataActions: [`${blobs}/containers/blobs/*`],
    },
  ),
  role(
    '974c5e8b-45b9-4653-ba55-5f855dd0fb88',
    'Storage Queue Data Contributor',
    ['delete', 'read', 'write'].map((what) => `${queues}/${what}`),
    {
      dataActions: ['delete', 'read', 'write', 'process/action'].map((what) => `${queues}/messages/${what}`),
    },
  ),
  role(
    '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3',
    'Storage Table Data Contributor',
    ['read', 'write', 'delete'].map((what) => `Microsoft.Storage/storageAccounts/tableServices/tables/${what}`),
    {
      dataActions: ['read', 'write', 'delete', 'add/action', 'update/action'].map(
        (what) => `Microsoft.Storage/storageAccounts/tableServices/tables/entities/${what}`,
      ),
    },
  ),
  role('19e7f393-937e-4f77-808e-94535e297925', 'Storage Queue Data Reader', [`${queues}/read`], {
    dataActions: [`${queues}/messages/read`],
  }),
  role('8a0f0c08-91a1-4084-bc3d-661d67233fed', 'Storage Queue Data Message Processor', [], {
    dataActions: [`${queues}/messages/read`, `${queues}/messages/process/action`],
  }),
  role('c6a89b2d-59bc-44d0-9896-0f6e12d7b80a', 'Storage Queue Data Message Sender', [], { dataActions: [`${queues}/messages/add/action`] }),
  role(
    '76199698-9eea-4c19-bc75-cec21354c6b6',
    'Storage Table Data Reader',
    ['Microsoft.Storage/storageAccounts/tableServices/tables/read'],
    {
      dataActions: ['Microsoft.Storage/storageAccounts/tableServices/tables/entities/read'],
    },
  ),
  role('5bd9cd88-fe45-4216-938b-f97437e15450', 'DocumentDB Account Contributor', [
    ...usual,
    'Microsoft.DocumentDb/databaseAccounts/*',
    'Microsoft.Network/virtualNetworks/subnets/joinViaServiceEndpoint/action',
    'Microsoft.ResourceHealth/availabilityStatuses/read',
    'Microsoft.Support/*',
  ]),
  role('fbdf93bf-df7d-467e-a4d2-9458aa1360c8', 'Cosmos DB Account Reader Role', [
    ...usual,
    'Microsoft.DocumentDB/*/read',
    'Microsoft.DocumentDB/databaseAccounts/readonlykeys/action',
    'Microsoft.Insights/MetricDefinitions/read',
    'Microsoft.Insights/Metrics/read',
    'Microsoft.Support/*',
  ]),
  role('516239f1-63e1-4d78-a4de-a74fb236a071', 'App Configuration Data Reader', [], {
    dataActions: [`${configuration}/*/read`],
  }),
  role('5ae67dd6-50cb-40e7-96ff-dc2bfa4b606b', 'App Configuration Data Owner', [], {
    dataActions: ['read', 'write', 'delete'].map((what) => `${configuration}/*/${what}`),
  }),
  role('090c5cfd-751d-490a-894a-3ce6f1109419', 'Azure Service Bus Data Owner', [`${serviceBus}/*`], { dataActions: [`${serviceBus}/*`] }),
  role('4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0', 'Azure Service Bus Data Receiver', entities(serviceBus), {
    dataActions: [`${serviceBus}/*/receive/action`],
  }),
  role('69a216fc-b8fb-44d8-bc22-1f3c2cd27a39', 'Azure Service Bus Data Sender', entities(serviceBus), {
    dataActions: [`${serviceBus}/*/send/action`],
  }),
  role('f526a384-b230-433a-b45c-95f59c4a2dec', 'Azure Event Hubs Data Owner', [`${eventHubs}/*`], { dataActions: [`${eventHubs}/*`] }),
  role('a638d3c7-ab3a-418d-83e6-5f17a39d4fde', 'Azure Event Hubs Data Receiver', [`${eventHubs}/*/eventhubs/consumergroups/read`], {
    dataActions: [`${eventHubs}/*/receive/action`],
  }),
  role('2b629674-e913-4c01-ae53-ef4638d8f975', 'Azure Event Hubs Data Sender', [`${eventHubs}/*/eventhubs/read`], {
    dataActions: [`${eventHubs}/*/send/action`],
  }),
  role('8cf5e20a-e4b2-4e9d-b3a1-5ceb692c2761', 'SignalR/Web PubSub Contributor', [...usual, `${signalR}/*`]),
  role('7e4f1700-ea5a-4f59-8f37-079cfe29dce3', 'SignalR Service Owner', [], { dataActions: [`${signalR}/SignalR/*`] }),
  role('420fcaa2-552c-430f-98ca-3264be4806c7', 'SignalR App Server', [], {
    dataActions: ['auth/accessKey/action', 'serverConnection/write', 'clientConnection/write'].map((what) => `${signalR}/SignalR/${what}`),
  }),
  role('fd53cd77-2268-407a-8f46-7e7863d0f521', 'SignalR REST API Owner', [], {
    dataActions: ['auth/clientToken/action', 'hub/*', 'group/*', 'clientConnection/*', 'user/*'].map(
      (what) => `${signalR}/SignalR/${what}`,
    ),
  }),
  role('ddde6b66-c0df-4114-a159-3618637b3035', 'SignalR REST API Reader', [], {
    dataActions: ['group/read', 'clientConnection/read', 'user/read'].map((what) => `${signalR}/SignalR/${what}`),
  }),
  role('12cf5a90-567b-43ae-8102-96cf46c7d9b4', 'Web PubSub Service Owner', [], { dataActions: [`${signalR}/WebPubSub/*`] }),
  role('bfb1c7d2-fb1a-466b-b2ba-aee63b92deaf', 'Web PubSub Service Reader', [], { dataActions: [`${signalR}/WebPubSub/*/read`] }),
  role(
    'a97b65f3-24c7-4388-baec-2e87135dc908',
    'Cognitive Services User',
    [`${cognitive}/*/read`, `${cognitive}/accounts/listkeys/action`],
    {
      dataActions: [`${cognitive}/*`],
    },
  ),
  role('5e0bd9bd-7b93-4f28-af87-19fc36ad61bd', 'Cognitive Services OpenAI User', [`${cognitive}/*/read`], {
    dataActions: [`${cognitive}/accounts/OpenAI/*/read`, `${cognitive}/accounts/OpenAI/deployments/chat/completions/action`],
  }),
  role(
    'a001fd3d-188f-4b5d-821b-7da978bf7442',
    'Cognitive Services OpenAI Contributor',
    [`${cognitive}/*/read`, `${cognitive}/accounts/deployments/write`, `${cognitive}/accounts/deployments/delete`],
    { dataActions: [`${cognitive}/accounts/OpenAI/*`] },
  ),
  role('17d1049b-9a84-46fb-8f53-869881c3d3ab', 'Storage Account Contributor', [
    ...usual,
    'Microsoft.Insights/diagnosticSettings/*',
    'Microsoft.Network/virtualNetworks/subnets/joinViaServiceEndpoint/action',
    'Microsoft.ResourceHealth/availabilityStatuses/read',
    'Microsoft.Storage/storageAccounts/*',
  ]),
  role('b86a8fe4-44ce-4948-aee5-eccb2c155cd7', 'Key Vault Secrets Officer', [...usual, 'Microsoft.KeyVault/vaults/read'], {
    dataActions: ['Microsoft.KeyVault/vaults/secrets/*'],
  }),
  role('4633458b-17de-408a-b874-0445c86b69e6', 'Key Vault Secrets User', [], {
    dataActions: ['Microsoft.KeyVault/vaults/secrets/getSecret/action', 'Microsoft.KeyVault/vaults/secrets/readMetadata/action'],
  }),
  role('db79e9a7-68ee-4b58-9aeb-b90e7c24fcba', 'Key Vault Certificate User', [], {
    dataActions: ['certificates/read', 'secrets/getSecret/action', 'secrets/readMetadata/action', 'keys/read'].map(
      (what) => `Microsoft.KeyVault/vaults/${what}`,
    ),
  }),
  role('12338af0-0e69-4776-bea7-57ae8d297424', 'Key Vault Crypto User', [], {
    dataActions: [
      'read',
      ...['update', 'backup', 'encrypt', 'decrypt', 'wrap', 'unwrap', 'sign', 'verify'].map((what) => `${what}/action`),
    ].map((what) => `Microsoft.KeyVault/vaults/keys/${what}`),
  }),
  role('f25e0fa2-a7c8-4377-a976-54943a77a395', 'Key Vault Contributor', [...usual, 'Microsoft.KeyVault/*']),
  role('4d97b98b-1d4f-4787-a291-c67834d212e7', 'Network Contributor', [...usual, 'Microsoft.Network/*']),
  role('85cb6faf-e071-4c9b-8136-154b5a04f717', 'Kubernetes Extension Contributor', [
    'Microsoft.Authorization/*/read',
    'Microsoft.Resources/deployments/*',
    'Microsoft.Resources/subscriptions/resourceGroups/read',
    'Microsoft.KubernetesConfiguration/*',
  ]),
]

/** Custom roles of the fleet, by guid. */
export const customRoles = (world: World): Map<string, RoleDefinition> => world.table<RoleDefinition>('role-definitions')

/** By the guid at the end of a role definition's id. */
export function roleDefinition(world: World, id: string): RoleDefinition | undefined {
  const guid = id.slice(id.lastIndexOf('/') + 1).toLowerCase()
  return customRoles(world).get(guid) ?? builtInRoles.find((one) => one.id === guid)
}

export const allRoles = (world: World): readonly RoleDefinition[] => [...builtInRoles, ...customRoles(world).values()]

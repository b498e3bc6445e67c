// The built-in role with the fewest permissions that has an action (https://learn.microsoft.com/azure/role-based-access-control/built-in-roles). By
// GUID, because names change. The first match counts.

type Role = { readonly id: string; readonly name: string; readonly advice?: string }

const condition =
  'Limit it by a condition to the roles that connections assign and to service principals, as the documentation shows: without one the app could assign any role to any principal.'

const table: readonly (readonly [RegExp, Role])[] = [
  [/\/read$/i, { id: 'acdd72a7-3385-48ef-bd42-f606fba81ae7', name: 'Reader' }],
  [
    /^Microsoft\.ContainerService\/managedClusters\/listClusterUserCredential\/action$/i,
    { id: '4abbcc35-e782-43d8-92c5-2d3f1bd2253f', name: 'Azure Kubernetes Service Cluster User Role' },
  ],
  [
    /^Microsoft\.ContainerService\/managedClusters\/(write|runcommand\/action)$/i,
    { id: 'ed7f3fbd-7b88-4dd4-9017-9adb7ce333f8', name: 'Azure Kubernetes Service Contributor Role' },
  ],
  [
    /^Microsoft\.ManagedIdentity\/userAssignedIdentities\/assign\/action$/i,
    { id: 'f1a07417-d97a-45cb-824c-7a7467783830', name: 'Managed Identity Operator' },
  ],
  [/^Microsoft\.ManagedIdentity\//i, { id: 'e40ec5ca-96e0-45a2-b4ff-59039f2c2b59', name: 'Managed Identity Contributor' }],
  [
    /^Microsoft\.Authorization\/roleAssignments\//i,
    { id: 'f58310d9-a9f6-439a-9e8d-f62e7b41a168', name: 'Role Based Access Control Administrator', advice: condition },
  ],
  [/^Microsoft\.Storage\/storageAccounts\//i, { id: '17d1049b-9a84-46fb-8f53-869881c3d3ab', name: 'Storage Account Contributor' }],
  [
    /^Microsoft\.AppConfiguration\/configurationStores\//i,
    { id: 'fe86443c-f201-4fc4-9d2a-ac61149fbda0', name: 'App Configuration Contributor' },
  ],
  [/^Microsoft\.Cache\/redis\//i, { id: 'e0f68234-74aa-48ed-b826-c38b57376e17', name: 'Redis Cache Contributor' }],
  [/^Microsoft\.DocumentDB\/databaseAccounts\//i, { id: '5bd9cd88-fe45-4216-938b-f97437e15450', name: 'DocumentDB Account Contributor' }],
  [/^Microsoft\.ServiceBus\/namespaces\//i, { id: '090c5cfd-751d-490a-894a-3ce6f1109419', name: 'Azure Service Bus Data Owner' }],
  [/^Microsoft\.EventHub\/namespaces\//i, { id: 'f526a384-b230-433a-b45c-95f59c4a2dec', name: 'Azure Event Hubs Data Owner' }],
  [/^Microsoft\.CognitiveServices\/accounts\//i, { id: '25fbc0a9-bd7c-42a3-aa1a-3b75d497ee68', name: 'Cognitive Services Contributor' }],
  [/^Microsoft\.SignalRService\//i, { id: '8cf5e20a-e4b2-4e9d-b3a1-5ceb692c2761', name: 'SignalR/Web PubSub Contributor' }],
  [/^Microsoft\.Sql\/servers\//i, { id: '6d8ee4ec-f05a-4a1d-8b00-a9b17e38b437', name: 'SQL Server Contributor' }],
  [/^Microsoft\.KeyVault\/vaults\//i, { id: 'f25e0fa2-a7c8-4377-a976-54943a77a395', name: 'Key Vault Contributor' }],
  [/^Microsoft\.KubernetesConfiguration\//i, { id: '85cb6faf-e071-4c9b-8136-154b5a04f717', name: 'Kubernetes Extension Contributor' }],
  [
    /^Microsoft\.ContainerService\/managedClusters\/extensionaddons\//i,
    { id: 'ed7f3fbd-7b88-4dd4-9017-9adb7ce333f8', name: 'Azure Kubernetes Service Contributor Role' },
  ],
  [/^Microsoft\.Network\//i, { id: '4d97b98b-1d4f-4787-a291-c67834d212e7', name: 'Network Contributor' }],
]

/** `undefined`: it takes a custom role. */
export const roleFor = (action: string): Role | undefined => table.find(([pattern]) => pattern.test(action))?.[1]

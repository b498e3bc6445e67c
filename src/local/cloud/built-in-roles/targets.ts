// Built-in roles for the other services that connections lead to: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles

import { type RoleDefinition, role, usual } from './role.ts'

const configuration = 'Microsoft.AppConfiguration/configurationStores'
const [serviceBus, eventHubs] = ['Microsoft.ServiceBus', 'Microsoft.EventHub']
const cognitive = 'Microsoft.CognitiveServices'
const signalR = 'Microsoft.SignalRService'
const entities = (provider: string): readonly string[] =>
  ['queues', 'topics', 'topics/subscriptions'].map((entity) => `${provider}/*/${entity}/read`)

export const targetRoles: readonly RoleDefinition[] = [
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
  role(
    'd5a91429-5739-47e2-a06b-3470a27159e7',
    'EventGrid Data Sender',
    [...usual, 'Microsoft.EventGrid/*/read'].filter((action) => !action.startsWith('Microsoft.Insights')),
    {
      dataActions: ['Microsoft.EventGrid/events/send/action'],
    },
  ),
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
]

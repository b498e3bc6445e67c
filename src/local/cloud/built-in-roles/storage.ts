// Built-in roles for storage accounts: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/storage

import { type RoleDefinition, role, usual } from './role.ts'

const blobs = 'Microsoft.Storage/storageAccounts/blobServices'
const queues = 'Microsoft.Storage/storageAccounts/queueServices/queues'

export const storageRoles: readonly RoleDefinition[] = [
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
  role('17d1049b-9a84-46fb-8f53-869881c3d3ab', 'Storage Account Contributor', [
    ...usual,
    'Microsoft.Insights/diagnosticSettings/*',
    'Microsoft.Network/virtualNetworks/subnets/joinViaServiceEndpoint/action',
    'Microsoft.ResourceHealth/availabilityStatuses/read',
    'Microsoft.Storage/storageAccounts/*',
  ]),
]

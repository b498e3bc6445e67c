// Built-in roles for vaults: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/security

import { type RoleDefinition, role, usual } from './role.ts'

export const keyVaultRoles: readonly RoleDefinition[] = [
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
]

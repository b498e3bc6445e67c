// Problems about provided secrets, and the Key Vault that stores them.
import { links, pages, type Rows } from './row.ts'

export const vaultRows = {
  VaultRefused: {
    kind: 'right',
    text: 'The Key Vault {vault} refused to {doing}.',
    cause: 'The app has no role there, or an assignment is still spreading: {message}',
    remediation: 'Give the app the role Key Vault Secrets Officer on the vault.',
    link: links.keyVaultRbac,
    commands: {
      cli: "az role assignment create --assignee-object-id {principal} --assignee-principal-type ServicePrincipal --role 'Key Vault Secrets Officer' --scope $(az keyvault show --name {vault} --query id --output tsv)",
    },
  },
  VaultPolicyMissing: {
    kind: 'right',
    text: 'The Key Vault {vault} refused to {doing}.',
    cause: 'It uses access policies, in which the app lacks a permission; roles have no effect there: {message}',
    remediation:
      'Give the app an access policy for secrets, or switch the vault to Azure RBAC and give the app the role Key Vault Secrets Officer.',
    link: links.keyVaultPolicy,
    commands: { cli: 'az keyvault set-policy --name {vault} --object-id {principal} --secret-permissions get list set delete recover' },
  },
  VaultClosed: {
    kind: 'right',
    text: 'The network rules of the Key Vault {vault} do not let the app in, and the vault refused to {doing}.',
    cause: "Its firewall does not include the app's address, or its public network access is disabled: {message}",
    remediation: "Let the app's outbound addresses in, or connect app and vault through a private endpoint.",
    link: links.keyVaultNetwork,
  },
  SecretGone: {
    kind: 'fault',
    text: 'The secret {secret} that was provided for the connection is no longer in the Key Vault.',
    cause: 'It was deleted and purged, or the vault was recreated.',
    remediation: 'PUT the connection once more with its secret.',
    ...pages.http,
  },
  KeptSecretMissing: {
    kind: 'fault',
    text: 'The secret {secret} that the connection names does not exist, or has no enabled version.',
    cause: 'It was deleted, disabled or misspelled. The Secret of the connection stays as it is.',
    remediation: 'Create it or enable a version of it; the app finds it within an hour, or at once by a reconcile (POST …/reconcile).',
    ...pages.http,
  },
  SecretNotOurs: {
    kind: 'fault',
    text: 'The Key Vault already has a secret {secret} that the app does not own.',
    cause: 'It does not carry the tags of this installation and connection. The app never changes what it does not own.',
    remediation: 'Delete it if it is not needed, or let the app use another vault.',
    ...pages.http,
  },
  SecretRecovering: {
    kind: 'fault',
    text: 'The secret {secret} was deleted recently and is being recovered so that it can be written again.',
    cause: 'Key Vault reserves the name of a deleted secret until it is recovered or purged.',
    remediation: 'Send the same request again in a few seconds.',
    link: links.keyVaultRecovery,
  },
  SecretClearing: {
    kind: 'fault',
    text: 'The secret {secret} of an earlier attempt is being removed from the Key Vault.',
    cause: 'It was provided more than ten minutes ago, and no connection resulted.',
    remediation: 'Send the same request again in a few seconds.',
    ...pages.http,
  },
} as const satisfies Rows

// Problems about secrets that authors gave, and the Key Vault that keeps them.
import { links, pages, type Rows } from './row.ts'

export const vaultRows = {
  VaultRefused: {
    text: 'The Key Vault {vault} refused to {doing}.',
    cause: 'The app has no role there, or a role has not spread yet: {message}',
    cure: 'Give the app the role Key Vault Secrets Officer on the vault.',
    link: links.keyVaultRbac,
    commands: {
      cli: "az role assignment create --assignee-object-id {principal} --assignee-principal-type ServicePrincipal --role 'Key Vault Secrets Officer' --scope $(az keyvault show --name {vault} --query id --output tsv)",
    },
  },
  VaultPolicyMissing: {
    text: 'The Key Vault {vault} refused to {doing}.',
    cause: 'It works with access policies, in which the app lacks a permission; roles have no effect there: {message}',
    cure: 'Give the app an access policy for secrets, or turn the vault to Azure RBAC and give the app the role Key Vault Secrets Officer.',
    link: links.keyVaultPolicy,
    commands: { cli: 'az keyvault set-policy --name {vault} --object-id {principal} --secret-permissions get list set delete recover' },
  },
  VaultClosed: {
    text: 'The Key Vault {vault} does not let the app in over the network, and refused to {doing}.',
    cause: 'Its firewall leaves out the address that the app comes from, or its public network access is off: {message}',
    cure: 'Let the outbound addresses of the app in, or give the app and the vault a private way to each other.',
    link: links.keyVaultNetwork,
  },
  SecretGone: {
    text: 'The secret {secret} that was given for the connection is not in the Key Vault any more.',
    cause: 'Somebody deleted and purged it, or the vault was made anew.',
    cure: 'PUT the connection once more with its secret.',
    ...pages.http,
  },
  SecretNotOurs: {
    text: 'The Key Vault has a secret {secret} already, and it is not ours.',
    cause: 'It does not carry the tags of this installation and connection. What others made is never changed.',
    cure: 'Delete it if nobody needs it, or let the app use another vault.',
    ...pages.http,
  },
  SecretRecovering: {
    text: 'The secret {secret} was deleted a short while ago, and is being recovered so that it can be written anew.',
    cause: 'Key Vault keeps the name of a deleted secret taken until it is recovered or purged.',
    cure: 'Send the same request again in some seconds.',
    link: links.keyVaultRecovery,
  },
  SecretClearing: {
    text: 'The secret {secret} of an earlier attempt is being taken out of the Key Vault at this moment.',
    cause: 'It was given more than ten minutes ago, and no connection came of it.',
    cure: 'Send the same request again in some seconds.',
    ...pages.http,
  },
} as const satisfies Rows

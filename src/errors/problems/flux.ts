// Problems of the transport `flux`: Flux in the cluster, and the blobs that it reads.
import { links, pages, type Rows } from './row.ts'

export const fluxRows = {
  FluxNotConfigured: {
    kind: 'reach',
    text: 'The app does not know where Flux in {cluster} could read: it has no storage account for that.',
    cause: 'The setting CONNECTOR_FLUX_ACCOUNT is absent.',
    remediation:
      'Give the app a storage account that no one else writes to, and its name in CONNECTOR_FLUX_ACCOUNT; or take another transport: run-command, or direct from a network that reaches the cluster.',
    ...pages.transports,
  },
  FluxNoIdentity: {
    kind: 'reach',
    text: 'Flux cannot run in {cluster}: the nodes have no managed identity.',
    cause: 'The cluster was made with a service principal, and extensions need a managed identity.',
    remediation:
      'Move the cluster to a managed identity, or take another transport: run-command, or direct from a network that reaches the cluster.',
    link: links.aksManagedIdentity,
  },
  FluxCannotRead: {
    kind: 'change',
    text: 'Flux in {cluster} may not read what is written for namespace {namespace}: {message}',
    cause:
      'The identity of the nodes lacks the role Storage Blob Data Reader on the storage account {account}, it is not in effect yet, or the firewall of the account keeps the cluster out.',
    remediation:
      'Assign the role to the identity of the nodes, once for each cluster, and let the addresses of the cluster into the account. Flux tries again by itself; a new role takes some minutes.',
    link: links.fluxBlobs,
    page: 'docs/transports.md',
    commands: {
      cli: 'az role assignment create --assignee-object-id {principal} --assignee-principal-type ServicePrincipal --role \'Storage Blob Data Reader\' --scope "$(az storage account show --name {account} --query id --output tsv)"',
    },
  },
  FluxNotWell: {
    kind: 'reach',
    text: 'Flux in {cluster} cannot apply what is written for namespace {namespace}: {message}',
    cause: 'Its own status says so. It can be minutes old.',
    remediation:
      'Remove what the message names: an admission policy, a quota, a kind that the cluster does not have. Flux tries again by itself.',
    ...pages.transports,
  },
  FluxOfAnother: {
    kind: 'change',
    text: 'The Flux configuration {name} of {cluster} reads something else than what the app writes, so {object} is unknown.',
    cause: 'Another writer changed it, or made one of that name. The app overwrites none that is not its own.',
    remediation: 'Delete that Flux configuration if it is not needed: the app makes its own again.',
    ...pages.transports,
  },
} as const satisfies Rows

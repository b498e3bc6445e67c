// A row of the catalogue. Texts are templates: `{word}` is replaced by the fault's `about`, plus what `words` derives from it. A command is only
// shown if all of its words are known and harmless to paste into a shell.

import type { Code, ProblemKind } from '../../model/code.ts'

export type About = Readonly<Record<string, string>>
export type Row = {
  readonly kind: ProblemKind
  readonly text: string
  readonly cause: string
  readonly remediation: string
  readonly link: string
  /** The page of this repository with details. */
  readonly page?: string
  /** Something will happen, or is worth knowing; the subject of the problem works. */
  readonly warning?: true
  readonly commands?: { readonly cli?: string; readonly bicep?: string; readonly terraform?: string }
  words?(about: About): About
}
export type Rows = Readonly<Partial<Record<Code, Row>>>

const learn = 'https://learn.microsoft.com/azure'
const inAks = `${learn}/service-connector/how-to-use-service-connector-in-aks`
/**
 * Rows that a page of this repository explains best. Links are shown to people who have no copy of the repository, and an installation does not know
 * where it is published: the link leads to the public page on the matter, and the remediation names the repository's page.
 */
export const pages = {
  tags: { link: `${learn}/azure-resource-manager/management/tag-resources`, page: 'docs/tags.md' },
  policies: { link: inAks, page: 'docs/policies.md' },
  permissions: { link: `${learn}/role-based-access-control/role-assignments-steps`, page: 'docs/permissions.md' },
  how: { link: inAks, page: 'docs/how-it-works.md' },
  http: { link: 'https://learn.microsoft.com/rest/api/service-connector/', page: 'docs/http-api.md' },
  transports: { link: inAks, page: 'docs/transports.md' },
  targets: { link: `${learn}/service-connector/overview`, page: 'docs/targets/README.md' },
} as const
export const links = {
  rbacTroubleshooting: `${learn}/role-based-access-control/troubleshooting`,
  rbacConditions: `${learn}/role-based-access-control/conditions-overview`,
  pim: 'https://learn.microsoft.com/entra/id-governance/privileged-identity-management/pim-resource-roles-assign-roles',
  lighthouse: `${learn}/lighthouse/concepts/tenants-users-roles`,
  delegation: `${learn}/role-based-access-control/delegate-role-assignments-overview`,
  throttling: `${learn}/azure-resource-manager/management/request-limits-and-throttling`,
  locks: `${learn}/azure-resource-manager/management/lock-resources`,
  armErrors: `${learn}/azure-resource-manager/troubleshooting/common-deployment-errors`,
  asyncOperations: `${learn}/azure-resource-manager/management/async-operations`,
  tenants: `${learn}/role-based-access-control/transfer-subscription`,
  disabledSubscription: `${learn}/cost-management-billing/manage/subscription-disabled`,
  subscriptionNotFound: `${learn}/azure-resource-manager/troubleshooting/error-not-found`,
  policy: `${learn}/governance/policy/troubleshoot/general`,
  denyAssignments: `${learn}/role-based-access-control/deny-assignments`,
  managedIdentity: `${learn}/app-service/overview-managed-identity`,
  federation: 'https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations',
  providers: `${learn}/azure-resource-manager/management/resource-providers-and-types`,
  limits: `${learn}/azure-resource-manager/management/azure-subscription-service-limits`,
  storageNetwork: `${learn}/storage/common/storage-network-security-limitations`,
  redisEntra: `${learn}/azure-cache-for-redis/cache-azure-active-directory-for-authentication`,
  serviceEndpoints: `${learn}/virtual-network/virtual-network-service-endpoints-overview`,
  databaseEntra: `${learn}/postgresql/security/security-entra-configure`,
  databaseFirewall: `${learn}/postgresql/security/security-firewall-rules`,
  roleMembership: 'https://www.postgresql.org/docs/current/role-membership.html',
  reassignOwned: 'https://www.postgresql.org/docs/current/sql-reassign-owned.html',
  privateServers: `${learn}/postgresql/network/concepts-networking-private`,
  perimeter: `${learn}/storage/common/storage-network-security-perimeter`,
  identityBindings: `${learn}/aks/identity-bindings-concepts`,
  dapr: `${learn}/aks/dapr`,
  aksOidc: `${learn}/aks/use-oidc-issuer`,
  aksEgress: `${learn}/aks/egress-outboundtype`,
  aksNatGateway: `${learn}/aks/nat-gateway`,
  aksIsolated: `${learn}/aks/concepts-network-isolated`,
  aksStop: `${learn}/aks/start-stop-cluster`,
  aksOperations: `${learn}/aks/manage-abort-operations`,
  aksEntra: `${learn}/aks/entra-id-authorization`,
  aksLocalAccounts: `${learn}/aks/manage-local-accounts-managed-azure-ad`,
  aksPrivate: `${learn}/aks/private-clusters`,
  aksApiServer:
    'https://learn.microsoft.com/troubleshoot/azure/azure-kubernetes/connectivity/troubleshoot-cluster-connection-issues-api-server',
  aksRunCommand: `${learn}/aks/access-private-cluster`,
  aksManagedIdentity: `${learn}/aks/use-managed-identity`,
  fluxBlobs: `${learn}/azure-arc/kubernetes/gitops-flux2-parameters#azure-blob-storage-account`,
  aksCommandFailures: 'https://learn.microsoft.com/troubleshoot/azure/azure-kubernetes/connectivity/resolve-az-aks-command-invoke-failures',
  aksRanges: `${learn}/aks/api-server-authorized-ip-ranges`,
  scTroubleshooting: `${learn}/service-connector/how-to-use-service-connector-in-aks#troubleshoot-and-view-logs`,
  keyVaultRbac: `${learn}/key-vault/general/rbac-guide`,
  keyVaultPolicy: `${learn}/key-vault/general/assign-access-policy`,
  keyVaultNetwork: `${learn}/key-vault/general/network-security`,
  keyVaultRecovery: `${learn}/key-vault/general/key-vault-recovery`,
  namespaces: 'https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/',
  serverSideApply: 'https://kubernetes.io/docs/reference/using-api/server-side-apply/',
  finalizers: 'https://kubernetes.io/docs/concepts/overview/working-with-objects/finalizers/',
  webhooks: 'https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/',
  resourceQuotas: 'https://kubernetes.io/docs/concepts/policy/resource-quotas/',
  immutableSecrets: 'https://kubernetes.io/docs/concepts/configuration/secret/#secret-immutable',
  kubernetesApi: 'https://kubernetes.io/docs/reference/using-api/api-concepts/',
} as const

// The lists in infra/ and docs/ that follow from the code: ARM actions by tier of rights, operations that Event Grid filters by, the table of
// docs/permissions.md. What targets need comes from their resources; this file adds what the app needs whatever the targets are.
import { grantTypes } from '../../src/steps/identity/grants/catalogue.ts'
import { databaseServers } from '../../src/steps/identity/grants/database-servers.ts'
import type { GrantType } from '../../src/steps/identity/grants/grant-type.ts'
import { resources } from '../../src/targets/catalogue.ts'

type Tier = { readonly enables: string; readonly grantedBy: string; readonly actions: Readonly<Record<string, readonly string[]>> }

/** The steps that read and write objects in clusters. */
const inClusters = ['check-consent', 'write-service-accounts', 'write-cluster-roles', 'write-resources', 'write-shapes'] as const

const always = {
  report: {
    enables: 'See everything, change nothing: every difference becomes a problem with the commands that would settle it',
    grantedBy: 'custom role',
    actions: {
      'Microsoft.ContainerService/managedClusters/read': ['read-cluster', 'enable-features', 'discover', 'sweep'],
      'Microsoft.Network/publicIPAddresses/read': ['resolve-egress'],
      'Microsoft.Network/publicIPPrefixes/read': ['resolve-egress'],
      'Microsoft.Network/natGateways/read': ['resolve-egress'],
      'Microsoft.Network/virtualNetworks/subnets/read': ['resolve-egress'],
      'Microsoft.ManagedIdentity/userAssignedIdentities/read': ['ensure-identity'],
      'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/read': ['federate-identity', 'bind-identity', 'sweep'],
      'Microsoft.ContainerService/managedClusters/identityBindings/read': ['bind-identity'],
      'Microsoft.Authorization/roleAssignments/read': ['assign-roles', 'preflight'],
      'Microsoft.Authorization/roleAssignmentScheduleInstances/read': ['assign-roles'],
      'Microsoft.Authorization/permissions/read': ['preflight'],
      'Microsoft.Resources/subscriptions/providers/read': ['register-provider', 'preflight'],
      'Microsoft.ServiceLinker/linkers/read': ['sweep', 'import'],
      'Microsoft.DBforPostgreSQL/flexibleServers/databases/read': ['sweep'],
      'Microsoft.DBforMySQL/flexibleServers/databases/read': ['sweep'],
      'Microsoft.Sql/servers/databases/read': ['sweep'],
    },
  },
  clusters: {
    enables: 'Reach the Kubernetes API servers; what may be done there is up to each cluster',
    grantedBy: 'Azure Kubernetes Service Cluster User Role',
    actions: {
      'Microsoft.ContainerService/managedClusters/listClusterUserCredential/action': [
        'check-consent',
        'write-service-accounts',
        'write-cluster-roles',
        'write-resources',
        'write-shapes',
        'sweep',
      ],
    },
  },
  keys: {
    enables: 'Connections with auth `secret`',
    grantedBy: 'custom role',
    actions: {},
  },
  rotation: {
    enables: 'Rotating keys on request, where a policy has `rotateKeys`',
    grantedBy: 'custom role',
    actions: {},
  },
  identities: {
    enables: 'Connections with auth `workload-identity`: identities and their federated credentials',
    grantedBy: 'custom role',
    actions: {
      'Microsoft.ManagedIdentity/userAssignedIdentities/write': ['ensure-identity'],
      'Microsoft.ManagedIdentity/userAssignedIdentities/delete': ['ensure-identity'],
      'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/write': ['federate-identity'],
      'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/delete': ['federate-identity', 'sweep'],
    },
  },
  bindings: {
    enables: 'Connections with federation `identity-binding`: AKS identity bindings, and the credential that they leave behind',
    grantedBy: 'custom role',
    actions: {
      'Microsoft.ContainerService/managedClusters/identityBindings/write': ['bind-identity'],
      'Microsoft.ContainerService/managedClusters/identityBindings/delete': ['bind-identity'],
      'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/write': ['bind-identity'],
      'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/delete': ['bind-identity'],
      'Microsoft.ContainerService/locations/operations/read': ['bind-identity'],
    },
  },
  roles: {
    enables: 'Role assignments of those identities on targets, limited by a condition',
    grantedBy: 'Role Based Access Control Administrator',
    actions: {
      'Microsoft.Authorization/roleAssignments/write': ['assign-roles'],
      'Microsoft.Authorization/roleAssignments/delete': ['assign-roles'],
    },
  },
  grants: {
    enables: 'Roles and access policies on the data of targets that have their own: Cosmos DB, Redis',
    grantedBy: 'custom role',
    actions: {},
  },
  'vault-policies': {
    enables:
      'Grants `vaultAccessPolicy`: access policies of key vaults that use them. Who has this right can read everything in those vaults, so give it on single vaults',
    grantedBy: 'custom role',
    actions: {},
  },
  firewalls: {
    enables: "The clusters' addresses in the firewalls of targets",
    grantedBy: 'custom role',
    actions: {},
  },
  features: {
    enables: 'OIDC issuer and workload identity of clusters, where a policy has `changeClusters`',
    grantedBy: 'custom role',
    actions: {
      'Microsoft.ContainerService/managedClusters/write': ['enable-features'],
      'Microsoft.ContainerService/locations/operations/read': ['enable-features'],
    },
  },
  extension: {
    enables: 'Connections with transport `extension`: the cluster extension of Service Connector, where a policy has `changeClusters`',
    grantedBy: 'custom role',
    actions: {
      'Microsoft.KubernetesConfiguration/register/action': ['register-provider'],
      'Microsoft.KubernetesConfiguration/extensions/read': [
        'install-extension',
        'write-service-accounts',
        'write-resources',
        'sweep',
        'import',
      ],
      'Microsoft.KubernetesConfiguration/extensions/write': ['install-extension', 'write-service-accounts', 'write-resources'],
      'Microsoft.KubernetesConfiguration/extensions/operations/read': ['install-extension', 'write-service-accounts', 'write-resources'],
      'Microsoft.ContainerService/managedClusters/extensionaddons/read': ['install-extension', 'write-service-accounts', 'write-resources'],
      'Microsoft.ContainerService/managedClusters/extensionaddons/write': [
        'install-extension',
        'write-service-accounts',
        'write-resources',
      ],
    },
  },
  'run-command': {
    enables: 'Connections with transport `run-command`: kubectl in a pod that AKS starts; for clusters with Entra integration only',
    grantedBy: 'custom role',
    actions: {
      'Microsoft.ContainerService/managedClusters/runcommand/action': [...inClusters, 'sweep'],
      'Microsoft.ContainerService/managedClusters/commandResults/read': [...inClusters, 'sweep'],
    },
  },
  flux: {
    enables:
      'Connections with transport `flux`: Flux in the cluster pulls what the app writes to a storage account, where a policy has `changeClusters`',
    grantedBy: 'custom role',
    actions: {
      'Microsoft.KubernetesConfiguration/register/action': ['register-provider'],
      'Microsoft.KubernetesConfiguration/extensions/read': ['install-extension'],
      'Microsoft.KubernetesConfiguration/extensions/write': ['install-extension'],
      'Microsoft.KubernetesConfiguration/extensions/operations/read': ['install-extension'],
      'Microsoft.ContainerService/managedClusters/extensionaddons/read': ['install-extension'],
      'Microsoft.ContainerService/managedClusters/extensionaddons/write': ['install-extension'],
      'Microsoft.KubernetesConfiguration/fluxConfigurations/read': [
        'configure-flux',
        'write-service-accounts',
        'write-resources',
        'write-shapes',
      ],
      'Microsoft.KubernetesConfiguration/fluxConfigurations/write': ['configure-flux'],
      'Microsoft.KubernetesConfiguration/fluxConfigurations/delete': ['configure-flux'],
      'Microsoft.KubernetesConfiguration/fluxConfigurations/operations/read': ['configure-flux'],
    },
  },
} as const satisfies Readonly<Record<string, Tier>>

/** Tier of rights -> which part of a resource's rights belongs to it, and the steps that use them. */
const ofTargets = {
  report: { part: 'read', steps: ['read-target', 'open-firewall'] },
  keys: { part: 'credential', steps: ['write-resources', 'write-shapes'] },
  rotation: { part: 'renewal', steps: ['rotate-keys'] },
  firewalls: { part: 'firewall', steps: ['open-firewall'] },
} as const

/** At servers of databases the app may let itself in. */
const stepsOn = (armType: string, { part, steps }: (typeof ofTargets)[keyof typeof ofTargets]): readonly string[] =>
  (part === 'firewall' || part === 'read') && Object.hasOwn(databaseServers, armType) ? [...steps, 'admit-app'] : steps

/** Writing access policies of vaults is a tier of its own. */
const tierOf = ({ kind }: Pick<GrantType, 'kind'>): string => (kind === 'vaultAccessPolicy' ? 'vault-policies' : 'grants')
const grantRights = (tier: string): readonly string[] =>
  Object.values(grantTypes).flatMap(
    (type) => (tier === 'report' ? type.rights?.read : tier === tierOf(type) ? type.rights?.write : undefined) ?? [],
  )

/** infra/actions.json */
export const actionTiers = (): Readonly<Record<string, Tier>> =>
  Object.fromEntries(
    Object.entries<Tier>(always).map(([name, tier]) => {
      const use = Object.hasOwn(ofTargets, name) ? ofTargets[name as keyof typeof ofTargets] : undefined
      const more = [
        ...(use
          ? resources.flatMap(({ rights, armType }) => (rights[use.part] ?? []).map((action) => [action, stepsOn(armType, use)] as const))
          : []),
        ...grantRights(name).map((action) => [action, ['assign-roles']] as const),
      ]
      return [name, { ...tier, actions: { ...tier.actions, ...Object.fromEntries(more) } }]
    }),
  )

/** Whatever the targets are: clusters, extensions, resource groups, tags, identities, roles. */
const operations = [
  // A connection of Azure Service Connector is gone: the sweep looks for what it left.
  'Microsoft.ServiceLinker/linkers/delete',
  ...['write', 'delete', 'start/action', 'stop/action', 'extensionaddons/write', 'identityBindings/write', 'identityBindings/delete'].map(
    (operation) => `Microsoft.ContainerService/managedClusters/${operation}`,
  ),
  'Microsoft.KubernetesConfiguration/extensions/write',
  'Microsoft.KubernetesConfiguration/extensions/delete',
  'Microsoft.KubernetesConfiguration/fluxConfigurations/write',
  'Microsoft.KubernetesConfiguration/fluxConfigurations/delete',
  'Microsoft.Resources/subscriptions/resourceGroups/delete',
  'Microsoft.Resources/subscriptions/resourceGroups/moveResources/action',
  'Microsoft.Resources/tags/write',
  'Microsoft.Resources/tags/delete',
  ...['write', 'delete', 'federatedIdentityCredentials/write', 'federatedIdentityCredentials/delete'].map(
    (operation) => `Microsoft.ManagedIdentity/userAssignedIdentities/${operation}`,
  ),
  'Microsoft.Authorization/roleAssignments/write',
  'Microsoft.Authorization/roleAssignments/delete',
]

/** A filter of Event Grid takes so many values (https://learn.microsoft.com/azure/event-grid/event-filtering#limitations). */
export const mostValues = 25

/** infra/events.json: the values of one event subscription each. */
export function eventFilters(): readonly (readonly string[])[] {
  const grants = ['grants', 'vault-policies'].flatMap(grantRights).filter((right) => !right.endsWith('/read'))
  const all = [...new Set([...operations, ...resources.flatMap(({ events }) => events), ...grants])]
  return Array.from({ length: Math.ceil(all.length / mostValues) }, (_, index) => all.slice(index * mostValues, (index + 1) * mostValues))
}

/** The rows of docs/permissions.md: actions that the same steps use stand in one row. */
export function actionRows(): string {
  const rows = Object.entries(actionTiers()).flatMap(([name, { enables, grantedBy, actions }]) => {
    const bySteps = Map.groupBy(Object.entries(actions), ([, steps]) => steps.join(', '))
    const role = grantedBy === 'custom role' ? '' : `; the built-in role *${grantedBy}*`
    return [...bySteps].map(([steps, group], index) => {
      const [tier, what] = index > 0 ? ['', ''] : [name === 'report' ? '(always: report)' : `\`${name}\``, `${enables}${role}`]
      return `| ${tier} | ${what} | ${group.map(([action]) => `\`${action}\``).join(', ')} | ${steps} |`
    })
  })
  return rows.map((row) => `${row.replaceAll('|  |', '| |')}\n`).join('')
}

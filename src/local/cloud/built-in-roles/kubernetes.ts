// Built-in roles for clusters and their extensions: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/containers

import { type RoleDefinition, role, usual } from './role.ts'

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

export const kubernetesRoles: readonly RoleDefinition[] = [
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
  role('85cb6faf-e071-4c9b-8136-154b5a04f717', 'Kubernetes Extension Contributor', [
    'Microsoft.Authorization/*/read',
    'Microsoft.Resources/deployments/*',
    'Microsoft.Resources/subscriptions/resourceGroups/read',
    'Microsoft.KubernetesConfiguration/*',
  ]),
]

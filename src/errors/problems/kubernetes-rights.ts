// Rights in a cluster that the app lacks, and what gives it them.
import { parseGroupId } from '../../model/resource-id.ts'
import { links, pages, type Rows } from './row.ts'

export const kubernetesRightRows = {
  ClusterRightMissing: {
    kind: 'right',
    text: 'The app may not write the {object} of {cluster}.',
    cause:
      'Identity bindings need roles of the whole cluster, and Kubernetes lets a principal grant only what it has itself. A change of its roles can take minutes.',
    remediation: 'Apply this in the cluster:\n{yaml}\nOr leave out federation=identity-binding.',
    ...pages.permissions,
    words: ({ principal = 'OBJECT_ID_OF_THE_APP' }) => ({
      yaml: `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: aks-service-connector-bindings }
rules:
  - apiGroups: [rbac.authorization.k8s.io]
    resources: [clusterroles, clusterrolebindings]
    verbs: [get, create, patch, delete]
  - { apiGroups: [cid.wi.aks.azure.com], resources: ["*"], verbs: [use-managed-identity] }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: aks-service-connector-bindings }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: aks-service-connector-bindings }
subjects:
  - { apiGroup: rbac.authorization.k8s.io, kind: User, name: ${principal} }`,
    }),
  },
  KubernetesRightMissing: {
    kind: 'right',
    text: 'The app may not {verb} {resource} in namespace {namespace} of {cluster}.',
    cause: "The app's identity has no Kubernetes role there, or an assignment is still spreading (up to five minutes).",
    remediation: 'With Azure RBAC for Kubernetes assign the role below; otherwise apply this in the cluster:\n{yaml}',
    link: links.aksEntra,
    commands: {
      cli: "az role assignment create --assignee-object-id {principal} --assignee-principal-type ServicePrincipal --role 'Azure Kubernetes Service RBAC Writer' --scope '{id}'",
      bicep: `resource access 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(cluster.id, '{principal}', 'a7ffa36f-339b-4b5c-8bdf-e2c188b2c0eb')
  scope: cluster
  properties: {
    principalId: '{principal}'
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'a7ffa36f-339b-4b5c-8bdf-e2c188b2c0eb')
  }
}`,
      terraform: `resource "azurerm_role_assignment" "access" {
  scope                = "{id}"
  role_definition_name = "Azure Kubernetes Service RBAC Writer"
  principal_id         = "{principal}"
  principal_type       = "ServicePrincipal"
}`,
    },
    words: (about) => ({ yaml: about.yaml ?? roleYaml(about.namespace ?? 'NAMESPACE', about.principal ?? 'OBJECT_ID_OF_THE_APP') }),
  },
  CustomResourceRightMissing: {
    kind: 'right',
    text: 'The app may not {verb} {resource} in namespace {namespace} of {cluster}.',
    cause: 'They are custom resources: no built-in role for namespaces has a right on these.',
    remediation: 'With Azure RBAC for Kubernetes make a role and assign it, as below; otherwise apply this in the cluster:\n{yaml}',
    link: links.aksEntra,
    commands: {
      cli: `az role definition create --role-definition '{"Name":"AKS Service Connector custom resources","Description":"Custom resources of namespaces","AssignableScopes":["/subscriptions/{subscription}"],"DataActions":["Microsoft.ContainerService/managedClusters/customresources/read","Microsoft.ContainerService/managedClusters/customresources/write","Microsoft.ContainerService/managedClusters/customresources/delete"]}'
az role assignment create --assignee-object-id {principal} --assignee-principal-type ServicePrincipal --role 'AKS Service Connector custom resources' --scope '{id}'`,
      terraform: `resource "azurerm_role_definition" "custom_resources" {
  name  = "AKS Service Connector custom resources"
  scope = "/subscriptions/{subscription}"
  permissions {
    data_actions = [
      "Microsoft.ContainerService/managedClusters/customresources/read",
      "Microsoft.ContainerService/managedClusters/customresources/write",
      "Microsoft.ContainerService/managedClusters/customresources/delete",
    ]
  }
}
resource "azurerm_role_assignment" "custom_resources" {
  scope              = "{id}"
  role_definition_id = azurerm_role_definition.custom_resources.role_definition_resource_id
  principal_id       = "{principal}"
  principal_type     = "ServicePrincipal"
}`,
    },
    words: ({ id = '', namespace = 'NAMESPACE', principal = 'OBJECT_ID_OF_THE_APP', group = '', resource = '' }) => ({
      ...subscriptionIn(id),
      yaml: customRoleYaml(namespace, principal, group, resource),
    }),
  },
} as const satisfies Rows

const subscriptionIn = (id: string): { readonly subscription?: string } => {
  const [, , subscription] = parseGroupId(id)?.split('/') ?? []
  return subscription === undefined ? {} : { subscription }
}

const roleYaml = (namespace: string, principal: string): string =>
  boundRole('service-connector', namespace, principal, [
    "- apiGroups: ['']",
    '  resources: [secrets, serviceaccounts, configmaps, events]',
    '  verbs: [get, list, create, patch, delete]',
    "- { apiGroups: [''], resources: [namespaces], verbs: [get] }",
  ])

const customRoleYaml = (namespace: string, principal: string, group: string, resource: string): string =>
  boundRole(`service-connector-${resource}`, namespace, principal, [
    `- { apiGroups: ['${group}'], resources: [${resource}], verbs: [get, list, create, patch, delete] }`,
  ])

const boundRole = (
  name: string,
  namespace: string,
  principal: string,
  rules: readonly string[],
): string => `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: ${name}, namespace: ${namespace} }
rules:
${rules.map((line) => `  ${line}`).join('\n')}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: ${name}, namespace: ${namespace} }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: ${name} }
subjects:
  - { apiGroup: rbac.authorization.k8s.io, kind: User, name: ${principal} }`

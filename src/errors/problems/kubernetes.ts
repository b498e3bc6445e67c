// Problems about the cluster's own API server.
import { parseGroupId } from '../../model/resource-id.ts'
import { links, pages, type Rows } from './row.ts'

export const kubernetesRows = {
  NamespaceMissing: {
    kind: 'namespace',
    text: 'The namespace {namespace} does not exist in {cluster}.',
    cause:
      'Its name is misspelled, it is not created yet, or it is being deleted. The app creates no namespaces, and creates nothing elsewhere for a connection before its namespace exists.',
    remediation: 'Correct the name, or create the namespace; the app continues by itself.',
    link: links.namespaces,
    commands: { cli: 'kubectl create namespace {namespace}' },
  },
  NamespaceGone: {
    kind: 'fault',
    text: 'The namespace {namespace} of {cluster} is gone. What the app created for the connection outside of it is kept until {until}.',
    cause:
      'It was deleted with everything in it. Role, federated credential and firewall rule are removed at that time, so that a new namespace of this name does not inherit them.',
    remediation: 'Create the namespace again, and the connection works again by itself; or remove the connection.',
    link: links.namespaces,
    commands: { cli: 'kubectl create namespace {namespace}' },
  },
  KubernetesRefused: {
    kind: 'fault',
    text: 'The API server of {cluster} refused: {doing}. {message}',
    cause: 'An admission policy, a quota or a validation of the cluster does not allow the object.',
    remediation: 'Read the message; a policy engine in the cluster may need an exception for objects with the labels of this app.',
    link: links.kubernetesApi,
  },
  AdmissionDenied: {
    kind: 'fault',
    text: 'Admission in {cluster} denies: {doing}. {webhook}: {message}',
    cause: 'A policy of the cluster does not allow the object.',
    remediation: 'Read the message, and ask the owner of the policy for an exception for objects with the labels of this app.',
    link: links.webhooks,
  },
  WebhookUnreachable: {
    kind: 'fault',
    text: 'The API server of {cluster} cannot reach its admission webhook {webhook}, so it refuses: {doing}.',
    cause: 'The webhook is down or too slow, and its failurePolicy is Fail: {message}',
    remediation: 'Repair the webhook, or delete its configuration if nothing serves it any more. The app tries again with growing pauses.',
    link: links.webhooks,
  },
  QuotaExceeded: {
    kind: 'fault',
    text: 'The ResourceQuota {quota} of namespace {namespace} in {cluster} is exhausted: {doing}.',
    cause: '{message}',
    remediation: 'Delete objects that are no longer needed, or raise the quota; the app then continues by itself.',
    link: links.resourceQuotas,
    commands: { cli: 'kubectl describe resourcequota {quota} --namespace {namespace}' },
  },
  BeingDeleted: {
    kind: 'fault',
    text: '{object} in {cluster} has been in deletion since {since}, held by {finalizers}.',
    cause: 'The API server keeps an object until every finalizer on it is removed, which is up to the controller that added it.',
    remediation:
      'Find out why that controller does not remove the finalizer. If it no longer exists, remove the finalizer by hand: this skips the clean-up that it stands for.',
    link: links.finalizers,
    commands: { cli: `kubectl patch {kind} {name} --namespace {namespace} --type merge --patch '{"metadata":{"finalizers":null}}'` },
  },
  ImmutableObject: {
    kind: 'fault',
    text: '{object} in {cluster} is immutable, so the app cannot {doing}.',
    cause:
      'It was made immutable by something other than the app. The app deletes and recreates only objects that it owns, and this is not known to be one.',
    remediation: 'Delete it; the app then creates it again. Running pods keep what they have read.',
    link: links.immutableSecrets,
    commands: { cli: 'kubectl delete {kind} {name} --namespace {namespace}' },
  },
  KubernetesSignInRefused: {
    kind: 'fault',
    text: "The API server of {cluster} does not accept the app's token: {doing}.",
    cause: "The cluster trusts another Entra tenant, or does not know the app's identity yet (some minutes after a role was assigned).",
    remediation:
      "Compare the cluster's tenant (aadProfile.tenantID) with the app's. If they are the same, the token is accepted within minutes.",
    link: links.aksEntra,
  },
  KubernetesConflict: {
    kind: 'fault',
    text: 'Another field manager owns fields of {object} in {cluster}.',
    cause: 'The app must write a field that another manager owns: {message}',
    remediation:
      'Configure the other tool to leave the object alone, or let the app take it over with the annotation service-connector/adopt.',
    link: links.serverSideApply,
  },
  KubernetesUnreachable: {
    kind: 'reach',
    text: 'The API server of {cluster} cannot be reached: {message}',
    cause: 'It does not answer, or its name does not resolve where the app runs.',
    remediation: 'The app tries again by itself. If this continues, check the network and the proxy of the app.',
    link: links.aksApiServer,
  },
  ClusterPrivate: {
    kind: 'reach',
    text: 'The cluster {cluster} is private, and its API server does not answer the app.',
    cause: 'The API server of a private cluster is reachable from its virtual network only, and the app runs outside of it.',
    remediation:
      'Set transport=extension on the connection: its objects then reach the cluster through Azure, without access to the API server (a policy must allow that with `transports`, `changeClusters` and, because the app cannot see existing objects, `adopt`). Or connect the app to the network of the cluster. Commands that must run in the cluster can go through az aks command invoke.',
    link: links.aksPrivate,
  },
  ApiServerRanges: {
    kind: 'reach',
    text: 'The API server of {cluster} admits authorized address ranges only, and does not answer the app.',
    cause: 'The outbound addresses of the app are not in these ranges.',
    remediation:
      "Add the app's outbound addresses to the authorized ranges of the cluster. Or set transport=extension on the connection: its objects then reach the cluster through Azure, without access to the API server (a policy must allow that with `transports`, `changeClusters` and, because the app cannot see existing objects, `adopt`).",
    link: links.aksRanges,
  },
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
  DaprMissing: {
    kind: 'fault',
    text: 'Dapr is not installed in the cluster: its API server knows no Components.',
    cause: 'The connection asks for a Dapr component, and Dapr brings that kind of object.',
    remediation: 'Install Dapr, as an extension of the cluster or by its Helm chart, or leave out daprProperties.',
    link: links.dapr,
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
  LocalAccounts: {
    kind: 'reach',
    text: 'The cluster {cluster} issues certificates instead of Entra sign-in, and the app does not use them.',
    cause:
      'It is not integrated with Entra ID: its kubeconfig holds a static credential with all rights, which cannot be limited or revoked.',
    remediation: "Enable Entra integration for the cluster; with Azure RBAC the app's rights are role assignments.",
    link: links.aksLocalAccounts,
    commands: { cli: "az aks update --ids '{id}' --enable-aad --enable-azure-rbac" },
  },
  KubeconfigNotTrusted: {
    kind: 'reach',
    text: 'The app does not use the kubeconfig that Azure returned for {cluster}: {wrong}.',
    cause: 'It must name the API server that ARM names, over HTTPS and with its certificate authority.',
    remediation: 'Check who may change the cluster. If the cluster was just created again, wait: the app reads it again by itself.',
    ...pages.how,
  },
  ServiceAccountRenamed: {
    kind: 'fault',
    text: 'The ServiceAccount of connection {name} in namespace {namespace} has had another name since {since}: {account}. It was {former}.',
    cause: 'The name contains the client id of the identity, and the connection uses another identity, or a recreated one.',
    remediation:
      'Set serviceAccountName to {account} in the workloads, and restart their pods. Pods that still name {former} do not start, or get no token.',
    ...pages.how,
    warning: true,
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

// Problems about the cluster's own API server.
import { links, pages, type Rows } from './row.ts'

export const kubernetesRows = {
  NamespaceMissing: {
    text: 'The namespace {namespace} does not exist in {cluster}.',
    cause:
      'It is misspelt, not made yet, or being deleted. The app makes no namespaces, and makes nothing elsewhere for a connection before its namespace is there.',
    cure: 'Correct the name, or create the namespace; the work goes on by itself.',
    link: links.namespaces,
    commands: { cli: 'kubectl create namespace {namespace}' },
  },
  NamespaceGone: {
    text: 'The namespace {namespace} of {cluster} is gone. What was made for the connection outside of it is kept until {until}.',
    cause:
      'It was deleted with all that was in it. Its role, its trust and its firewall rule are taken back then, so that they serve no namespace that somebody else makes under this name.',
    cure: 'Create the namespace again, and the connection works again by itself; or remove the connection.',
    link: links.namespaces,
    commands: { cli: 'kubectl create namespace {namespace}' },
  },
  KubernetesRefused: {
    text: 'The API server of {cluster} refused: {doing}. {message}',
    cause: 'An admission policy, a quota or a validation of the cluster does not allow the object.',
    cure: 'Read what it says; a policy engine in the cluster may need an exception for objects labelled by this app.',
    link: links.kubernetesApi,
  },
  AdmissionDenied: {
    text: 'Admission in {cluster} denies: {doing}. {webhook}: {message}',
    cause: 'A policy of the cluster does not allow the object.',
    cure: 'Read what it says, and ask its owner for an exception for objects labelled by this app.',
    link: links.webhooks,
  },
  WebhookUnreachable: {
    text: 'The API server of {cluster} cannot reach its admission webhook {webhook}, so it refuses: {doing}.',
    cause: 'The webhook is down or too slow, and its failurePolicy is Fail: {message}',
    cure: 'Repair the webhook, or delete its configuration if nothing serves it any more. The app tries again with growing pauses.',
    link: links.webhooks,
  },
  QuotaExceeded: {
    text: 'The ResourceQuota {quota} of namespace {namespace} in {cluster} is used up: {doing}.',
    cause: '{message}',
    cure: 'Delete objects that are no longer needed, or raise the quota; the app then continues by itself.',
    link: links.resourceQuotas,
    commands: { cli: 'kubectl describe resourcequota {quota} --namespace {namespace}' },
  },
  BeingDeleted: {
    text: '{thing} in {cluster} is being deleted since {since} and held by {finalizers}.',
    cause: 'The API server keeps an object until every finalizer on it is gone. Whoever added the finalizer has to remove it.',
    cure: 'Find out why its owner does not remove the finalizer. If the owner no longer exists, remove it by hand: that skips the clean-up that it stands for.',
    link: links.finalizers,
    commands: { cli: `kubectl patch {kind} {name} --namespace {namespace} --type merge --patch '{"metadata":{"finalizers":null}}'` },
  },
  ImmutableObject: {
    text: '{thing} in {cluster} is immutable, so the app cannot {doing}.',
    cause: 'Somebody else made it immutable, and it is not known to be an object of this app, which it would delete and make again.',
    cure: 'Delete it; the app then makes it again. Pods that run keep what they have read.',
    link: links.immutableSecrets,
    commands: { cli: 'kubectl delete {kind} {name} --namespace {namespace}' },
  },
  KubernetesSignInRefused: {
    text: 'The API server of {cluster} does not accept the token of the app: {doing}.',
    cause:
      'The cluster trusts another Entra tenant, or does not know the identity of the app yet (some minutes after a role was assigned).',
    cure: 'Compare the tenant of the cluster (aadProfile.tenantID) with the tenant of the app. If they agree, it is accepted within minutes.',
    link: links.aksEntra,
  },
  KubernetesConflict: {
    text: 'Somebody else manages fields of {thing} in {cluster}.',
    cause: 'Another field manager owns what has to be written: {message}',
    cure: 'Let the other tool leave the object alone, or let it be taken over by the annotation service-connector/adopt.',
    link: links.serverSideApply,
  },
  KubernetesUnreachable: {
    text: 'The API server of {cluster} cannot be reached: {message}',
    cause: 'It does not answer, or its name does not resolve where the app runs.',
    cure: 'It is tried again by itself. If it stays so, check the network and the proxy of the app.',
    link: links.aksApiServer,
  },
  ClusterPrivate: {
    text: 'The cluster {cluster} is private, and its API server does not answer the app.',
    cause: 'A private cluster has its API server in its own virtual network only, and the app runs outside of it.',
    cure: 'Set transport=extension on the connection: it is then written through Azure, without a way to the API server (a policy must allow that, with `transports`, `changeClusters` and, because the app cannot see what is there already, `adopt`). Or join the app to the network of the cluster. What has to be run by hand in the cluster can go through az aks command invoke.',
    link: links.aksPrivate,
  },
  ApiServerRanges: {
    text: 'The API server of {cluster} lets in authorized address ranges only, and does not answer the app.',
    cause: 'The outbound addresses of the app are not in these ranges.',
    cure: "Add the app's outbound addresses to the authorized ranges of the cluster. Or set transport=extension on the connection: it is then written through Azure, without a way to the API server (a policy must allow that, with `transports`, `changeClusters` and, because the app cannot see what is there already, `adopt`).",
    link: links.aksRanges,
  },
  KubernetesRightMissing: {
    text: 'The app may not {verb} {resource} in namespace {namespace} of {cluster}.',
    cause: 'Its identity has no Kubernetes role there, or an assignment has not spread yet (up to five minutes).',
    cure: 'With Azure RBAC for Kubernetes assign the role below; otherwise apply this in the cluster:\n{yaml}',
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
  LocalAccounts: {
    text: 'The cluster {cluster} gives out certificates instead of Entra sign-in, which are not used.',
    cause:
      'It is not integrated with Entra ID: its kubeconfig holds a static credential with all rights, which nobody can limit or take back.',
    cure: 'Turn on Entra integration for the cluster; with Azure RBAC the rights of the app are role assignments.',
    link: links.aksLocalAccounts,
    commands: { cli: "az aks update --ids '{id}' --enable-aad --enable-azure-rbac" },
  },
  KubeconfigNotTrusted: {
    text: 'The kubeconfig that Azure gave for {cluster} is not used: {wrong}.',
    cause: 'It must name the API server that ARM names, over HTTPS and with its certificate authority.',
    cure: 'Look at who may change the cluster; if it was just made again, wait for the next look.',
    ...pages.how,
  },
  ServiceAccountRenamed: {
    text: 'The ServiceAccount of connection {name} in namespace {namespace} has another name since {since}: {account}. It was {former}.',
    cause: 'Its name holds the client id of the identity, and the connection uses another identity, or one that was made again.',
    cure: 'Write {account} as serviceAccountName in the workloads, and start their pods again. Pods that still name {former} do not start, or get no token.',
    ...pages.how,
    warning: true,
  },
} as const satisfies Rows

function roleYaml(namespace: string, principal: string): string {
  return `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: service-connector, namespace: ${namespace} }
rules:
  - apiGroups: ['']
    resources: [secrets, serviceaccounts, configmaps, events]
    verbs: [get, list, create, patch, delete]
  - { apiGroups: [''], resources: [namespaces], verbs: [get] }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: service-connector, namespace: ${namespace} }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: service-connector }
subjects:
  - { apiGroup: rbac.authorization.k8s.io, kind: User, name: ${principal} }`
}

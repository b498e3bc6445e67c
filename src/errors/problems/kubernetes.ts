// What an API server refuses: namespaces, objects, admission.
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
  KubernetesConflict: {
    kind: 'fault',
    text: 'Another field manager owns fields of {object} in {cluster}.',
    cause: 'The app must write a field that another manager owns: {message}',
    remediation:
      'Configure the other tool to leave the object alone, or let the app take it over with the annotation service-connector/adopt.',
    link: links.serverSideApply,
  },
  DaprMissing: {
    kind: 'fault',
    text: 'Dapr is not installed in the cluster: its API server knows no Components.',
    cause: 'The connection asks for a Dapr component, and Dapr brings that kind of object.',
    remediation: 'Install Dapr, as an extension of the cluster or by its Helm chart, or leave out daprProperties.',
    link: links.dapr,
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

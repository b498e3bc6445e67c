// The kinds whose objects can use a Secret, a SecretProviderClass or a ServiceAccount: one row a kind, each of which the sweep lists once.
import { isObject, type Json } from '../errors/answer.ts'

export type UsingKind = {
  readonly kind: string
  /** `''`: the core group. */
  readonly group: string
  /** Every API server has the kind, most in this version. Absent: the kind of an operator; whether a cluster has it, and in which version, is asked. */
  readonly version?: string
  readonly plural: string
  /** Absent: its objects are in namespaces. */
  readonly isClusterWide?: true
  /** What of an object refers to others. Absent: its spec, by the shape of its fields. `texts`: any text that names one. */
  readonly reads?: (object: Json) => unknown
  readonly texts?: (object: Json) => unknown
  /** Over, so that it uses nothing any more. */
  readonly isOver?: (object: Json) => boolean
  /** A refusal does not make the evidence incomplete: the built-in roles for clusters do not include it. */
  readonly isBonus?: true
  /** Only these matter for ServiceAccounts. */
  readonly ofAccounts?: true
}

const at = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((inner, key) => (isObject(inner) ? inner[key] : undefined), value)
const listAt = (value: unknown, ...path: readonly string[]): readonly unknown[] => {
  const found = at(value, ...path)
  return Array.isArray(found) ? found : []
}

/** https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-phase */
const isOverPod = (pod: Json): boolean => ['Succeeded', 'Failed'].includes(String(at(pod, 'status', 'phase')))
/** https://kubernetes.io/docs/concepts/workloads/controllers/job/#terminal-job-conditions */
const isOverJob = (job: Json): boolean =>
  listAt(job, 'status', 'conditions').some(
    (one) => ['Complete', 'Failed'].includes(String(at(one, 'type'))) && at(one, 'status') === 'True',
  )

const core = { group: '', version: 'v1' } as const
const apps = { group: 'apps', version: 'v1' } as const
const batch = { group: 'batch', version: 'v1' } as const
const rbac = { group: 'rbac.authorization.k8s.io', version: 'v1', isBonus: true, ofAccounts: true } as const
const subjects = (binding: Json): unknown => ({ subjects: binding['subjects'] })

/** A template counts with no replicas and a CronJob while it is suspended: both can make Pods at any moment. */
export const builtInUsers: readonly UsingKind[] = [
  { ...core, kind: 'Pod', plural: 'pods', isOver: isOverPod },
  { ...apps, kind: 'Deployment', plural: 'deployments' },
  { ...apps, kind: 'StatefulSet', plural: 'statefulsets' },
  { ...apps, kind: 'DaemonSet', plural: 'daemonsets' },
  { ...apps, kind: 'ReplicaSet', plural: 'replicasets' },
  { ...core, kind: 'ReplicationController', plural: 'replicationcontrollers' },
  { ...batch, kind: 'Job', plural: 'jobs', isOver: isOverJob },
  { ...batch, kind: 'CronJob', plural: 'cronjobs' },
  {
    ...core,
    kind: 'ServiceAccount',
    plural: 'serviceaccounts',
    reads: ({ secrets, imagePullSecrets }) => ({ secrets, imagePullSecrets }),
  },
  {
    group: 'networking.k8s.io',
    version: 'v1',
    kind: 'Ingress',
    plural: 'ingresses',
    // nginx.ingress.kubernetes.io/auth-secret and the like: `<name>` or `<namespace>/<name>`.
    texts: (ingress) => at(ingress, 'metadata', 'annotations'),
  },
  { ...core, kind: 'PersistentVolume', plural: 'persistentvolumes', isClusterWide: true, isBonus: true },
  { ...rbac, kind: 'RoleBinding', plural: 'rolebindings', reads: subjects },
  { ...rbac, kind: 'ClusterRoleBinding', plural: 'clusterrolebindings', isClusterWide: true, reads: subjects },
]

/** `auth`: of a Dapr component, beside its spec. */
const custom = { texts: ({ spec, auth }: Json): unknown => ({ spec, auth }) } as const

/** Custom resources of known operators; others cannot be seen. */
export const customUsers: readonly UsingKind[] = [
  // https://keda.sh/docs/latest/concepts/authentication/
  { ...custom, group: 'keda.sh', kind: 'TriggerAuthentication', plural: 'triggerauthentications' },
  { ...custom, group: 'keda.sh', kind: 'ClusterTriggerAuthentication', plural: 'clustertriggerauthentications', isClusterWide: true },
  { ...custom, group: 'keda.sh', kind: 'ScaledJob', plural: 'scaledjobs' },
  // https://servicebinding.io/spec/core/1.0.0/#direct-secret-reference
  { ...custom, group: 'servicebinding.io', kind: 'ServiceBinding', plural: 'servicebindings' },
  // https://knative.dev/docs/serving/services/
  { ...custom, group: 'serving.knative.dev', kind: 'Service', plural: 'services' },
  // https://argo-rollouts.readthedocs.io/en/stable/features/specification/
  { ...custom, group: 'argoproj.io', kind: 'Rollout', plural: 'rollouts' },
  // https://external-secrets.io/latest/api/externalsecret/
  { ...custom, group: 'external-secrets.io', kind: 'ExternalSecret', plural: 'externalsecrets' },
  { ...custom, group: 'external-secrets.io', kind: 'SecretStore', plural: 'secretstores' },
  { ...custom, group: 'external-secrets.io', kind: 'ClusterSecretStore', plural: 'clustersecretstores', isClusterWide: true },
  // https://cloudnative-pg.io/documentation/current/cloudnative-pg.v1/
  { ...custom, group: 'postgresql.cnpg.io', kind: 'Cluster', plural: 'clusters' },
  // https://strimzi.io/docs/operators/latest/configuring
  { ...custom, group: 'kafka.strimzi.io', kind: 'Kafka', plural: 'kafkas' },
  { ...custom, group: 'kafka.strimzi.io', kind: 'KafkaConnect', plural: 'kafkaconnects' },
  { ...custom, group: 'kafka.strimzi.io', kind: 'KafkaUser', plural: 'kafkausers' },
  // https://docs.dapr.io/reference/resource-specs/component-schema/
  { ...custom, group: 'dapr.io', kind: 'Component', plural: 'components' },
  // https://gateway-api.sigs.k8s.io/reference/spec/
  { ...custom, group: 'gateway.networking.k8s.io', kind: 'Gateway', plural: 'gateways' },
  // https://istio.io/latest/docs/reference/config/networking/gateway/
  { ...custom, group: 'networking.istio.io', kind: 'Gateway', plural: 'gateways' },
  // https://learn.microsoft.com/azure/azure-app-configuration/reference-kubernetes-provider
  { ...custom, group: 'azconfig.io', kind: 'AzureAppConfigurationProvider', plural: 'azureappconfigurationproviders' },
  // https://fluxcd.io/flux/components/helm/helmreleases/#values-references
  { ...custom, group: 'helm.toolkit.fluxcd.io', kind: 'HelmRelease', plural: 'helmreleases' },
  // https://fluxcd.io/flux/components/kustomize/kustomizations/#post-build-variable-substitution
  { ...custom, group: 'kustomize.toolkit.fluxcd.io', kind: 'Kustomization', plural: 'kustomizations' },
  // https://cert-manager.io/docs/usage/certificate/
  { ...custom, group: 'cert-manager.io', kind: 'Certificate', plural: 'certificates' },
]

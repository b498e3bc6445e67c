// The kinds of Kubernetes objects that the app reads or writes. Adapters take the words of a kind from here.
// https://kubernetes.io/docs/reference/using-api/api-concepts/#standard-api-terminology

import type { ClusterExtensionName } from './cluster-extension.ts'
import type { Code } from './code.ts'
import type { FeatureName } from './feature.ts'
import type { Loop } from './loop.ts'

type Kind = {
  readonly kind: string
  readonly apiVersion: string
  /** Of the API; '' is the core. */
  readonly group: string
  readonly plural: string
  /** Its values are closed, and what is only observed is requested by metadata. */
  readonly isSecret: boolean
  readonly isCustom?: true
  /** Of a custom resource: an API server knows it only while the feature or extension of the cluster that brings it is there. */
  readonly of?: FeatureName | ClusterExtensionName
  /** Of a custom resource: what is wrong where an API server does not know it, and a person has to install what brings it. */
  readonly missing?: Code
  /** Fields that are the app's as a whole. Absent: of a custom resource its spec, of which others may own parts. */
  readonly whole?: readonly string[]
}

const core = { apiVersion: 'v1', group: '', isSecret: false } as const
const rbac = { apiVersion: 'rbac.authorization.k8s.io/v1', group: 'rbac.authorization.k8s.io', isSecret: false } as const
export const kubernetesKinds = {
  Secret: { ...core, kind: 'Secret', plural: 'secrets', isSecret: true },
  ServiceAccount: { ...core, kind: 'ServiceAccount', plural: 'serviceaccounts' },
  ConfigMap: { ...core, kind: 'ConfigMap', plural: 'configmaps' },
  Event: { ...core, kind: 'Event', plural: 'events' },
  Namespace: { ...core, kind: 'Namespace', plural: 'namespaces' },
  Pod: { ...core, kind: 'Pod', plural: 'pods' },
  ClusterRole: { ...rbac, kind: 'ClusterRole', plural: 'clusterroles', whole: ['rules'] },
  ClusterRoleBinding: { ...rbac, kind: 'ClusterRoleBinding', plural: 'clusterrolebindings', whole: ['roleRef', 'subjects'] },
  Job: { kind: 'Job', apiVersion: 'batch/v1', group: 'batch', plural: 'jobs', isSecret: false },
  // https://secrets-store-csi-driver.sigs.k8s.io/concepts#secretproviderclass
  SecretProviderClass: {
    kind: 'SecretProviderClass',
    apiVersion: 'secrets-store.csi.x-k8s.io/v1',
    group: 'secrets-store.csi.x-k8s.io',
    plural: 'secretproviderclasses',
    isSecret: false,
    isCustom: true,
    of: 'key-vault-secrets-provider',
  },
  // https://docs.dapr.io/operations/components/component-schema/
  Component: {
    kind: 'Component',
    apiVersion: 'dapr.io/v1alpha1',
    group: 'dapr.io',
    plural: 'components',
    isSecret: false,
    isCustom: true,
    missing: 'DaprMissing',
    whole: ['spec', 'scopes'],
  },
  // https://learn.microsoft.com/azure/azure-app-configuration/reference-kubernetes-provider
  AzureAppConfigurationProvider: {
    kind: 'AzureAppConfigurationProvider',
    apiVersion: 'azconfig.io/v1',
    group: 'azconfig.io',
    plural: 'azureappconfigurationproviders',
    isSecret: false,
    isCustom: true,
    of: 'app-configuration',
  },
} as const satisfies Readonly<Record<string, Kind>>
export type KindName = keyof typeof kubernetesKinds

/** Those that loops own, in namespaces: each carries the mark of one. */
const managedKinds = [
  'Secret',
  'ServiceAccount',
  'Component',
  'SecretProviderClass',
  'AzureAppConfigurationProvider',
] as const satisfies readonly KindName[]
/** Those of them that are in no namespace; only the ledger knows where they are. */
const clusterKinds = ['ClusterRole', 'ClusterRoleBinding'] as const satisfies readonly KindName[]
export type ManagedKind = (typeof managedKinds)[number] | (typeof clusterKinds)[number]
export const allManagedKinds: readonly ManagedKind[] = [...managedKinds, ...clusterKinds]
export const isManagedKind = (kind: string): kind is ManagedKind => allManagedKinds.some((one) => one === kind)
export const isOfCluster = (kind: KindName): boolean => clusterKinds.some((one) => one === kind)

/** Those that the app writes, as the API server names them in a refusal. */
export const writtenPlurals: readonly string[] = [...managedKinds, ...clusterKinds, 'ConfigMap' as const, 'Event' as const].map(
  (kind) => kubernetesKinds[kind].plural,
)

/** By the plural of a URL or a refusal. */
export const kindOfPlural = (plural: string | undefined): string | undefined =>
  Object.values(kubernetesKinds).find((one) => one.plural === plural)?.kind

/** The id of a managed object. */
export const managedIdOf = (
  cluster: Pick<Loop, 'key'>,
  { namespace, kind, name }: { readonly namespace: string; readonly kind: string; readonly name: string },
): string => `${cluster.key}/${namespace}/${kind}/${name}`
/** The group of a custom resource. */
export const customGroupOf = (plural: string | undefined): string | undefined => {
  const found = Object.values(kubernetesKinds).find((one) => one.plural === plural)
  return found && 'isCustom' in found ? found.group : undefined
}

/** What a custom resource says: maps with texts at their ends. */
export type KubernetesSpec = { readonly [name: string]: string | KubernetesSpec }

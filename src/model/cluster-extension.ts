// The cluster extensions that connections can need. Their names, types and namespaces are Azure's, so that its tools and this app can use the same ones.
// https://learn.microsoft.com/azure/aks/cluster-extensions#currently-available-extensions

export type ClusterExtension = {
  readonly name: string
  /** Lower case. */
  readonly type: string
  readonly releaseNamespace: string
  readonly releaseTrain: string
  readonly words: string
}

export const clusterExtensions = {
  'service-connector': {
    name: 'sc-extension',
    type: 'microsoft.servicelinker.connection',
    releaseNamespace: 'sc-system',
    releaseTrain: 'prod',
    words: 'the extension of Service Connector',
  },
  // https://learn.microsoft.com/azure/aks/azure-app-configuration
  'app-configuration': {
    name: 'appconfigurationkubernetesprovider',
    type: 'microsoft.appconfiguration',
    releaseNamespace: 'azappconfig-system',
    releaseTrain: 'stable',
    words: 'the Kubernetes provider of App Configuration',
  },
  // https://learn.microsoft.com/azure/azure-arc/kubernetes/extensions-release#flux-gitops
  flux: {
    name: 'flux',
    type: 'microsoft.flux',
    releaseNamespace: 'flux-system',
    releaseTrain: 'stable',
    words: 'Flux',
  },
} as const satisfies Readonly<Record<string, ClusterExtension>>
export type ClusterExtensionName = keyof typeof clusterExtensions
export const clusterExtensionNames = Object.keys(clusterExtensions) as readonly ClusterExtensionName[]

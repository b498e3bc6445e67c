// Where the simulated cloud or the app differs from what was recorded of the real Azure, and why. Recordings have many api-versions, some older
// than those in use here; where Microsoft's own resource types (../arm-types/) and a recording disagree, the types of the version in use count.

export type KnownDifference = {
  /** Against `METHOD namespace/type`, in lower case but for the method. */
  readonly kind: RegExp
  /** Against the line of the difference. */
  readonly what: RegExp
  readonly reason: string
  /** It ought to agree, and will. */
  readonly notYet?: true
}

const cluster = /microsoft\.containerservice\/managedclusters( \(list\))?$/
const extension = /microsoft\.kubernetesconfiguration\/extensions( \(list\))?$/
const linker = /microsoft\.servicelinker\/linkers( \(list\))?$/
const linkerOperation = /microsoft\.servicelinker\/locations\/operationstatuses$/

const simulatedCloud: readonly KnownDifference[] = [
  {
    kind: cluster,
    what: /\.(properties\.(?!networkProfile\.effective).*|kind): only recorded$/,
    reason:
      'AKS: node pools, versions, profiles and defaults that the app neither reads nor changes are left out; it sends back whatever it read',
  },
  {
    kind: cluster,
    what: /header (azure-asyncoperation|location): .*\/operations\/\{guid\}\*\{64 hex\}\?api-version=2016-03-30&\{signed\}; recorded/,
    reason:
      'AKS: the asterisk in the poll address is other providers’, and the older version AKS’s: a client that keeps this address whole keeps them all',
  },
  {
    kind: /microsoft\.containerservice\/locations\/operations$/,
    what: /\.status: (ReconcilingDNS|ProvisionNetworkResources); recorded/,
    reason:
      'AKS: phases that clients have met in other recordings; any word but three means that it still runs (https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations#provisioningstate-values)',
  },
  {
    kind: /microsoft\.containerservice\/locations\/operations$/,
    what: /\.error: only recorded$/,
    reason: 'AKS: an operation that still runs once carried an error (NotLatestOperation); the tour has none that is overtaken',
  },
  {
    kind: extension,
    what: /installState: only recorded$/,
    reason: 'Extensions: dropped from the type after 2021-09-01, which was recorded; 2023-05-01 is in use',
  },
  { kind: extension, what: /\.nextLink: only recorded$/, reason: 'Extensions: a null on the last page means what a missing one does' },
  {
    kind: extension,
    what: /\.version: null; recorded string$/,
    reason: 'Extensions: lists were recorded of an extension with a pinned version only',
  },
  {
    kind: extension,
    what: /connectedClusters\/|ConnectedClusters\//,
    reason:
      'Extensions: creating and listing were recorded on Azure Arc clusters, here they are on AKS; their GET, DELETE and polls on AKS agree',
  },
  {
    kind: /^GET microsoft\.kubernetesconfiguration$/,
    what: /\.(authorizations|resourceTypes\[\].*): only recorded$/,
    reason: 'Providers: the app reads the state of the registration alone',
  },
  {
    kind: /vault\.azure\.net\/secrets$/,
    what: /\.(attributes\.recoverableDays|tags): never recorded$/,
    reason: 'Secrets: added to the API after 7.0, which was recorded (https://learn.microsoft.com/rest/api/keyvault/secrets/get-secret)',
  },
  {
    kind: /microsoft\.storage\/storageaccounts$/,
    what: /\.encryption: only recorded$/,
    reason: 'Storage: nothing reads how an account is encrypted',
  },
  {
    kind: /^PUT microsoft\.storage\/storageaccounts$/,
    what: /^status 202: only recorded$/,
    reason: 'Storage: an account is there at once instead of after 20 seconds; the app makes none',
  },
  {
    kind: /^PUT microsoft\.managedidentity\/userassignedidentities$/,
    what: /\.isolationScope: only recorded$/,
    reason: 'Identities: added in 2024-11-30, which was recorded; the app creates with 2023-01-31',
  },
  {
    kind: /^GET microsoft\.authorization\/roleassignments \(list\)$/,
    what: /\.id: \/subscriptions\/\{guid\}\/(providers|resourceGroups)\/.*; recorded/,
    reason: 'Role assignments: the list here has assignments above and below the group as well, the recorded one happened to have none',
  },
]

const linkerApi: readonly KnownDifference[] = [
  {
    kind: /microsoft\.servicelinker\//,
    what: /locations\/\{region\}.*; recorded .*\{REGION\}/,
    reason:
      'Operations: the address says `global` until the region of the cluster has been read, and has the version of the request: any region and version is served',
  },
  {
    kind: /microsoft\.servicelinker\//,
    what: /header etag: only recorded$/,
    reason: 'ETags: GET, PUT and PATCH of a linker have one; no request can name that of an operation, of a removal or of a validation',
  },
  {
    kind: linkerOperation,
    what: /\.validationDetail\[\]\.keys: never recorded$/,
    reason: 'Operations: the item about the Secret, an addition of this app, lists its keys',
  },
  {
    kind: linker,
    what: /\.resourceProperties\.\w+: only recorded$/,
    reason: 'Linkers: some of the recorded ones ask for the Key Vault add-on or an extension of the cluster, the one of the tour does not',
  },
  {
    kind: linkerOperation,
    what: /\.properties\.(?!warning)\w+: only recorded$/,
    reason:
      'Operations: a report of validateLinker is in validationDetail, and not once more as JSON in the text `Message`; it names no ids of its own',
  },
  {
    kind: linkerOperation,
    what: /^202 header (azure-asyncoperation|location): only recorded$/,
    reason: 'Operations: addresses here are not signed, so no poll has to hand out a new one',
  },
]

export const knownDifferences: readonly KnownDifference[] = [...simulatedCloud, ...linkerApi]

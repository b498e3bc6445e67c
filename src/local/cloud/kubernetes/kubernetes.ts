// The API servers of all simulated clusters behind their host names, and the public issuers of their ServiceAccount tokens.
//
// A stopped cluster answers status 0: the connection breaks, as if nothing listens. The same goes for callers outside of the network of a private
// cluster (https://learn.microsoft.com/azure/aks/private-clusters) or of its authorized ranges
// (https://learn.microsoft.com/azure/aks/api-server-authorized-ip-ranges).
import type { ClusterAsk } from '../arm/run-commands.ts'
import { type Authority, createAuthority, issue } from '../certificates.ts'
import type { CloudRequest, CloudResponse, CloudService } from '../http.ts'
import { locate } from '../locations.ts'
import { includes } from '../ranges.ts'
import type { World } from '../world.ts'
import type { Access, Profile } from './access.ts'
import { customGroups } from './addon-kinds.ts'
import { collectGarbage } from './deleting.ts'
import { timestamp } from './object.ts'
import { serve } from './server.ts'
import { accountOfToken, issuerDocument, serviceAccountToken } from './service-account-tokens.ts'
import { type Cluster, clustersOf, forget, storeOf } from './store.ts'
import { bindingIssuerDocument, createTokenProxy, tokenProxyHost } from './token-proxy.ts'

export type Kubernetes = {
  /** The clusters' own host names, each with a certificate of the cluster's own authority. */
  readonly service: CloudService
  /** `<region>.oic.prod-aks.azure.com`: the public documents of the clusters' token issuers, behind the proxy's usual certificate. */
  readonly issuers: CloudService
  /** The token proxies of clusters, for pods that use an identity binding. `dispatch`: to Entra ID. */
  tokenProxies(dispatch: (request: CloudRequest) => Promise<CloudResponse>): CloudService
  tokenProxyOf(id: string): string
  /** An existing cluster is recreated: new authority, signing key and uid, no objects. `uid` = of the namespace kube-system. */
  addCluster(cluster: { readonly id: string; readonly fqdn: string; readonly issuer?: string; readonly uid?: string }): Promise<void>
  removeCluster(id: string): void
  /** A request from a pod of the cluster, which no private network and no authorized range keeps out. */
  readonly askAs: ClusterAsk
  /** The cluster's certificate authority, as its kubeconfig carries it. */
  authorityPem(id: string): string
  /** What the kubelet would project into a pod. */
  serviceAccountToken(id: string, namespace: string, name: string, audience: string, seconds: number): Promise<string>
}

type ManagedCluster = {
  readonly properties?: {
    readonly powerState?: { readonly code?: string }
    readonly oidcIssuerProfile?: { readonly issuerURL?: string }
    readonly aadProfile?: Profile | null
    readonly addonProfiles?: Readonly<Record<string, { readonly enabled?: boolean; readonly identity?: object }>> | null
    readonly privateFQDN?: string
    readonly apiServerAccessProfile?: { readonly enablePrivateCluster?: boolean; readonly authorizedIPRanges?: readonly string[] } | null
  }
}

/** Types of the extensions that have been installed at least once (../arm/extensions.ts). */
function installed(world: World, cluster: string): readonly string[] {
  const rows = [...world.table<InstalledExtension>('cluster-extensions').values()]
  return rows
    .filter((row) => row.cluster.toLowerCase() === cluster && row.properties.currentVersion)
    .map((row) => row.properties.extensionType)
}
type InstalledExtension = {
  readonly cluster: string
  readonly properties: { readonly extensionType: string; readonly currentVersion?: string }
}

/** The group system:masters, of a client certificate: https://kubernetes.io/docs/reference/access-authn-authz/rbac/#user-facing-roles */
const administrator: Access = { verify: async () => ({ oid: 'masterclient' }), mayDo: () => true }

const issuerHost = '.oic.prod-aks.azure.com'

export async function createKubernetes(world: World, access: Access): Promise<Kubernetes> {
  collectGarbage(world)
  const clusters = clustersOf(world)
  const managed = (id: string): ManagedCluster | undefined => world.table<ManagedCluster>('resources').get(id)
  const issuerOf = (cluster: Cluster): string =>
    managed(cluster.id)?.properties?.oidcIssuerProfile?.issuerURL ?? cluster.issuer ?? `https://${cluster.fqdn}`
  const namesOf = (cluster: Cluster): readonly string[] => {
    const own = managed(cluster.id)?.properties?.privateFQDN
    return own === undefined ? [cluster.fqdn] : [cluster.fqdn, own.toLowerCase()]
  }
  const at = (hostname: string): Cluster | undefined =>
    [...clusters.values()].find((cluster) => namesOf(cluster).includes(hostname.toLowerCase()))
  const known = (id: string): Cluster => {
    const cluster = clusters.get(id.toLowerCase())
    if (!cluster) throw new Error(`There is no cluster ${id}`)
    return cluster
  }
  const ofIssuer = (issuer: string): string | undefined => [...clusters.values()].find((cluster) => issuerOf(cluster) === issuer)?.id

  function isReached(location: string, { id }: Cluster, properties: ManagedCluster['properties']): boolean {
    const { ip, reaches = [] } = locate(world, location)
    const { enablePrivateCluster, authorizedIPRanges = [] } = properties?.apiServerAccessProfile ?? {}
    if (enablePrivateCluster) return reaches.some((name) => id.endsWith(`/${name.toLowerCase()}`))
    return authorizedIPRanges.length === 0 || authorizedIPRanges.some((range) => includes(range, ip))
  }

  async function handle(request: CloudRequest): Promise<CloudResponse> {
    const cluster = at(request.url.hostname)
    if (!cluster) return { status: 0 }
    const properties = managed(cluster.id)?.properties
    if (!isReached(request.location, cluster, properties)) return { status: 0 }
    return serveIn(cluster, request)
  }

  /** `granted`: who asks, where it is not for a token to say. */
  async function serveIn(cluster: Cluster, request: CloudRequest, granted?: Access): Promise<CloudResponse> {
    const properties = managed(cluster.id)?.properties
    if (properties?.powerState?.code === 'Stopped') return { status: 0 }
    // Without Entra integration no Entra token is good for the cluster.
    const entra = granted ?? (properties === undefined || properties.aadProfile ? access : { ...access, verify: async () => undefined })
    const profile = properties?.aadProfile ?? undefined
    // An add-on is there when the operation that enables it has ended, and its identity with it.
    const enabled = Object.entries(properties?.addonProfiles ?? {}).flatMap(([name, one]) => (one.enabled && one.identity ? [name] : []))
    const addons = [...enabled, ...installed(world, cluster.id), ...(customGroups(world).get(cluster.id) ?? [])]
    return serve({ world, cluster, issuer: issuerOf(cluster), access: entra, addons, ...(profile ? { profile } : {}) }, request)
  }

  return {
    service: {
      name: 'kubernetes',
      owns: (hostname) => at(hostname) !== undefined,
      handle,
      async certificate(hostname) {
        const cluster = at(hostname)
        if (!cluster) throw new Error(`There is no cluster at ${hostname}`)
        if (cluster.certificate) return cluster.certificate
        const certificate = await issue(cluster.authority, namesOf(cluster))
        const now = clusters.get(cluster.id)
        if (now?.authority.pem === cluster.authority.pem) clusters.set(cluster.id, { ...now, certificate })
        return certificate
      },
    },
    issuers: {
      name: 'oidc-issuer',
      owns: (hostname) => hostname.toLowerCase().endsWith(issuerHost),
      handle: async ({ url }) => (await bindingIssuerDocument(world, url)) ?? (await issuerDocument(world, ofIssuer, url)),
    },
    tokenProxies: (dispatch) => createTokenProxy(world, ({ id }, token, audience) => accountOfToken(world, id, token, audience), dispatch),
    tokenProxyOf: (id) => `https://${tokenProxyHost(known(id))}`,
    askAs(id, as, { method, path, body = '', type = 'application/json' }) {
      const cluster = known(id)
      const headers = {
        accept: 'application/json',
        'content-type': type,
        'user-agent': 'kubectl',
        ...(as === 'administrator' ? {} : { authorization: `Bearer ${as}` }),
      }
      const request = { method, url: new URL(`https://${cluster.fqdn}${path}`), headers, body: Buffer.from(body), location: 'pod' }
      return serveIn(cluster, request, as === 'administrator' ? administrator : undefined)
    },
    async addCluster({ id, fqdn, issuer, uid }) {
      const authority: Authority = await createAuthority(`kubernetes ca of ${fqdn}`)
      const key = id.toLowerCase()
      forget(world, key)
      clusters.set(key, {
        id: key,
        fqdn: fqdn.toLowerCase(),
        ...(issuer ? { issuer } : {}),
        uid: uid ?? world.uuid(),
        authority,
        revision: 0,
      })
      const store = storeOf(world, key)
      for (const name of ['kube-system', 'kube-public', 'kube-node-lease', 'default'])
        store.put('namespaces', {
          kind: 'Namespace',
          apiVersion: 'v1',
          metadata: {
            name,
            uid: name === 'kube-system' ? known(key).uid : world.uuid(),
            creationTimestamp: timestamp(world.clock.now()),
            labels: { 'kubernetes.io/metadata.name': name },
          },
          spec: { finalizers: ['kubernetes'] },
          status: { phase: 'Active' },
        })
    },
    removeCluster: (id) => forget(world, id.toLowerCase()),
    authorityPem: (id) => known(id).authority.pem,
    async serviceAccountToken(id, namespace, name, audience, seconds) {
      const cluster = known(id)
      const account = storeOf(world, cluster.id).get('serviceaccounts', namespace, name)
      if (!account) throw new Error(`There is no ServiceAccount ${namespace}/${name} in ${id}`)
      return serviceAccountToken(world, cluster.id, account, { issuer: issuerOf(cluster), audiences: [audience], seconds })
    },
  }
}

// From a cluster to its transport: credentials from ARM, checked, and one client per cluster that is cached while it works.
import type { TokenCredential } from '@azure/core-auth'
import { problemOf, problemOfError } from '../errors/catalogue.ts'
import { closed, Failure } from '../errors/failure.ts'
import type { DiagnosticCheck } from '../model/diagnostic-check.ts'
import type { KindName } from '../model/kubernetes-kind.ts'
import type { Key, Loop } from '../model/loop.ts'
import type { Problem } from '../model/problem.ts'
import type { Secret } from '../model/secret.ts'
import { steady } from '../model/steady.ts'
import type { Transport } from '../ports/kubernetes.ts'
import type { OpenSwept } from '../ports/sweep.ts'
import { type ClientOptions, type ClusterClient, clusterClient, type ProxyEnvironment } from './client.ts'
import { checksIn, type Subject } from './diagnosis.ts'
import { directTransport } from './direct.ts'
import { serverOf } from './kubeconfig.ts'
import { oneForAll } from './one-for-all.ts'
import { type NamespaceRights, rightsIn } from './rights.ts'
import { sweptCluster } from './swept-cluster.ts'

export type ClusterAccess = {
  /** For `Ports.kubernetes`: transport direct. Throws `Failure` if the credentials cannot be had for now. */
  readonly transport: (cluster: Loop<'cluster'>, fqdn: string | undefined) => Promise<Transport | Problem>
  /** For the sweep. */
  readonly swept: OpenSwept
  /** What a diagnosis finds in the cluster, or why it cannot be reached. */
  checks(subject: Omit<Subject, 'installation'>, fqdn: string | undefined): Promise<readonly DiagnosticCheck[] | Problem>
  /** What of `kinds` the app may not do in a namespace, or why the cluster cannot be reached. Throws `Failure`. */
  rights(
    cluster: Loop<'cluster'>,
    fqdn: string | undefined,
    namespace: string,
    kinds: readonly KindName[],
  ): Promise<NamespaceRights | Problem>
  close(): Promise<void>
}

export type ClusterAccessOptions = {
  /** A kubeconfig, as `listClusterUserCredential` gives it; throws `Failure`. */
  readonly kubeconfig: (clusterId: string) => Promise<Secret<string>>
  readonly credential: TokenCredential
  readonly installation: string
  readonly proxy?: ProxyEnvironment
  readonly now: () => number
  readonly onCall?: ClientOptions['onCall']
}

/** A certificate authority may be rotated; a broken connection fetches it again at once. */
const cachedForMs = 6 * 60 * 60_000

export function createClusterAccess({
  kubeconfig,
  credential,
  installation,
  proxy = {},
  now: clock,
  onCall,
}: ClusterAccessOptions): ClusterAccess {
  const now = steady(clock)
  type Cached = { readonly fqdn: string | undefined; readonly until: number; readonly client: ClusterClient }
  const cached = new Map<Key, Cached>()
  const credentials = oneForAll(kubeconfig, now)

  const forget = (key: Key, row: Cached | undefined): void => {
    if (!row || cached.get(key) !== row) return
    cached.delete(key)
    void row.client.close() // answers in progress still come
  }

  async function client(cluster: Loop<'cluster'>, fqdn: string | undefined, failsIfPassing = false): Promise<ClusterClient | Problem> {
    for (const [key, row] of cached) if (row.until <= now()) forget(key, row)
    const known = cached.get(cluster.key)
    if (known && known.fqdn === fqdn) return known.client
    forget(cluster.key, known)
    try {
      const server = serverOf(await credentials(cluster.id), cluster, fqdn)
      if ('code' in server) return problemOf(server)
      const meanwhile = cached.get(cluster.key)
      if (meanwhile && meanwhile.fqdn === fqdn) return meanwhile.client
      const row: Cached = {
        fqdn,
        until: now() + cachedForMs,
        client: clusterClient({ server, credential, proxy, onBroken: () => forget(cluster.key, row), ...(onCall ? { onCall } : {}) }),
      }
      cached.set(cluster.key, row)
      return row.client
    } catch (error) {
      if (failsIfPassing && error instanceof Failure && !closed(error)) throw error
      return problemOfError(error, `get the credentials of ${cluster.id}`)
    }
  }

  return {
    async transport(cluster, fqdn): Promise<Transport | Problem> {
      // A step retries what passes as its class says; it would wait minutes for a problem.
      const found = await client(cluster, fqdn, true)
      return 'core' in found ? directTransport(found, cluster, installation) : found
    },
    async swept(cluster, fqdn) {
      const found = await client(cluster, fqdn)
      return 'core' in found ? sweptCluster(found, cluster, installation) : found
    },
    async checks(subject, fqdn) {
      const found = await client(subject.cluster, fqdn)
      return 'core' in found ? checksIn(found, { ...subject, installation }) : found
    },
    async rights(cluster, fqdn, namespace, kinds) {
      const found = await client(cluster, fqdn)
      return 'core' in found ? rightsIn(found, cluster, namespace, kinds) : found
    },
    async close() {
      for (const [key, row] of [...cached]) {
        cached.delete(key)
        await row.client.close()
      }
    },
  }
}

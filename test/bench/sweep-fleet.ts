// What a run of the sweep over a fleet costs: requests to each cluster, and the most memory that is alive at once. A process of its own, so that nothing
// else counts: `node test/bench/sweep-fleet.ts <clusters>` prints one line of JSON. Clusters and table are made up as they are asked for and keep nothing:
// each cluster has 10 connections with a Secret each, 400 other Secrets, 300 Pods, and one leftover that a Deployment uses.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Json } from '../../src/errors/answer.ts'
import type { ClusterClient } from '../../src/kubernetes/client.ts'
import { sweptCluster } from '../../src/kubernetes/swept-cluster.ts'
import { linkerId } from '../../src/model/connection.ts'
import { keyOf, type Loop, loop } from '../../src/model/loop.ts'
import { kubernetesAnnotations, kubernetesMarks } from '../../src/model/names.ts'
import type { Entity } from '../../src/store/entity.ts'
import { loopEntity, memberEntity, stepEntity } from '../../src/store/rows.ts'
import { openStore } from '../../src/store/store.ts'
import type { Table } from '../../src/store/table.ts'
import { runSweep } from '../../src/sweep/run.ts'
import { emptyArm, emptyAzure, installation } from '../functions/test-services.ts'
import { aConnection } from '../model/a-connection.ts'
import { aRecord } from '../model/a-record.ts'

const each = 10
const now = Date.UTC(2026, 10, 27, 12)
const clusters = Number(process.argv[2] ?? 100)
setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc') as () => void

const clusterAt = (at: number): Loop<'cluster'> =>
  loop(
    'cluster',
    `/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/c${at}`,
  )
const indexOf = new Map(Array.from({ length: clusters }, (_, at) => [clusterAt(at).key as string, at]))
const connectionAt = (at: number, of: number) => {
  const cluster = clusterAt(at)
  return { ...aConnection({ name: `n${of}`, cluster, key: keyOf(linkerId(cluster.id, `n${of}`)) }), generation: 1 }
}

const row = (of: Loop) => ({ loop: of, createdAt: now, dueAt: now, auditAt: now, resync: 0, removing: false })
const clusterRow = (at: number): Entity => ({ ...loopEntity(row(clusterAt(at))), etag: '1' })
const connectionRow = (at: number, of: number): Entity => {
  const self = connectionAt(at, of)
  return { ...loopEntity({ ...row({ kind: 'connection', key: self.key, id: linkerId(self.cluster.id, self.name) }), self }), etag: '1' }
}

/** Only what the sweep asks, made up again each time. */
const table: Table = {
  get: async () => undefined,
  async *query(filter) {
    const [, partition] = /PartitionKey eq 'cluster-([a-z2-7]{26})'/.exec(filter) ?? []
    const at = indexOf.get(partition ?? '')
    if (filter.includes("kind eq 'cluster'")) for (let one = 0; one < clusters; one++) yield clusterRow(one)
    if (filter.includes("kind eq 'connection'"))
      for (let one = 0; one < clusters; one++) for (let of = 0; of < each; of++) yield connectionRow(one, of)
    if (at === undefined) return
    const facts = { uid: `u${at}`, fqdn: `c${at}.hcp.westeurope.azmk8s.io`, running: true }
    yield clusterRow(at)
    yield { ...stepEntity(clusterAt(at), { step: 'read-cluster', ...aRecord({ facts }) }), etag: '1' }
    for (let of = 0; of < each; of++) yield { ...memberEntity(clusterAt(at), { connection: connectionAt(at, of) }), etag: '1' }
  },
  write: async (writes) => new Map(writes.map((write) => ['put' in write ? write.put.rowKey : '', '1'])),
  remove: async () => 'removed',
}

const metadata = (namespace: string, name: string, more: object = {}): Json => ({
  metadata: { namespace, name, uid: `u-${name}`, resourceVersion: '1', ...more },
})
const owned = (at: number, name: string): Json => {
  const id = linkerId(clusterAt(at).id, name)
  const marks = { 'f:metadata': { 'f:labels': { 'f:service-connector/installation': {} } } }
  const managedFields = [{ manager: 'aks-service-connector', operation: 'Apply', fieldsV1: marks }]
  return metadata('shop', `sc-${name}-secret`, {
    labels: kubernetesMarks(installation.name, keyOf(id)),
    annotations: { [kubernetesAnnotations.connection]: id },
    managedFields,
  })
}
const pod = (name: string): Json => ({
  ...metadata('shop', name),
  spec: {
    containers: Array.from({ length: 3 }, () => ({
      name: 'c',
      image: 'i',
      env: Array.from({ length: 30 }, (_, n) => ({ name: `E${n}`, value: 'x'.repeat(80) })),
    })),
  },
})
const answers = (at: number, path: string, isOwn: boolean): readonly Json[] => {
  const names = (count: number): readonly string[] => Array.from({ length: count }, (_, n) => `o${n}`)
  if (path.endsWith('/secrets'))
    return [
      ...['gone', ...names(each).map((_, of) => `n${of}`)].map((name) => owned(at, name)),
      ...(isOwn ? [] : names(400).map((name) => metadata('shop', name))),
    ]
  if (path.endsWith('/pods')) return names(300).map(pod)
  if (!path.endsWith('/deployments')) return []
  const spec = { template: { spec: { containers: [{ envFrom: [{ secretRef: { name: 'sc-gone-secret' } }] }] } } }
  return [{ ...metadata('shop', 'web'), spec }]
}

const keda = ['triggerauthentications', 'clustertriggerauthentications', 'scaledjobs'].map((name) => ({ name }))
const calls = new Uint16Array(clusters)
let twice = 0
let peak = 0
let seen = 0
function askOf(at: number): ClusterClient['ask'] {
  const own = new Map<string, number>()
  return async (method, path, options) => {
    const times = (own.get(`${method} ${path}`) ?? 0) + 1
    own.set(`${method} ${path}`, times)
    twice = Math.max(twice, times)
    calls[at] = (calls[at] ?? 0) + 1
    if (path === '/apis') return { kind: 'APIGroupList', groups: [{ name: 'keda.sh', preferredVersion: { version: 'v1alpha1' } }] }
    if (path === '/apis/keda.sh/v1alpha1') return { kind: 'APIResourceList', resources: keda }
    const items = answers(at, path, options?.query?.['labelSelector'] !== undefined)
    // As many looks at the memory whatever the size of the fleet: the highest of more would be higher.
    if (++seen % Math.max(1, Math.round(clusters / 5)) === 0) {
      gc()
      peak = Math.max(peak, process.memoryUsage().heapUsed)
    }
    return { kind: 'List', metadata: {}, items }
  }
}

const owners = new Map<string, string>()
const report = await runSweep({
  look: 'everything',
  requested: new Map(),
  store: openStore(table, installation, () => now),
  listed: (list, digests) => {
    for (const [owner, digest] of digests) owners.set(owner, `${list} ${digest}`)
  },
  changed: () => {},
  sweeping: {
    openByCommand: async ({ id }) => {
      throw new Error(`No command is sent to ${id}`)
    },
    open: async (cluster) => {
      const at = indexOf.get(cluster.key) ?? 0
      return {
        ...sweptCluster({ ask: askOf(at) } as ClusterClient, cluster, installation.name),
        hasNamespace: async () => false,
      }
    },
    arm: emptyArm,
    azure: emptyAzure,
    installation: installation.name,
    settings: { mode: 'own', graceMs: 1, most: 100, share: 0.25 },
    isSystem: () => false,
    goneAfterMs: 1,
    now: () => now,
  },
})
gc()
peak = Math.max(peak, process.memoryUsage().heapUsed)
process.stdout.write(
  `${JSON.stringify({ clusters, used: report?.verdicts.used, skipped: report?.skippedCount, callsPerCluster: Math.max(...calls), mostOfOneKind: twice, peakMb: Math.round(peak / 1024 / 102.4) / 10 })}\n`,
)

import { describe, expect, it } from 'vitest'
import { problemOf } from '../../../src/errors/catalogue.ts'
import { writeServiceAccounts } from '../../../src/steps/identity/write-service-accounts.ts'
import {
  connection as aConnection,
  account,
  attempted,
  clientId,
  clusterFacts,
  fakeCluster,
  first,
  following,
  identityFacts,
  installation,
  mall,
  portsOf,
  refusal,
  shop,
  tracked,
  viewOf,
  worker,
} from '../builders.ts'

/** Only an identity that its members provided serves several places. */
const connection = (of: Parameters<typeof aConnection>[0] = {}) => aConnection({ provided: true, ...of })
const inMall = connection({ cluster: mall, provided: true })
const mail = connection({ name: 'mail', namespace: 'mail' })
const shopFacts = clusterFacts()
const mallFacts = clusterFacts({ uid: 'uid-mall', fqdn: 'mall.hcp.westeurope.azmk8s.io' })
const view = (given: Partial<Parameters<typeof viewOf<'identity'>>[1]> = {}) =>
  viewOf(worker, {
    members: [connection()],
    facts: identityFacts(),
    others: [
      [shop, shopFacts],
      [mall, mallFacts],
    ],
    ...given,
  })
const into = (cluster: ReturnType<typeof fakeCluster>) => portsOf({ kubernetes: async () => cluster })
const id = (key = shop.key, namespace = 'orders'): string => `${key}/${namespace}/ServiceAccount/${account}`
const object = first(writeServiceAccounts.desired(view()).objects)

it('is news for the members in that namespace of that cluster only', () => {
  const fact = (of: typeof mail) => `${of.cluster.key}/${of.namespace}`
  const told = (before: readonly string[], after: readonly string[]) =>
    [connection(), mail, inMall].filter((member) =>
      writeServiceAccounts.concerns?.(member, { serviceAccounts: before }, { serviceAccounts: after }, view()),
    )
  expect(told([], [fact(mail)])).toEqual([mail])
  expect(told([fact(mail), fact(inMall)], [fact(mail)])).toEqual([inMall])
})

describe('write-service-accounts', () => {
  it('writes one for each cluster and namespace, annotated for the workload identity webhook', async () => {
    const cluster = fakeCluster()
    const run = await attempted(
      writeServiceAccounts,
      view({ members: [connection(), connection({ name: 'other' }), mail, inMall] }),
      into(cluster),
    )
    expect([...cluster.contents.keys()].sort()).toEqual([id(), id(shop.key, 'mail'), id(mall.key)].sort())
    expect(cluster.contents.get(id())).toMatchObject({
      kind: 'ServiceAccount',
      annotations: { 'azure.workload.identity/client-id': clientId, 'azure.workload.identity/tenant-id': installation.tenant },
    })
    expect(run.facts).toEqual({ serviceAccounts: [`${shop.key}/mail`, `${shop.key}/orders`, `${mall.key}/orders`].sort() })
  })

  it('by the extension, is handed over as soon as that accepts requests, and says where it never will', () => {
    const desired = (facts: object) =>
      writeServiceAccounts.desired(view({ members: [connection({ transport: 'extension' })], others: [[shop, clusterFacts(facts)]] }))
    expect(desired({ extension: 'ready' }).objects).toHaveLength(1)
    expect(desired({})).toMatchObject({ objects: [], waiting: [{ text: expect.stringContaining('the extension') }] })
    expect(desired({ criticalOnly: true })).toMatchObject({ objects: [], faults: [{ code: 'ExtensionNotSchedulable' }] })
  })

  it('removes it after the last member of the namespace', async () => {
    const cluster = fakeCluster()
    const both = view({ members: [connection(), connection({ name: 'other' })] })
    const made = await attempted(writeServiceAccounts, both, into(cluster))
    const one = following(writeServiceAccounts, both, made, { members: [connection()] })
    await attempted(writeServiceAccounts, one, into(cluster))
    expect(cluster.contents.size).toBe(1)
    const none = await attempted(writeServiceAccounts, { ...one, members: [] }, into(cluster))
    expect(cluster.contents.size).toBe(0)
    expect(none.facts).toEqual({ serviceAccounts: undefined })
  })

  it('does not knock at a stopped cluster, serves the others, and believes what it saw there before', async () => {
    const cluster = fakeCluster()
    const stopped = view({
      members: [connection(), inMall],
      facts: identityFacts({ serviceAccounts: [`${shop.key}/orders`] }),
      others: [
        [shop, clusterFacts({ running: false })],
        [mall, mallFacts],
      ],
    })
    const run = await attempted(writeServiceAccounts, stopped, into(cluster))
    expect(run.unknown).toMatchObject([{ code: 'ClusterStopped', of: connection().key }])
    expect([...cluster.contents.keys()]).toEqual([id(mall.key)])
    expect(run.facts).toEqual({ serviceAccounts: [`${shop.key}/orders`, `${mall.key}/orders`].sort() })
  })

  it('leaves behind what it cannot reach', async () => {
    const stopped = view({
      members: [],
      others: [[shop, clusterFacts({ running: false })]],
      tracked: { 'write-service-accounts': [tracked(object)] },
    })
    const run = await attempted(writeServiceAccounts, stopped, into(fakeCluster()))
    expect(run.tracked).toMatchObject([{ ownership: 'orphaned' }])
    expect(run.pendingDeletes).toEqual([])
  })

  it('forgets what was in a cluster that is gone, or that was made again', async () => {
    const cluster = fakeCluster()
    await attempted(writeServiceAccounts, view(), into(cluster))
    cluster.calls.length = 0
    for (const facts of [clusterFacts({ gone: true }), clusterFacts({ uid: 'uid-of-another' })]) {
      const leaving = view({ members: [], others: [[shop, facts]], tracked: { 'write-service-accounts': [tracked(object)] } })
      expect((await attempted(writeServiceAccounts, leaving, into(cluster))).tracked).toEqual([])
    }
    expect(cluster.calls).toEqual([])
  })

  it('writes it again into a recreated cluster', async () => {
    const cluster = fakeCluster()
    const anew = view({
      others: [[shop, clusterFacts({ uid: 'uid-of-another' })]],
      tracked: { 'write-service-accounts': [tracked(object)] },
    })
    const run = await attempted(writeServiceAccounts, anew, into(cluster))
    expect(cluster.contents.has(id())).toBe(true)
    expect(run.tracked).toMatchObject([{ object: { clusterUid: 'uid-of-another' } }])
  })

  it('waits for a person to make the namespace, and serves the others', async () => {
    const cluster = fakeCluster(['mail'])
    const { waits } = await attempted(writeServiceAccounts, view({ members: [connection(), mail] }), into(cluster))
    expect(waits).toMatchObject([{ manual: true, member: connection().key, of: [shop], text: expect.stringContaining('namespace orders') }])
    expect([...cluster.contents.keys()]).toEqual([id(shop.key, 'mail')])
  })

  it('says why a cluster cannot be reached, and serves the others', async () => {
    const cluster = fakeCluster()
    const problem = problemOf({ code: 'KubernetesUnreachable', about: { cluster: 'shop', message: 'private' } })
    const ports = portsOf({ kubernetes: async ({ key }) => (key === shop.key ? problem : cluster) })
    const run = await attempted(writeServiceAccounts, view({ members: [connection(), inMall] }), ports)
    expect(run.unknown).toMatchObject([{ code: 'KubernetesUnreachable', of: connection().key }])
    expect([...cluster.contents.keys()]).toEqual([id(mall.key)])
  })

  it('lets a cluster that breaks off break off alone', async () => {
    const [broken, cluster] = [fakeCluster(), fakeCluster()]
    broken.observe = async () => {
      throw refusal({ class: 'transient', code: 'NoAnswer' })
    }
    const ports = portsOf({ kubernetes: async ({ key }) => (key === shop.key ? broken : cluster) })
    const both = await attempted(writeServiceAccounts, view({ members: [connection(), inMall] }), ports)
    expect(both.unknown).toMatchObject([{ code: 'NoAnswer' }])
    expect([...cluster.contents.keys()]).toEqual([id(mall.key)])
    const alone = await attempted(writeServiceAccounts, view(), ports)
    expect(alone.failure?.fields.class).toBe('transient')
  })

  it('replaces it when the identity was recreated and is another principal now', async () => {
    const cluster = fakeCluster()
    const before = view()
    const made = await attempted(writeServiceAccounts, before, into(cluster))
    const other = 'cccccccc-0000-0000-0000-000000000002'
    await attempted(
      writeServiceAccounts,
      following(writeServiceAccounts, before, made, { facts: identityFacts({ clientId: other }) }),
      into(cluster),
    )
    expect([...cluster.contents.values()].map(({ name }) => name)).toEqual([`sc-account-${other}`])
  })

  it('waits for the identity, and for the cluster', () => {
    expect(writeServiceAccounts.desired(view({ facts: {} }))).toMatchObject({
      incomplete: true,
      waiting: [{ text: expect.stringContaining('identity worker') }],
    })
    expect(writeServiceAccounts.desired(view({ others: [] }))).toMatchObject({
      incomplete: true,
      waiting: [{ text: expect.stringContaining('cluster shop') }],
    })
  })
})

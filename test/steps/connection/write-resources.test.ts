import { describe, expect, it } from 'vitest'
import { addonIdentityLoop } from '../../../src/model/addon-identity.ts'
import type { Connection } from '../../../src/model/connection.ts'
import type { ClusterFacts, ConnectionFacts, IdentityFacts, TargetFacts } from '../../../src/model/facts.ts'
import { grantFact } from '../../../src/model/grant-fact.ts'
import type { LedgerEntry } from '../../../src/model/managed-object.ts'
import { secret } from '../../../src/model/secret.ts'
import { writeResources } from '../../../src/steps/connection/write-resources.ts'
import {
  account,
  attempted,
  clientId,
  clusterFacts,
  connection,
  contributor,
  fakeArm,
  fakeCluster,
  first,
  identityFacts,
  loopOf,
  now,
  portsOf,
  shop,
  stdata,
  subject,
  targetFacts,
  tracked,
  viewOf,
  worker,
} from '../builders.ts'

type Given = {
  readonly self?: Partial<Connection>
  readonly consent?: ConnectionFacts['consent'] | undefined
  readonly cluster?: Partial<ClusterFacts>
  readonly target?: Partial<TargetFacts>
  readonly identity?: Partial<IdentityFacts>
  readonly removing?: boolean
  readonly tracked?: readonly LedgerEntry[]
}
const ready = {
  credentials: [`https://issuer/shop/|${subject()}`],
  serviceAccounts: [`${shop.key}/orders`],
  roles: [grantFact(contributor, stdata.id)],
}
function view(given: Given = {}) {
  const self = connection(given.self)
  const consent = 'consent' in given ? given.consent : 'granted'
  return viewOf(loopOf(self), {
    self,
    removing: given.removing ?? false,
    facts: consent === undefined ? {} : { consent },
    others: [
      [shop, clusterFacts(given.cluster)],
      [stdata, targetFacts(given.target)],
      [worker, identityFacts({ ...ready, ...given.identity })],
    ],
    tracked: { 'write-resources': given.tracked ?? [] },
  })
}
const id = `${shop.key}/orders/Secret/sc-data-secret`
const object = first(writeResources.desired(view()).objects)
const texts = (given: Given) => writeResources.desired(view(given)).waiting?.map(({ text }) => text)

async function written(given: Given, arm = fakeArm(), cluster = fakeCluster()) {
  const run = await attempted(writeResources, view(given), portsOf({ arm, kubernetes: async () => cluster }))
  return { run, arm, cluster, data: cluster.contents.get(id)?.data?.reveal() }
}

describe('write-resources', () => {
  it('lets an object leave a transport that would write it again, before it goes otherwise', async () => {
    const [byFlux, byCommand] = [tracked({ ...object, transport: 'flux' }), tracked({ ...object, transport: 'run-command' })]
    const given = { self: { transport: 'direct' }, tracked: [byFlux] } as const
    expect(writeResources.desired(view(given)).objects).toEqual([])
    const cluster = fakeCluster()
    const asked: unknown[] = []
    const ports = portsOf({
      kubernetes: async (_cluster, _fqdn, through) => {
        asked.push(through)
        return cluster
      },
    })
    const left = await attempted(writeResources, view(given), ports)
    expect(new Set(asked)).toEqual(new Set(['flux']))
    expect(left.tracked).toEqual([])
    const after = writeResources.desired(view({ ...given, tracked: left.tracked }))
    expect(after.objects).toMatchObject([{ id }])
    expect(writeResources.desired(view({ ...given, tracked: [byCommand] })).objects).toMatchObject([{ id }])
  })

  it('waits, with the identity of an add-on, for the add-on and the role, and writes no name of a ServiceAccount', async () => {
    const identity = addonIdentityLoop('azureKeyvaultSecretsProvider', shop)
    const self = connection({ auth: 'csi', identity, provided: true, roles: [contributor] })
    const at = (addons: ClusterFacts['addons'], facts: Partial<IdentityFacts>) =>
      viewOf(loopOf(self), {
        self,
        facts: { consent: 'granted' },
        others: [
          [shop, clusterFacts(addons ? { addons } : {})],
          [stdata, targetFacts()],
          [identity, facts],
        ],
      })
    const needs = (view: ReturnType<typeof at>) => writeResources.desired(view).waiting?.map(({ text }) => text)
    expect(needs(at(undefined, {}))).toEqual([
      'waiting until the Key Vault add-on is enabled on cluster shop',
      'waiting until identity azureKeyvaultSecretsProvider of shop is there',
    ])
    const on = { azureKeyvaultSecretsProvider: { clientId, principalId: clientId } }
    expect(needs(at(on, identityFacts()))).toEqual([
      'waiting until identity azureKeyvaultSecretsProvider of shop has the role Storage Blob Data Contributor on stdata',
    ])
    expect(writeResources.desired(at(on, identityFacts({ roles: ready.roles }))).objects).toHaveLength(1)
  })

  it('writes the Secret of a secretless connection with the keys of Azure Service Connector', async () => {
    const { run, arm, cluster, data } = await written({})
    expect(data).toEqual({
      AZURE_STORAGEBLOB_RESOURCEENDPOINT: 'https://stdata.blob.core.windows.net/',
      AZURE_STORAGEBLOB_CLIENTID: clientId,
    })
    expect(cluster.contents.get(id)?.annotations).toMatchObject({ 'reloader.stakater.com/match': 'true' })
    expect(run.facts).toEqual({ secretName: 'sc-data-secret', serviceAccount: account })
    expect(arm.calls).toEqual([])
  })

  it.each([
    ['workload-identity', { endpoint: 'https://stdata.azconfig.io', auth: { workloadIdentity: { serviceAccountName: account } } }, []],
    ['secret', { connectionStringReference: 'sc-data-secret' }, ['azure_app_configuration_connection_string']],
  ] as const)('writes what the provider of App Configuration reads, once it is there: %s', async (auth, signIn, more) => {
    const providerId = `${shop.key}/orders/AzureAppConfigurationProvider/sc-data-appconfigprovider`
    const asking = { type: 'appconfig', auth, kubernetesExtension: true } as const
    const target = { services: { appconfig: { endpoint: 'https://stdata.azconfig.io' } } }
    const missing = 'waiting until the Kubernetes provider of App Configuration is installed and well on cluster shop'
    for (const cluster of [{}, { appConfiguration: 'unwell' as const }]) expect(texts({ self: asking, target, cluster })).toEqual([missing])
    const arm = fakeArm()
    arm.secret = async () => secret('Endpoint=https://stdata.azconfig.io;Id=i;Secret=s')
    const cluster = { appConfiguration: 'ready' as const }
    const { run, cluster: fake, data } = await written({ self: asking, target, cluster }, arm)
    expect(fake.contents.get(providerId)?.spec).toEqual({ ...signIn, target: { configMapName: 'sc-data-configmap' } })
    expect(Object.keys(data ?? {}).filter((key) => key.startsWith('azure_'))).toEqual(more)
    expect(run.facts).toMatchObject({ configMap: 'sc-data-configmap' })
    await written({ self: { type: 'appconfig', auth }, target, cluster, tracked: run.tracked }, arm, fake)
    expect([...fake.contents.keys()]).toEqual([id])
  })

  it('writes a class beside the Secret for objects that pods mount, once the add-on is there, and takes it back when none are asked for', async () => {
    const classId = `${shop.key}/orders/SecretProviderClass/sc-data-secretprovider`
    const mounting = { type: 'keyvault', vaultObjects: [{ objectName: 'a', objectType: 'secret' }] } as const
    const target = { services: { keyvault: { endpoint: 'https://stdata.vault.azure.net/' } } }
    const cluster = { addons: { azureKeyvaultSecretsProvider: { clientId: 'of the add-on', principalId: 'p' } } }
    expect(texts({ self: mounting, target })).toEqual(['waiting until the Key Vault add-on is enabled on cluster shop'])
    const { run, cluster: fake } = await written({ self: mounting, target, cluster })
    expect(fake.contents.get(classId)).toMatchObject({
      spec: { provider: 'azure', parameters: { clientID: clientId, keyvaultName: 'stdata' } },
      annotations: { 'service-connector/connection': expect.stringContaining('/linkers/data') },
    })
    expect(run.facts).toMatchObject({ secretName: 'sc-data-secret', secretProviderClass: 'sc-data-secretprovider' })
    await written({ self: { type: 'keyvault' }, target, cluster, tracked: run.tracked }, fakeArm(), fake)
    expect([...fake.contents.keys()]).toEqual([id])
  })

  it('writes a connection string made of the key, which shows nowhere', async () => {
    const { run, data } = await written({ self: { auth: 'secret' } })
    expect(data?.['AZURE_STORAGEBLOB_CONNECTIONSTRING']).toContain('AccountKey=key-1;')
    expect(JSON.stringify(run)).not.toContain('key-1;')
    expect(run.facts).toEqual({ secretName: 'sc-data-secret', serviceAccount: undefined })
  })

  it('uses the keys that the connection asks for', async () => {
    const customizedKeys = { AZURE_STORAGEBLOB_CONNECTIONSTRING: 'BLOBS' }
    const { data } = await written({ self: { auth: 'secret', customizedKeys } })
    expect(Object.keys(data ?? {})).toEqual(['BLOBS'])
  })

  it('writes the connection into the names of its keys, and what the author adds as it is', async () => {
    const additionalConfigurations = { BLOB_CONTAINER: 'photos' }
    const { data } = await written({ self: { auth: 'secret', keyNaming: 'perConnection', additionalConfigurations } })
    expect(Object.keys(data ?? {})).toEqual(['AZURE_STORAGEBLOB_DATA_CONNECTIONSTRING', 'BLOB_CONTAINER'])
    expect(data?.['BLOB_CONTAINER']).toBe('photos')
  })

  it('adds to the end of a connection string what its author wants there', async () => {
    const { data } = await written({ self: { auth: 'secret', additionalConnectionStringProperties: { Timeout: '30' } } })
    expect(data?.['AZURE_STORAGEBLOB_CONNECTIONSTRING']).toMatch(/^Default.*AccountKey=key-1;EndpointSuffix=core\.windows\.net;Timeout=30$/)
  })

  it('writes again what another writer changed, and when a key was rotated', async () => {
    const arm = fakeArm()
    const { cluster } = await written({ self: { auth: 'secret' } }, arm)
    arm.keys = { key1: 'key-2' }
    const { run, data } = await written({ self: { auth: 'secret' }, tracked: [tracked(object)] }, arm, cluster)
    expect(data?.['AZURE_STORAGEBLOB_CONNECTIONSTRING']).toContain('AccountKey=key-2;')
    expect(run.changed).toEqual(['updated Secret sc-data-secret in namespace orders of cluster shop'])
  })

  it('is due when a key was rotated, though it desires the same object', () => {
    const [before, after] = [view({ target: { keyVersion: 'keys-1' } }), view({ target: { keyVersion: 'keys-2' } })]
    expect(writeResources.desired(before)).toEqual(writeResources.desired(after))
    expect(writeResources.inputs?.(before)).not.toEqual(writeResources.inputs?.(after))
  })

  it.each<readonly [string, Given, string]>([
    ['the target has been read', { target: { services: {} } }, 'waiting until stdata has been read'],
    ['the target is there again', { target: { gone: true } }, 'waiting until stdata is there again'],
    [
      'the firewall lets the cluster in',
      { target: { network: 'rules', allowedIps: ['1.1.1.1'] } },
      'waiting until the firewall of stdata lets in 20.1.2.3 of cluster shop',
    ],
    [
      'the addresses of the cluster are known',
      { target: { network: 'rules' }, cluster: { egressIps: undefined as never } },
      'waiting until the outbound addresses of cluster shop are known',
    ],
    ['the target has a public network', { target: { network: 'closed' } }, 'waiting until stdata allows public network access'],
    [
      'another way leads to a target in the same region',
      { target: { network: 'rules', location: 'westeurope', allowedIps: ['20.1.2.3'] } },
      'waiting until a virtual network rule of stdata lets in the subnets of cluster shop',
    ],
    ['the identity is there', { identity: { clientId: undefined as never } }, 'waiting until identity worker is there'],
    [
      'the identity trusts the cluster',
      { identity: { credentials: [] } },
      'waiting until identity worker trusts the ServiceAccount in namespace orders of cluster shop',
    ],
    [
      'the ServiceAccount is there',
      { identity: { serviceAccounts: [] } },
      `waiting until ServiceAccount ${account} is in namespace orders of cluster shop`,
    ],
    [
      'the identity has its role',
      { identity: { roles: [] } },
      'waiting until identity worker has the role Storage Blob Data Contributor on stdata',
    ],
    [
      'the cluster knows workload identity',
      { cluster: { workloadIdentity: false } },
      'waiting until workload identity is enabled on cluster shop',
    ],
  ])('waits until %s, and keeps a Secret that is there', async (_, given, text) => {
    expect(texts(given)).toEqual([text])
    const cluster = fakeCluster()
    await written({}, fakeArm(), cluster)
    const { run } = await written({ ...given, tracked: [tracked(object)] }, fakeArm(), cluster)
    expect(run.tracked).toHaveLength(1)
    expect(cluster.contents.size).toBe(1)
    expect((await written(given)).cluster.contents.size).toBe(0)
  })

  it('is ready where a wider rule lets the cluster in, where the firewall is kept, and without any role', () => {
    expect(texts({ target: { network: 'rules', allowedIps: ['20.1.0.0/16'] } })).toBeUndefined()
    expect(texts({ target: { network: 'closed' }, self: { firewall: 'keep' } })).toBeUndefined()
    expect(texts({ self: { roles: [] }, identity: { roles: [] } })).toBeUndefined()
  })

  it('needs no identity for a connection string', () => {
    const given: Given = { self: { auth: 'secret' }, cluster: { workloadIdentity: false } }
    expect(writeResources.desired(view(given)).objects).toHaveLength(1)
  })

  it('says that the target does not accept keys, and asks for none', async () => {
    const { run, arm, cluster } = await written({ self: { auth: 'secret' }, target: { localAuth: false } })
    expect(run.problems).toMatchObject([{ code: 'SharedKeyDisabled', text: 'The target stdata does not accept keys.' }])
    expect(arm.calls).toEqual([])
    expect(cluster.calls).toEqual([])
  })

  it('says that a vault ignores the roles that it needs, but not of one that needs none', async () => {
    const { run, cluster } = await written({ target: { ignoresRoles: true } })
    expect(run.problems).toMatchObject([{ code: 'AccessPoliciesOnly', remediation: expect.stringContaining('role=none') }])
    expect(cluster.calls).toEqual([])
    const byPolicy = { roles: ['vaultAccessPolicy:reader'] }
    for (const self of [{ roles: [] }, byPolicy]) expect((await written({ self, target: { ignoresRoles: true } })).run.problems).toEqual([])
    expect((await written({ self: byPolicy })).run.problems).toMatchObject([{ code: 'AzureRolesOnly' }])
  })

  it('says that the target accepts no tokens, and writes nothing', async () => {
    const { run } = await written({ target: { tokenAuth: false } })
    expect(run.problems).toMatchObject([{ code: 'TokensNotAccepted', text: 'The target stdata does not accept tokens of Entra ID.' }])
  })

  it('writes nothing before and without consent', async () => {
    for (const consent of ['refused', undefined] as const) expect((await written({ consent })).cluster.calls).toEqual([])
  })

  it('keeps the Secret while withdrawn consent is in its grace time, and removes it after', async () => {
    const self = { auth: 'secret' as const }
    const arm = fakeArm()
    const { cluster } = await written({ self }, arm)
    arm.calls.length = 0
    await written({ self, consent: 'withdrawn', tracked: [tracked(object)] }, arm, cluster)
    expect(cluster.contents.size).toBe(1)
    expect(arm.calls).toEqual([])
    await written({ self, consent: 'refused', tracked: [tracked(object)] }, arm, cluster)
    expect(cluster.contents.size).toBe(0)
  })

  it('removes the Secret with the connection, without asking for any key', async () => {
    const arm = fakeArm()
    const { cluster } = await written({ self: { auth: 'secret' } }, arm)
    arm.calls.length = 0
    const { run } = await written({ self: { auth: 'secret' }, removing: true, tracked: [tracked(object)] }, arm, cluster)
    expect(cluster.contents.size).toBe(0)
    expect(arm.calls).toEqual([])
    expect(run.facts).toEqual({ secretName: undefined, serviceAccount: undefined })
  })

  it('leaves the Secret of a stopped cluster behind, and forgets that of a cluster that is gone', async () => {
    const stopped = await written({ removing: true, cluster: { running: false }, tracked: [tracked(object)] })
    expect(stopped.run.tracked).toMatchObject([{ ownership: 'orphaned' }])
    const gone = await written({ cluster: { gone: true }, tracked: [tracked(object)] })
    expect(gone.run.tracked).toEqual([])
  })

  it('in report says how to write it, but for the values', async () => {
    const run = await attempted(writeResources, view(), portsOf(), { mode: 'report' })
    expect(run.report?.commands?.cli).toContain('kubectl create secret generic sc-data-secret --namespace orders')
  })
})

describe('a ServiceAccount that gets another name', () => {
  const observe = async (facts: ConnectionFacts, at = now) => {
    const before = view({ tracked: [tracked(object)] })
    const observed = await attempted(writeResources, { ...before, now: at, facts: { ...before.facts, ...facts } }, await afterWriting())
    return { codes: observed.problems.map(({ code }) => code), facts: observed.facts as Partial<ConnectionFacts> }
  }
  const afterWriting = async () => {
    const cluster = fakeCluster()
    const ports = portsOf({ arm: fakeArm(), kubernetes: async () => cluster })
    await attempted(writeResources, view(), ports)
    return ports
  }
  const former = 'sc-account-former'

  it('is told with both names', async () => {
    const { codes, facts } = await observe({ consent: 'granted', serviceAccount: former })
    expect(codes).toEqual(['ServiceAccountRenamed'])
    expect(facts.formerAccount).toEqual({ name: former, at: now })
  })

  it('is told for a week', async () => {
    const facts: ConnectionFacts = { consent: 'granted', serviceAccount: account, formerAccount: { name: former, at: now } }
    const week = 7 * 24 * 60 * 60_000
    expect([(await observe(facts, now + week - 1)).codes, (await observe(facts, now + week)).codes]).toEqual([
      ['ServiceAccountRenamed'],
      [],
    ])
  })

  it('is nothing to tell where it has the name that it had', async () => {
    expect((await observe({ consent: 'granted', serviceAccount: account })).codes).toEqual([])
  })
})

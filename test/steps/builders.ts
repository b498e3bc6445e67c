// Builders with good defaults, and small fakes of the ports. Steps run through the real carry-out, so ownership is decided by the real plan.

import type { AnyStep, Mode } from '../../src/contract/digest.ts'
import { carryOut } from '../../src/engine/carry-out.ts'
import type { Run } from '../../src/engine/observe.ts'
import { Failure, type FailureFields } from '../../src/errors/failure.ts'
import type { Connection, Stage } from '../../src/model/connection.ts'
import { linkerId } from '../../src/model/connection.ts'
import type { ClusterFacts, Facts, IdentityFacts, TargetFacts } from '../../src/model/facts.ts'
import { factsFor } from '../../src/model/facts-for.ts'
import { instanceOf, type Loop, type LoopKind, loop } from '../../src/model/loop.ts'
import type { LedgerEntry, ManagedObject } from '../../src/model/managed-object.ts'
import type { StepRow } from '../../src/model/outcome.ts'
import { secret } from '../../src/model/secret.ts'
import type { Installation, View } from '../../src/model/view.ts'
import type { Arm, Credential, Identities, Identity, Vault } from '../../src/ports/azure.ts'
import type { Databases } from '../../src/ports/databases.ts'
import type { KubernetesObject, ManagedKubernetesObject, Transport } from '../../src/ports/kubernetes.ts'
import type { Ports, Provenance } from '../../src/ports/ports.ts'
import type { NameHolder, Registry } from '../../src/ports/registry.ts'
import { storageBlob } from '../../src/targets/types/storage-blob.ts'
import { aConnection } from '../model/a-connection.ts'
import { allowAll } from '../model/allow-all.ts'

export const now = Date.UTC(2026, 10, 22, 9)
export const minutes = 60_000
export const installation: Installation = {
  name: 'test',
  tenant: '99999999-9999-9999-9999-999999999999',
  graceMs: 30 * minutes,
  massGraceMs: 24 * 60 * minutes,
  goneAfterMs: 10 * minutes,
  leavingMs: 60 * minutes,
}

export const group = '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/shop'
export const shop = loop('cluster', `${group}/providers/Microsoft.ContainerService/managedClusters/shop`)
export const mall = loop('cluster', `${group}/providers/Microsoft.ContainerService/managedClusters/mall`)
export const stdata = loop('target', `${group}/providers/Microsoft.Storage/storageAccounts/stdata`)
export const worker = loop('identity', `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/worker`)
export const contributor = storageBlob.grants.default[0]?.id ?? ''
export const reader = storageBlob.grants.allowed[0]?.id ?? ''

export function connection(of: Partial<Connection> = {}): Connection {
  const isSecretless = (of.auth ?? 'workload-identity') === 'workload-identity'
  const ours = { origin: 'tag', cluster: shop, target: stdata, namespace: 'orders', ...(isSecretless ? { identity: worker } : {}) } as const
  return { ...aConnection({ ...ours, ...of }), generation: of.generation ?? 1 }
}

export const loopOf = ({ key, cluster, name }: Connection): Loop<'connection'> => ({
  kind: 'connection',
  key,
  id: linkerId(cluster.id, name),
})

export const clusterFacts = (of: Partial<ClusterFacts> = {}): ClusterFacts => ({
  location: 'westeurope',
  uid: 'uid-shop',
  fqdn: 'shop.hcp.westeurope.azmk8s.io',
  running: true,
  state: 'Succeeded',
  busy: false,
  issuer: 'https://issuer/shop/',
  workloadIdentity: true,
  systemIdentities: [],
  outbound: { type: 'loadBalancer', ids: [`${group}/providers/Microsoft.Network/publicIPAddresses/out`.toLowerCase()] },
  egressIps: ['20.1.2.3'],
  tags: {},
  ...of,
})

export const targetFacts = (of: Partial<TargetFacts> = {}): TargetFacts => ({
  location: 'northeurope',
  services: { 'storage-blob': { endpoint: 'https://stdata.blob.core.windows.net/' } },
  network: 'open',
  localAuth: true,
  keyVersion: 'keys-1',
  ...of,
})

export const clientId = 'aaaaaaaa-0000-0000-0000-000000000001'
export const principalId = 'bbbbbbbb-0000-0000-0000-000000000001'
export const account = `sc-account-${clientId}`
export const subject = (namespace = 'orders'): string => `system:serviceaccount:${namespace}:${account}`
export const identityFacts = (of: Partial<IdentityFacts> = {}): IdentityFacts => ({
  clientId,
  principalId,
  tenant: installation.tenant,
  ...of,
})

type ViewOf<K extends LoopKind> = Partial<Omit<View<K>, 'of' | 'tracked'>> & {
  readonly others?: readonly (readonly [Loop, object])[]
  readonly tracked?: Readonly<Record<string, readonly LedgerEntry[]>>
}
export function viewOf<K extends LoopKind>(of: Loop<K>, { others = [], tracked = {}, ...rest }: ViewOf<K> = {}): View<K> {
  const facts = new Map(others.map(([other, known]) => [instanceOf(other), known]))
  return {
    loop: of,
    removing: false,
    members: [],
    readers: [],
    facts: {},
    // no more than the store would let it see
    of: <O extends LoopKind>(other: Loop<O>) => factsFor(of.kind, other.kind, { ...facts.get(instanceOf(other)) }) as Partial<Facts[O]>,
    tracked: (step) => tracked[step] ?? [],
    policies: [{ name: 'all', allow: allowAll }],
    installation,
    now,
    ...rest,
  }
}

export const tracked = <T extends ManagedObject>(object: T, ownership: LedgerEntry['ownership'] = 'ours', since = now): LedgerEntry<T> => ({
  object,
  ownership,
  since,
})

/** What there must be one of, or the test would prove nothing. */
export function first<T>(list: readonly (T | undefined)[] | undefined): T {
  const [one] = list ?? []
  if (one === undefined) throw new Error('the list is empty')
  return one
}

/** Runs a step as the loop does, but for recording. */
export async function attempted(
  step: AnyStep,
  view: View,
  ports: Ports,
  how: { readonly mode?: Mode; readonly before?: StepRow } = {},
): Promise<Run> {
  const run = await carryOut(step, view, how.before, ports, how.mode ?? 'apply', async () => true)
  if (run === 'stale') throw new Error('no attempt overtakes a test')
  return run
}

/** What the loop looks like after a run, some time later. */
export function following<K extends LoopKind>(step: AnyStep, view: View<K>, run: Run, change: Partial<View<K>> = {}): View<K> {
  const facts: Record<string, unknown> = { ...view.facts, ...run.facts }
  for (const [name, value] of Object.entries(facts)) if (value === undefined) delete facts[name]
  return {
    ...view,
    facts: facts as View<K>['facts'],
    tracked: (name) => (name === step.name ? run.tracked : view.tracked(name)),
    ...change,
  }
}

export const refusal = (fields: Partial<FailureFields> = {}): Failure =>
  new Failure({ class: 'permission', code: 'Forbidden', about: { doing: 'do it', message: 'no' }, status: 403, ...fields })

type Body = Readonly<Record<string, unknown>>
export type FakeArm = Arm & {
  readonly resources: Map<string, Body>
  readonly calls: string[]
  refuse: (call: string) => Failure | undefined
  /** Of a storage account, by name. */
  keys: Readonly<Record<string, string>>
}

/** Resources by lower-case id. A list answers what lies directly below; writes replace, a patch merges `properties`. */
export function fakeArm(resources: Readonly<Record<string, Body>> = {}): FakeArm {
  const all = new Map(Object.entries(resources).map(([id, body]) => [id.toLowerCase(), body]))
  const called = (method: string, id: string): void => {
    arm.calls.push(`${method} ${id}`)
    const refused = arm.refuse(`${method} ${id}`)
    if (refused) throw refused
  }
  const arm: FakeArm = {
    resources: all,
    calls: [],
    refuse: () => undefined,
    keys: { key1: 'key-1', key2: 'key-2' },
    async get(id) {
      called('GET', id)
      return all.get(id.toLowerCase())
    },
    async list(path) {
      called('LIST', path)
      const above = `${path.split('?')[0]}/`.toLowerCase()
      return [...all].filter(([id]) => id.startsWith(above)).map(([, body]) => body)
    },
    async put(id, _version, body) {
      called('PUT', id)
      all.set(id.toLowerCase(), { id, name: id.split('/').at(-1), ...(body as Body) })
      return { body }
    },
    async patch(id, _version, body) {
      called('PATCH', id)
      const before = all.get(id.toLowerCase()) ?? {}
      const patch = body as Body
      all.set(id.toLowerCase(), {
        ...before,
        ...patch,
        properties: { ...(before['properties'] as Body), ...(patch['properties'] as Body) },
      })
      return { body }
    },
    async post(id, action) {
      called('POST', `${id}/${action}`)
      return { body: undefined }
    },
    async regenerate(id, action, _version, body) {
      called('POST', `${id}/${action}`)
      const { keyName } = body as { readonly keyName: string }
      arm.keys = { ...arm.keys, [keyName]: `${arm.keys[keyName]}+` }
      return {}
    },
    async delete(id) {
      called('DELETE', id)
      all.delete(id.toLowerCase())
      return { body: undefined }
    },
    async secret(id, action, _version, pick) {
      called('POST', `${id}/${action}`)
      return secret(pick({ keys: Object.entries(arm.keys).map(([keyName, value]) => ({ keyName, value })) }))
    },
    async operation() {
      return { state: 'done' }
    },
  }
  return arm
}

export type FakeIdentities = Identities & { readonly all: Map<string, Identity>; readonly list: Credential[]; readonly calls: string[] }
export function fakeIdentities(identities: readonly Partial<Identity>[] = [], credentials: readonly Credential[] = []): FakeIdentities {
  const identity = (of: Partial<Identity>): Identity => ({
    id: worker.id,
    location: 'westeurope',
    tags: {},
    clientId,
    principalId,
    tenant: installation.tenant,
    ...of,
  })
  const all = new Map(identities.map((of) => [(of.id ?? worker.id).toLowerCase(), identity(of)]))
  const fake: FakeIdentities = {
    all,
    list: [...credentials],
    calls: [],
    get: async (id) => all.get(id.toLowerCase()),
    async create(id, location, tags) {
      fake.calls.push(`create in ${location}`)
      all.set(id.toLowerCase(), identity({ id, location, tags }))
    },
    async delete(id) {
      fake.calls.push('delete')
      all.delete(id.toLowerCase())
    },
    credentials: async () => fake.list,
    async addCredential(_id, credential) {
      fake.calls.push(`add ${credential.subject}`)
      fake.list.push(credential)
    },
    async deleteCredential(_id, name) {
      fake.calls.push(`delete ${name}`)
      fake.list.splice(0, fake.list.length, ...fake.list.filter((credential) => credential.name !== name))
    },
  }
  return fake
}

export type FakeRegistry = Registry & {
  readonly memberships: Map<string, { readonly generation: number; readonly leaving: boolean; readonly stage?: Stage }>
  readonly declarations: Map<string, { readonly spec: Connection; readonly removing: boolean }>
  readonly taken: Map<string, string>
  /** Whose the Kubernetes name is. */
  holds: NameHolder
  readonly calls: string[]
}
export function fakeRegistry(generation = 1): FakeRegistry {
  const fake: FakeRegistry = {
    memberships: new Map(),
    declarations: new Map(),
    taken: new Map(),
    holds: 'own',
    calls: [],
    membership: async (_connection, of) => fake.memberships.get(instanceOf(of)),
    async join(_connection, of, stage) {
      fake.calls.push(`join ${of.kind}${stage ? ` ${stage}` : ''}`)
      fake.memberships.set(instanceOf(of), { generation, leaving: false, ...(stage ? { stage } : {}) })
    },
    async leave(_connection, of) {
      fake.calls.push(`leave ${of.kind}`)
      const before = fake.memberships.get(instanceOf(of))
      if (before) fake.memberships.set(instanceOf(of), { ...before, leaving: true })
    },
    declared: async ({ key }) => fake.declarations.get(key),
    async declare(spec) {
      fake.calls.push(`declare ${spec.name}`)
      const taken = fake.taken.get(spec.name)
      if (taken !== undefined) return { taken }
      fake.declarations.set(spec.key, { spec: { ...spec, generation: 1 }, removing: false })
      return 'declared'
    },
    async withdraw({ key }) {
      const before = fake.declarations.get(key)
      fake.calls.push(`withdraw ${before?.spec.name}`)
      if (before) fake.declarations.set(key, { ...before, removing: true })
    },
    holder: async () => fake.holds,
    claim: async () => {
      if (fake.holds === 'free') fake.holds = 'own'
      return fake.holds
    },
  }
  return fake
}

export type FakeCluster = Transport & {
  readonly contents: Map<string, KubernetesObject>
  readonly namespaces: Set<string>
  readonly calls: string[]
}

/** Managed objects by id; the app made all of them. Values are compared open, as the real transport does by their hash. */
export function fakeCluster(namespaces: readonly string[] = ['orders', 'mail']): FakeCluster {
  const text = (content: KubernetesObject | undefined): string =>
    JSON.stringify([content?.annotations, content?.data?.reveal(), content?.spec])
  const fake: FakeCluster = {
    name: 'direct',
    contents: new Map(),
    namespaces: new Set(namespaces),
    calls: [],
    namespace: async (name) => (fake.namespaces.has(name) ? 'there' : 'missing'),
    observe: async (objects, desired) =>
      objects.map(({ id }) => {
        const there = fake.contents.get(id)
        if (!there) return { id, state: 'absent' }
        const content = desired.get(id)
        const isSame = !content || text(content) === text(there)
        return { id, state: isSame ? 'same' : 'different', mark: 'ours', ...(isSame ? {} : { difference: 'its values' }) }
      }),
    async apply(object: ManagedKubernetesObject, content: KubernetesObject) {
      fake.calls.push(`apply ${object.name}`)
      if (!fake.namespaces.has(object.namespace))
        return { waiting: { text: `waiting until a person makes namespace ${object.namespace}`, manual: true } }
      fake.contents.set(object.id, content)
      return { done: true }
    },
    async remove(object: ManagedKubernetesObject) {
      fake.calls.push(`remove ${object.name}`)
      fake.contents.delete(object.id)
      return { done: true }
    },
  }
  return fake
}

export type FakeVault = Vault & {
  readonly secrets: Map<string, { readonly tags: Readonly<Record<string, string>>; readonly versions: Record<string, string> }>
  readonly deleted: Set<string>
  readonly calls: string[]
}
export function fakeVault(): FakeVault {
  const fake: FakeVault = {
    secrets: new Map(),
    deleted: new Set(),
    calls: [],
    async metadata(id) {
      const there = fake.deleted.has(id) ? undefined : fake.secrets.get(id)
      return there && { tags: there.tags, versions: Object.keys(there.versions) }
    },
    async read({ id, version }) {
      fake.calls.push(`read ${version}`)
      return secret(fake.secrets.get(id)?.versions[version] ?? '')
    },
    async delete(id) {
      fake.calls.push('delete')
      fake.deleted.add(id)
    },
    async recover(id) {
      fake.calls.push('recover')
      fake.deleted.delete(id)
      return fake.secrets.has(id)
    },
  }
  return fake
}

export function fakeProvenance(): Provenance {
  const made = new Map<string, Set<string>>()
  return {
    resources: async function* () {
      yield* made.keys()
    },
    recall: async (resource) => [...(made.get(resource) ?? [])],
    remember: async (resource, objects) => void made.set(resource, new Set([...(made.get(resource) ?? []), ...objects])),
    forget: async (resource, objects) => {
      for (const object of objects) made.get(resource)?.delete(object)
    },
  }
}

const noDatabases: Databases = { find: async () => undefined, users: async () => [], grant: async () => {}, revoke: async () => {} }

export const portsOf = (ports: Partial<Ports> = {}): Ports => ({
  arm: fakeArm(),
  identities: fakeIdentities(),
  kubernetes: async () => fakeCluster(),
  registry: fakeRegistry(),
  vault: fakeVault(),
  databases: noDatabases,
  ownIds: async () => [],
  probe: { signIn: async () => ({ token: secret('a token') }), read: async () => 'read' },
  provenance: fakeProvenance(),
  status: async () => ({ state: 'Succeeded', waits: [], conditions: [] }),
  isListed: async () => false,
  namesakes: async () => [],
  isServed: async () => false,
  now: () => now,
  ...ports,
})

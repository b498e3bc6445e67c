import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { problemOf } from '../../../src/errors/catalogue.ts'
import { bindingName } from '../../../src/model/names.ts'
import { bindIdentity } from '../../../src/steps/identity/bind-identity.ts'
import { federateIdentity } from '../../../src/steps/identity/federate-identity.ts'
import { writeClusterRoles } from '../../../src/steps/identity/write-cluster-roles.ts'
import { allowAll } from '../../model/allow-all.ts'
import {
  connection as aConnection,
  attempted,
  clusterFacts,
  type FakeArm,
  fakeArm,
  fakeCluster,
  fakeIdentities,
  following,
  identityFacts,
  installation,
  mall,
  portsOf,
  refusal,
  shop,
  subject,
  viewOf,
  worker,
} from '../builders.ts'

const bound = (of: Parameters<typeof aConnection>[0] = {}) => aConnection({ federation: 'identity-binding', ...of })
const shared = (of: Parameters<typeof aConnection>[0] = {}) => bound({ provided: true, ...of })
const credential = { name: 'aks-identity-binding', issuer: 'https://ib/', subject: 's', audiences: ['a'] }
const name = bindingName(installation.name, worker.key)
const at = (cluster = shop, named = name): string => `${cluster.id}/identityBindings/${named}`.toLowerCase()
const body = (state = 'Succeeded', identity = worker.id, named = name) => ({
  name: named,
  properties: { managedIdentity: { resourceId: identity }, provisioningState: state },
})
const view = (given: Partial<Parameters<typeof viewOf<'identity'>>[1]> = {}) =>
  viewOf(worker, {
    policies: [{ name: 'all', allow: { ...allowAll, federation: ['federated-credential', 'identity-binding'] } }],
    members: [bound()],
    facts: identityFacts(),
    others: [
      [shop, clusterFacts()],
      [mall, clusterFacts({ uid: 'uid-mall', issuer: 'https://issuer/mall/' })],
    ],
    ...given,
  })

/** AKS: a binding brings the credential. */
function aks(resources: Parameters<typeof fakeArm>[0] = {}) {
  const arm: FakeArm = fakeArm(resources)
  const identities = fakeIdentities([], [])
  const put = arm.put
  arm.put = async (id, version, written) => {
    const answer = await put(id, version, { ...(written as object) })
    if (!identities.list.some(({ name: its }) => its === credential.name)) identities.list.push(credential)
    return answer
  }
  return { arm, identities, ports: portsOf({ arm, identities }) }
}

describe('bind-identity', () => {
  it('makes one binding for each cluster and tracks the credential that AKS makes', async () => {
    const { arm, ports } = aks()
    const members = [shared(), shared({ name: 'mail', namespace: 'mail' }), shared({ cluster: mall })]
    const run = await attempted(bindIdentity, view({ members }), ports)
    expect(arm.calls.filter((call) => call.startsWith('PUT'))).toHaveLength(2)
    expect(run.tracked.map(({ object, ownership }) => [object.kind, ownership])).toEqual([
      ['identity-binding', 'ours'],
      ['identity-binding', 'ours'],
      ['binding-credential', 'ours'],
    ])
    expect(run.facts).toEqual({ bindings: [shop.key, mall.key].sort() })
  })

  it('removes the binding and then the credential of an identity of its own, and nothing that others made', async () => {
    const { arm, identities, ports } = aks()
    const made = view()
    const run = await attempted(bindIdentity, made, ports)
    const left = await attempted(bindIdentity, following(bindIdentity, made, run, { members: [] }), ports)
    expect(left.tracked).toEqual([])
    expect(identities.calls.at(-1)).toMatch(/aks-identity-binding$/)
    expect(identities.list).toEqual([])
    expect([...arm.resources.keys()]).toEqual([])
  })

  it('leaves the credential of an identity that people provide', async () => {
    const { identities, ports } = aks()
    const made = view({ members: [shared()] })
    const run = await attempted(bindIdentity, made, ports)
    const left = await attempted(bindIdentity, following(bindIdentity, made, run, { members: [] }), ports)
    expect(left.tracked).toEqual([])
    expect(identities.list).toEqual([credential])
  })

  it('adopts a binding of others, and leaves it and its credential behind', async () => {
    const other = at(shop, 'theirs')
    const { arm, identities, ports } = aks({ [other]: body('Succeeded', worker.id, 'theirs') })
    identities.list.push(credential)
    const made = view()
    const run = await attempted(bindIdentity, made, ports)
    expect(run.facts).toEqual({ bindings: [shop.key] })
    await attempted(bindIdentity, following(bindIdentity, made, run, { members: [] }), ports)
    expect(arm.calls.some((call) => /^(PUT|DELETE)/.test(call))).toBe(false)
    expect(identities.list).toEqual([credential])
  })

  it('prefers its own binding to one of others', async () => {
    const theirs = at(shop, 'a-theirs')
    const made = view()
    const { arm, identities, ports } = aks({ [theirs]: body('Succeeded', worker.id, 'a-theirs'), [at()]: body() })
    identities.list.push(credential)
    const tracked = { 'bind-identity': (await attempted(bindIdentity, made, aks().ports)).tracked }
    await attempted(bindIdentity, view({ tracked, members: [] }), ports)
    expect([...arm.resources.keys()]).toEqual([theirs])
    expect(identities.list).toEqual([credential])
  })

  it('goes on in the other clusters when one refuses, and keeps what is not known', async () => {
    const { arm, identities, ports } = aks()
    const both = view({ members: [shared(), shared({ cluster: mall })] })
    arm.refuse = (call) => (call === `PUT ${shop.id}/identityBindings/${name}` ? refusal() : undefined)
    const run = await attempted(bindIdentity, both, ports)
    expect(run.failure?.fields.code).toBe('Forbidden')
    expect([...arm.resources.keys()]).toEqual([at(mall)])

    arm.refuse = (call) => (call === `LIST ${mall.id}/identityBindings` ? refusal() : undefined)
    const after = following(bindIdentity, both, run, { facts: { ...both.facts, bindings: [mall.key] } })
    const unread = await attempted(bindIdentity, after, ports)
    expect([unread.unknown.length, unread.facts]).toEqual([1, { bindings: [shop.key, mall.key].sort() }])
    // Nor does the credential go that its pods may need.
    await attempted(bindIdentity, following(bindIdentity, after, unread, { members: [] }), ports)
    expect([[...arm.resources.keys()], identities.list]).toEqual([[at(mall)], [credential]])
  })

  it('is done with a cluster that was forgotten and deleted', async () => {
    const { arm, ports } = aks()
    const made = view()
    const run = await attempted(bindIdentity, made, ports)
    arm.refuse = (call) => (call.includes('identityBindings') ? refusal({ class: 'manual', code: 'NotFound', status: 404 }) : undefined)
    const left = await attempted(bindIdentity, view({ tracked: { 'bind-identity': run.tracked }, members: [], others: [] }), ports)
    expect([left.failure, left.tracked]).toEqual([undefined, []])
  })

  it('waits for AKS, and writes again what failed', async () => {
    const { arm, ports } = aks({ [at()]: body('Creating') })
    const waiting = await attempted(bindIdentity, view(), ports)
    expect(waiting.waits).toMatchObject([{ text: expect.stringContaining('AKS has completed') }])
    expect(arm.calls.some((call) => call.startsWith('PUT'))).toBe(false)
    const failed = aks({ [at()]: body('Failed') })
    const tracked = { 'bind-identity': (await attempted(bindIdentity, view(), aks().ports)).tracked }
    await attempted(bindIdentity, view({ tracked }), failed.ports)
    expect(failed.arm.calls.filter((call) => call.startsWith('PUT'))).toHaveLength(1)
  })

  it('tells that a cluster offers none, and that the identity is full', async () => {
    const inVnet = await attempted(bindIdentity, view({ others: [[shop, clusterFacts({ apiServerInVnet: true })]] }), aks().ports)
    expect(inVnet.problems).toMatchObject([{ code: 'BindingsNotOffered', of: bound().key }])
    const full = aks()
    full.identities.list.push(...Array.from({ length: 20 }, (_, at) => ({ ...credential, name: `c${at}` })))
    const run = await attempted(bindIdentity, view(), full.ports)
    expect(run.problems).toMatchObject([{ code: 'CredentialLimit', remediation: expect.stringContaining('identity-binding') }])
    expect(full.arm.calls.some((call) => call.startsWith('PUT'))).toBe(false)
  })

  it('needs no more credentials for more clusters', () =>
    fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 40 }), async (count) => {
        const clusters = Array.from({ length: count }, (_, at) => ({
          ...mall,
          id: `${mall.id}${at}`,
          key: `${at}`.padStart(26, 'a') as typeof mall.key,
        }))
        const members = clusters.map((cluster, at) => shared({ cluster, name: `c${at}` }))
        const others = clusters.map((cluster, at) => [cluster, clusterFacts({ issuer: `https://issuer/${at}/` })] as const)
        const { identities, ports } = aks()
        const run = await attempted(bindIdentity, view({ members, others }), ports)
        const trusted = await attempted(federateIdentity, view({ members, others }), ports)
        expect(run.facts).toEqual({ bindings: clusters.map(({ key }) => key).sort() })
        expect([...run.problems, ...trusted.problems]).toEqual([])
        expect(identities.list).toHaveLength(1)
      }),
      { numRuns: 10 },
    ))
})

describe('a change between both', () => {
  it('keeps the credential until the pods may use the binding', async () => {
    const { ports, identities } = aks()
    const before = view({ members: [aConnection()] })
    const federated = await attempted(federateIdentity, before, ports)
    const changing = following(federateIdentity, before, federated, { members: [bound()] })
    const made = await attempted(bindIdentity, changing, ports)
    const onBinding = following(bindIdentity, changing, made)
    const kept = await attempted(federateIdentity, onBinding, ports)
    expect(identities.list.map(({ subject: its }) => its)).toEqual([subject(), credential.subject])
    const permitted = [`${shop.key}/orders`]
    const facts = { ...onBinding.facts, permitted }
    await attempted(federateIdentity, following(federateIdentity, onBinding, kept, { facts }), ports)
    expect(identities.list).toEqual([credential])
  })

  it('keeps binding and permission until the credential is there', async () => {
    const { arm, ports: azure } = aks()
    const cluster = fakeCluster(['', 'orders'])
    const ports = { ...azure, kubernetes: async () => cluster }
    const before = view()
    const made = await attempted(bindIdentity, before, ports)
    const permitted = await attempted(writeClusterRoles, following(bindIdentity, before, made), ports)
    const tracked = { 'bind-identity': made.tracked, 'write-cluster-roles': permitted.tracked }
    const there = () => [arm.resources.size, cluster.contents.size]
    const { issuer = '' } = clusterFacts()
    for (const [credentials, expected] of [
      [[], [1, 2]],
      [[`${issuer}|${subject()}`], [0, 0]],
    ] as const) {
      const back = view({ members: [aConnection()], facts: identityFacts({ credentials }), tracked })
      for (const step of [bindIdentity, writeClusterRoles] as const) await attempted(step, back, ports)
      expect(there()).toEqual(expected)
    }
  })
})

describe('write-cluster-roles', () => {
  it('permits each namespace that asks for it, and takes that back', async () => {
    const cluster = fakeCluster(['', 'orders', 'mail'])
    const ports = portsOf({ kubernetes: async () => cluster })
    const both = view({
      members: [shared(), shared({ name: 'mail', namespace: 'mail' }), aConnection({ name: 'other', namespace: 'none', provided: true })],
    })
    const run = await attempted(writeClusterRoles, both, ports)
    expect(run.facts).toEqual({ permitted: [`${shop.key}/mail`, `${shop.key}/orders`] })
    const contents = [...cluster.contents.values()]
    expect(contents.map(({ kind }) => kind).sort()).toEqual(['ClusterRole', 'ClusterRoleBinding', 'ClusterRoleBinding'])
    expect(contents.find(({ kind }) => kind === 'ClusterRole')?.fields).toEqual({
      rules: [{ apiGroups: ['cid.wi.aks.azure.com'], resources: [identityFacts().clientId], verbs: ['use-managed-identity'] }],
    })
    const after = following(writeClusterRoles, both, run)
    const problem = problemOf({ code: 'ClusterStopped', about: { cluster: 'shop', id: shop.id } })
    const unread = {
      ...cluster,
      observe: async (objects: readonly { id: string }[]) => objects.map(({ id }) => ({ id, state: 'unknown' as const, problem })),
    }
    const kept = await attempted(writeClusterRoles, after, portsOf({ kubernetes: async () => unread }))
    expect(kept.facts).toEqual(run.facts)
    const one = await attempted(writeClusterRoles, following(writeClusterRoles, both, run, { members: [shared()] }), ports)
    expect(one.facts).toEqual({ permitted: [`${shop.key}/orders`] })
    await attempted(writeClusterRoles, following(writeClusterRoles, both, one, { members: [] }), ports)
    expect(cluster.contents.size).toBe(0)
  })
})

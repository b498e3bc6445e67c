// A sample of random Azures, and what single ones show; `npm run test:sweep` plays ten thousand.
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Failure } from '../../src/errors/failure.ts'
import { keyOf, type Loop, loop } from '../../src/model/loop.ts'
import { appRuleId, ipRuleId } from '../../src/model/managed-objects.ts'
import { identityId, identityMarks } from '../../src/model/names.ts'
import type { SweptAzure } from '../../src/ports/sweep.ts'
import { sweepAzure } from '../../src/sweep/azure-side.ts'
import { nobodyYet } from '../../src/sweep/trusted.ts'
import { memoryStore } from '../functions/memory-table.ts'
import { emptyArm, emptyAzure, installation } from '../functions/test-services.ts'
import { aConnection } from '../model/a-connection.ts'
import { aRecord } from '../model/a-record.ts'
import { playAzure } from './worlds/azure-play.ts'
import { azureWorlds } from './worlds/azure-world.ts'

const hour = 60 * 60_000
const group = '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/shop'
const shop = loop('cluster', `${group}/providers/Microsoft.ContainerService/managedClusters/shop-aks`)

it('never removes what is needed or made by others, and removes the rest, what was granted before the identity that has it', async () => {
  await fc.assert(
    fc.asyncProperty(azureWorlds, async (world) => {
      expect((await playAzure(world)).wrong).toEqual([])
    }),
    { numRuns: 8 },
  )
})

it('proves an identity by its key, not by its shape', async () => {
  const place = { cluster: shop, namespace: 'orders', workload: 'default' }
  const real = identityId(place, installation)
  const forged = real.replace(/[a-z2-7]{26}$/, keyOf('something else'))
  const store = memoryStore(installation, () => 0)
  const azure: SweptAzure = {
    ...emptyAzure,
    async *made() {
      for (const id of [real, forged]) yield { kind: 'ManagedIdentity', id, owner: keyOf(id) }
    },
    identity: async (id) => ({
      id,
      location: '',
      tags: identityMarks(installation.name, keyOf(id)),
      clientId: 'c',
      principalId: 'p',
      tenant: 't',
    }),
    credentials: async () => [],
    assignment: async () => undefined,
    isListed: async () => false,
    removeIdentity: async () => {},
    removeAssignment: async () => {},
  }
  const settings = { mode: 'report', graceMs: 1, most: 1, share: 1 } as const
  const { entries } = await sweepAzure({
    ...{ store, azure, installation: installation.name, settings, budget: { left: 1 }, now: () => 0 },
    ...{
      accounts: new Set<string>(),
      trusted: nobodyYet(),
      seen: new Set<string>(),
      addresses: new Set<string>(),
      clusters: [],
      arm: emptyArm,
    },
  })
  expect(entries.map(({ place: id, verdict }) => [id, verdict])).toEqual([
    [real, 'left over'],
    [forged, 'unproven'],
  ])
})

describe('firewall rules', () => {
  const server = loop('target', `${group}/providers/Microsoft.Sql/servers/shopsql`)
  const inside = loop('identity', `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/sc-shop`)
  const cache = loop('target', `${group}/providers/Microsoft.Cache/redis/shopcache`)
  const named = (of: string, ip: string): string =>
    `sc_${createHash('sha256').update(of).digest('hex').slice(0, 12)}_${ip.replaceAll('.', '_')}`
  const rule = (target: Loop, name: string, ip: string) => {
    const isSql = target === server
    const span = isSql ? { startIpAddress: ip, endIpAddress: ip } : { startIP: ip, endIP: ip }
    return { id: `${target.id}/firewallRules/${name}`, name, properties: span }
  }

  /** What is left of the rules after as many runs as the grace takes. */
  async function swept(target: Loop<'target'>, rules: ReturnType<typeof rule>[], { isRefused = false } = {}) {
    let now = Date.UTC(2026, 10, 27)
    const store = memoryStore(installation, () => now)
    await store.touch(target, 'wake', { make: true })
    const member = { ...aConnection({ name: 'data', cluster: shop, target }), generation: 1 }
    await store.join(member, target)
    await store.touch(shop, 'wake', { make: true })
    const facts = { egressIps: ['20.0.0.3'], leavingIps: [{ ip: '20.0.0.4', until: now }] }
    await store.record(shop, { step: 'resolve-egress', tracked: [] }, { ...aRecord({ facts }), tracked: [] })
    const object = { kind: 'ip-rule', id: ipRuleId(target, '20.0.0.1'), summary: 'rule' }
    await store.record(
      target,
      { step: 'open-firewall', tracked: [] },
      { ...aRecord({}), tracked: [{ object, ownership: 'ours', since: 0 }] },
    )
    const admitted = { kind: 'ip-rule', id: appRuleId(target, '20.0.0.7'), summary: 'rule of the app' }
    await store.touch(inside, 'wake', { make: true })
    await store.record(
      inside,
      { step: 'admit-app', tracked: [] },
      { ...aRecord({}), tracked: [{ object: admitted, ownership: 'intended', since: 0 }] },
    )
    const there = new Map(rules.map((one) => [one.id, one]))
    const arm = {
      ...emptyArm,
      get: async (id: string) => (id === target.id ? { id, properties: {} } : undefined),
      async list(path: string) {
        if (isRefused) throw new Failure({ class: 'permission', code: 'RightMissing', about: {} })
        return path.endsWith('/firewallRules') ? [...there.values()] : []
      },
      delete: async (id: string) => ({ body: void there.delete(id) }),
    }
    const settings = { mode: 'own', graceMs: 12 * hour, most: 100, share: 1 } as const
    const base = {
      store,
      azure: emptyAzure,
      installation: installation.name,
      settings,
      accounts: new Set<string>(),
      trusted: nobodyYet(),
      seen: new Set<string>(),
      addresses: new Set<string>(),
    }
    const verdicts: string[] = []
    for (let run = 0; run < 4; run++) {
      const { entries } = await sweepAzure({ ...base, budget: { left: 100 }, now: () => now, clusters: [], arm })
      verdicts.push(...entries.map(({ verdict }) => verdict))
      now += 6 * hour
    }
    return { left: [...there.values()].map(({ name }) => name), verdicts: [...new Set(verdicts)] }
  }

  it('go where the app named them and neither the ledger nor a cluster has their address', async () => {
    const own = ['20.0.0.1', '20.0.0.2', '20.0.0.3', '20.0.0.4'].map((ip) => rule(server, named(installation.name, ip), ip))
    const others = [rule(server, 'office', '20.0.0.5'), rule(server, named('other', '20.0.0.6'), '20.0.0.6')]
    // Someone spread the app's name over other addresses.
    const renamed = rule(server, named(installation.name, '20.0.0.7'), '20.0.0.8')
    const { left } = await swept(server, [...own, ...others, renamed])
    expect(left).toEqual([...own.filter(({ name }) => !name.endsWith('_2')), ...others, renamed].map(({ name }) => name))
  })

  it('with which the app let itself in go, but for those in the ledger of their identity', async () => {
    const forApp = ({ key }: Loop, ip: string) => named(installation.name, ip).replace(/^(sc_[^_]+)/, `$1_${key}`)
    const known = rule(server, forApp(inside, '20.0.0.7'), '20.0.0.7')
    const unknown = [inside, loop('identity', `${inside.id}2`)].map((one) => rule(server, forApp(one, '20.0.0.3'), '20.0.0.3'))
    const renamed = rule(server, forApp(inside, '20.0.0.9'), '20.0.0.10')
    const { left } = await swept(server, [known, ...unknown, renamed])
    expect(left).toEqual([known.name, renamed.name])
  })

  it('stay where the service counts none as open to all', async () => {
    const last = rule(cache, named(installation.name, '20.0.0.2'), '20.0.0.2')
    expect(await swept(cache, [last])).toEqual({ left: [last.name], verdicts: ['marked', 'refused'] })
    const office = rule(cache, 'office', '20.0.0.9')
    expect((await swept(cache, [last, office])).left).toEqual(['office'])
  })

  it('are not known where they cannot be read', async () => {
    const one = rule(server, named(installation.name, '20.0.0.2'), '20.0.0.2')
    expect(await swept(server, [one], { isRefused: true })).toEqual({ left: [one.name], verdicts: [] })
  })
})

it('reports access policies of vaults that an identity has where no connection of it leads, and deletes none', async () => {
  const vault = loop('target', `${group}/providers/Microsoft.KeyVault/vaults/papers`)
  const store = memoryStore(installation, () => 0)
  const policies: object[] = []
  for (const [n, name] of ['left', 'used', 'tracked'].entries()) {
    const own = loop('identity', `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`)
    const principalId = `0000000${n}-0000-0000-0000-000000000000`
    policies.push({ objectId: principalId.toUpperCase(), permissions: { secrets: ['Get', 'List'] } })
    const id = `vaultaccesspolicy:reader@${vault.id.toLowerCase()}|${principalId}`
    const tracked = name === 'tracked' ? [{ object: { kind: 'grant', id, summary: id }, ownership: 'ours', since: 0 } as const] : []
    await store.touch(own, 'wake', { make: true })
    await store.record(own, { step: 'ensure-identity', tracked: [] }, { ...aRecord({ facts: { principalId } }), tracked })
    if (name === 'used') await store.join({ ...aConnection({ name, cluster: shop, target: vault, identity: own }), generation: 1 }, own)
  }
  policies.push({ objectId: '99999999-0000-0000-0000-000000000000', permissions: { secrets: ['get'] } })
  await store.touch(vault, 'wake', { make: true })
  const arm = {
    ...emptyArm,
    get: async (id: string) =>
      id === vault.id
        ? { id, location: 'westeurope', properties: { vaultUri: 'https://papers.vault.azure.net/', accessPolicies: policies } }
        : undefined,
  }
  const settings = { mode: 'all', graceMs: 0, most: 100, share: 1 } as const
  const { entries } = await sweepAzure({
    ...{ store, azure: emptyAzure, installation: installation.name, settings, budget: { left: 100 }, now: () => 0, arm },
    ...{ accounts: new Set<string>(), trusted: nobodyYet(), seen: new Set<string>(), addresses: new Set<string>(), clusters: [] },
  })
  expect(entries.map(({ place, verdict }) => [place, verdict])).toEqual([
    [`${vault.id}/accessPolicies/00000000-0000-0000-0000-000000000000`, 'unproven'],
  ])
})

// Random Azures against an oracle that knows only who made each resource and who needs it.
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Failure } from '../../src/errors/failure.ts'
import { keyOf, type Loop, loop } from '../../src/model/loop.ts'
import { ipRuleId } from '../../src/model/managed-objects.ts'
import { credentialName, identityId, identityMarks, roleAssignmentMark, roleAssignmentName } from '../../src/model/names.ts'
import type { Credential, Identity } from '../../src/ports/azure.ts'
import type { AssignmentInAzure, MadeInAzure, SweptAzure } from '../../src/ports/sweep.ts'
import { sweepAzure } from '../../src/sweep/azure-side.ts'
import { memoryStore } from '../functions/memory-table.ts'
import { emptyAzure, installation } from '../functions/test-services.ts'
import { aConnection } from '../model/a-connection.ts'
import { aRecord } from '../model/a-record.ts'

const emptyArm = { get: async () => undefined, list: async () => [], delete: async () => ({ body: undefined }) }
const hour = 60 * 60_000
const group = '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/shop'
const shop = loop('cluster', `${group}/providers/Microsoft.ContainerService/managedClusters/shop-aks`)
const role = 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'

const things = fc.array(
  fc.record({
    isLive: fc.boolean(),
    isMarkedByHand: fc.boolean(),
    hasOtherCredential: fc.boolean(),
    isAccountLeft: fc.boolean(),
    isOptedOut: fc.integer({ min: 0, max: 5 }).map((n) => n === 0),
    hasRole: fc.boolean(),
    isRoleByHand: fc.boolean(),
    /** The role is one of an identity that its author provided. */
    isRoleOfProvided: fc.integer({ min: 0, max: 3 }).map((n) => n === 0),
    namespace: fc.constantFrom('orders', 'team-a', 'a'),
    workload: fc.constantFrom('default', 'web-front'),
  }),
  { minLength: 1, maxLength: 5 },
)
const worlds = fc.record({
  things,
  isOn: fc.boolean(),
  // `unknown`: it is there, and the store does not know it any more. `half gone`: Azure Resource Manager and Resource Graph contradict each other.
  cluster: fc.constantFrom('seen', 'unseen', 'unknown', 'gone', 'half gone', 'refused'),
  isGraphBehind: fc.boolean(),
})

it('never deletes an identity or a role assignment that is needed or made by others, and deletes the rest', async () => {
  await fc.assert(
    fc.asyncProperty(worlds, async (world) => {
      let now = Date.UTC(2026, 10, 27)
      const store = memoryStore(installation, () => now)
      const identities = new Map<string, { readonly identity: Identity; readonly credentials: readonly Credential[] }>()
      const assignments = new Map<string, AssignmentInAzure>()
      const made: MadeInAzure[] = []
      const accounts = new Set<string>()
      const [mayGo, mustStay] = [new Set<string>(), new Set<string>()]
      for (const [at, thing] of world.things.entries()) {
        const place = { cluster: shop, namespace: `${thing.namespace}${at}`, workload: thing.workload }
        const id = thing.isMarkedByHand
          ? `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/production-${at}`
          : identityId(place, installation)
        const own = loop('identity', id)
        const clientId = `0000000${at}-1111-4222-8333-444444444444`
        const principalId = `1111111${at}-1111-4222-8333-444444444444`
        const [issuer, subject] = ['https://issuer/', `system:serviceaccount:${place.namespace}:sc-account-${clientId}`]
        const ours = { name: credentialName(installation.name, issuer, subject), issuer, subject, audiences: [] }
        const tags = {
          ...identityMarks(installation.name, own.key),
          ...(thing.isOptedOut ? { 'service-connector-prune': 'disabled' } : {}),
        }
        identities.set(id, {
          identity: { id, location: 'westeurope', tags, clientId, principalId, tenant: 't' },
          credentials: thing.hasOtherCredential ? [ours, { ...ours, name: 'github' }] : [ours],
        })
        made.push({ kind: 'ManagedIdentity', id, owner: own.key })
        if (thing.isLive) await store.touch(own, 'wake', { make: true })
        if (thing.isAccountLeft) accounts.add(`sc-account-${clientId}`)
        const isKnown = world.cluster === 'seen' || world.cluster === 'gone'
        const isNeeded = thing.hasOtherCredential || thing.isAccountLeft || !isKnown
        const goes = world.isOn && !thing.isLive && !thing.isMarkedByHand && !isNeeded && !thing.isOptedOut
        ;(goes ? mayGo : mustStay).add(id)
        if (!thing.hasRole) continue
        const scope = `${group}/providers/Microsoft.Storage/storageAccounts/st${at}`
        const principal = thing.isRoleOfProvided ? `2222222${at}-1111-4222-8333-444444444444` : principalId
        const name = thing.isRoleByHand ? `aaaaaaa${at}-1111-4222-8333-444444444444` : roleAssignmentName(scope, principal, role, own.key)
        const assignment = `${scope}/providers/Microsoft.Authorization/roleAssignments/${name}`
        assignments.set(assignment, {
          scope,
          principalId: principal,
          roleDefinitionId: `/x/${role}`,
          description: roleAssignmentMark(installation.name, own.key),
        })
        made.push({ kind: 'RoleAssignment', id: assignment, owner: own.key })
        // Of an identity that its name does not prove it is not known where it is used; one that stays keeps its roles.
        const goesToo = goes && !thing.isRoleByHand && !thing.isRoleOfProvided
        ;(goesToo ? mayGo : mustStay).add(assignment)
      }
      const azure: SweptAzure = {
        async *made() {
          // It lists what is gone, too.
          yield* made.filter(({ id }) => world.isGraphBehind || identities.has(id) || assignments.has(id))
        },
        identity: async (id) => identities.get(id)?.identity,
        credentials: async (id) => identities.get(id)?.credentials,
        assignment: async (id) => assignments.get(id),
        async isListed() {
          if (world.cluster === 'refused') throw new Failure({ class: 'permission', code: 'RightMissing', about: {} })
          return world.cluster !== 'gone'
        },
        removeIdentity: async (id) => void identities.delete(id),
        removeAssignment: async (id) => void assignments.delete(id),
      }
      const isThere = !['gone', 'half gone', 'refused'].includes(world.cluster)
      const settings = { mode: world.isOn ? 'own' : 'report', graceMs: 12 * hour, most: 100, share: 1 } as const
      for (let run = 0; run < 5; run++) {
        const budget = { left: settings.most }
        const before = identities.size + assignments.size
        await sweepAzure({
          store,
          azure,
          installation: installation.name,
          settings,
          budget,
          now: () => now,
          accounts,
          seen: new Set(world.cluster === 'seen' ? [shop.key] : []),
          arm: { ...emptyArm, get: async () => (isThere ? {} : undefined) },
          clusters: world.cluster === 'unknown' ? [] : [shop.id],
        })
        if (run < 2) expect(identities.size + assignments.size).toBe(before)
        now += 6 * hour
      }
      const left = new Set([...identities.keys(), ...assignments.keys()])
      expect([...mustStay].filter((id) => !left.has(id))).toEqual([])
      expect([...mayGo].filter((id) => left.has(id))).toEqual([])
    }),
    { numRuns: 60 },
  )
})

it('proves an identity by its key, not by its shape', async () => {
  const place = { cluster: shop, namespace: 'orders', workload: 'default' }
  const real = identityId(place, installation)
  const forged = real.replace(/[a-z2-7]{26}$/, keyOf('something else'))
  const store = memoryStore(installation, () => 0)
  const azure: SweptAzure = {
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
  const entries = await sweepAzure({
    ...{ store, azure, installation: installation.name, settings, budget: { left: 1 }, now: () => 0 },
    ...{ accounts: new Set<string>(), seen: new Set<string>(), clusters: [], arm: emptyArm },
  })
  expect(entries.map(({ place: id, verdict }) => [id, verdict])).toEqual([
    [real, 'left over'],
    [forged, 'unproven'],
  ])
})

describe('firewall rules', () => {
  const server = loop('target', `${group}/providers/Microsoft.Sql/servers/shopsql`)
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
    const there = new Map(rules.map((one) => [one.id, one]))
    const arm = {
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
      seen: new Set<string>(),
    }
    const verdicts: string[] = []
    for (let run = 0; run < 4; run++) {
      const entries = await sweepAzure({ ...base, budget: { left: 100 }, now: () => now, clusters: [], arm })
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

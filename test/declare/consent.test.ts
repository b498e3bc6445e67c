import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { allowed, callerRefused, isSystemNamespace, matches, mayAdopt, mayChangeCluster } from '../../src/declare/consent.ts'
import type { Guards } from '../../src/declare/guards.ts'
import { addonIdentityLoop } from '../../src/model/addon-identity.ts'
import type { ConnectionSpec } from '../../src/model/connection.ts'
import { endpointLoop } from '../../src/model/endpoint-target.ts'
import { loop } from '../../src/model/loop.ts'
import { identityId as identityIdOf } from '../../src/model/names.ts'
import { type Allow, allowSchema, type Policy } from '../../src/model/policy.ts'
import { servicePrincipalLoop } from '../../src/model/service-principal.ts'
import { aConnection, accountId, clusterId, defaultRole, identityId, readerRole, subscription } from '../model/a-connection.ts'

const all: Allow = { clusters: ['*/*/*'], targets: ['*/*/*'], namespaces: ['*'], auth: ['*'] }
const guards = { installation: { name: 'main' } }
const policy = (allow: Partial<Allow>, name = 'p'): Policy => ({ name, allow: { ...all, ...allow } })
const ask = (connection: ConnectionSpec, ...policies: Policy[]) => allowed(connection, policies, [defaultRole], guards)
const refusal = (connection: ConnectionSpec, ...policies: Policy[]): string | undefined => {
  const consent = ask(connection, ...policies)
  return 'refused' in consent ? consent.refused.code : undefined
}
const given = aConnection({ provided: true })

/** Written a second time, in another way: the meaning of a pattern as a regular expression. */
const asExpression = (pattern: string): RegExp =>
  new RegExp(`^${pattern.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^/]*')}$`, 'isu')

const word = fc.string({ unit: fc.constantFrom('a', 'B', '*', '-', '.'), maxLength: 6 })
const arbitraryPattern = fc.array(word, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'))
const patternsOf = (...exact: string[]) => fc.array(fc.oneof(fc.constantFrom(...exact, '*', '*/*/*'), arbitraryPattern), { maxLength: 3 })
const arbitraryPolicy: fc.Arbitrary<Policy> = fc.record({
  name: fc.constantFrom('a', 'b', 'c'),
  allow: fc.record(
    {
      clusters: patternsOf(`${subscription}/rg/aks`),
      targets: patternsOf(`${subscription}/data/stdata`),
      namespaces: patternsOf('shop', 'kube-system'),
      auth: patternsOf('secret', 'workload-identity'),
      roles: patternsOf('default', readerRole),
      identities: patternsOf(`${subscription}/ids/app`),
      changeClusters: fc.boolean(),
      adopt: fc.boolean(),
    },
    { requiredKeys: ['clusters', 'targets', 'namespaces', 'auth'] },
  ),
})
const arbitraryConnection = fc
  .record({
    namespace: fc.constantFrom('shop', 'kube-system', 'default'),
    auth: fc.constantFrom('secret', 'workload-identity'),
    provided: fc.boolean(),
    roles: fc.subarray([defaultRole, readerRole]),
  })
  .map((over) => aConnection(over))

describe('consent', () => {
  it('allows nothing without a policy', () => {
    fc.assert(fc.property(arbitraryConnection, (connection) => 'refused' in allowed(connection, [], [defaultRole], guards)))
  })

  it('never refuses more because a policy was added', () => {
    fc.assert(
      fc.property(arbitraryConnection, fc.array(arbitraryPolicy, { maxLength: 4 }), arbitraryPolicy, (connection, policies, one) => {
        if ('by' in allowed(connection, policies, [defaultRole], guards))
          expect(allowed(connection, [...policies, one], [defaultRole], guards)).toHaveProperty('by')
      }),
    )
  })

  it('allows only what one policy allows alone', () => {
    fc.assert(
      fc.property(arbitraryConnection, fc.array(arbitraryPolicy, { maxLength: 4 }), (connection, policies) => {
        const together = 'by' in allowed(connection, policies, [defaultRole], guards)
        expect(together).toBe(policies.some((one) => 'by' in allowed(connection, [one], [defaultRole], guards)))
      }),
    )
  })

  it('does not care about upper and lower case', () => {
    const upper = (policy: Policy): Policy => ({
      ...policy,
      allow: Object.fromEntries(
        Object.entries(policy.allow).map(([name, value]) => [name, Array.isArray(value) ? value.map((text) => text.toUpperCase()) : value]),
      ) as Allow,
    })
    fc.assert(
      fc.property(arbitraryConnection, fc.array(arbitraryPolicy, { maxLength: 3 }), (connection, policies) => {
        expect(allowed(connection, policies.map(upper), [defaultRole], guards)).toEqual(
          allowed(connection, policies, [defaultRole], guards),
        )
      }),
    )
  })

  it('reads patterns as a regular expression without slashes would', () => {
    const text = fc
      .array(fc.string({ unit: fc.constantFrom('a', 'B', '-', '.', '*'), maxLength: 6 }), { minLength: 1, maxLength: 3 })
      .map((parts) => parts.join('/'))
    fc.assert(
      fc.property(arbitraryPattern, text, (pattern, some) => matches(pattern, some) === asExpression(pattern).test(some)),
      { numRuns: 2000 },
    )
  })

  it('stays quick for patterns that are made to be slow', () => {
    const started = performance.now()
    expect(matches('*a'.repeat(200), `${'a'.repeat(10_000)}b`)).toBe(false)
    expect(performance.now() - started).toBeLessThan(200)
  })

  it.each([
    ['another cluster', { clusters: ['*/*/other'] }],
    ['another group', { clusters: ['*/r/*'] }],
    ['a star across slashes', { clusters: ['*'] }],
    ['another target', { targets: [`${subscription}/data/st`] }],
    ['another namespace', { namespaces: ['sho'] }],
    ['another auth type', { auth: ['secret'] }],
    ['an empty list', { namespaces: [] }],
  ])('refuses what a policy names differently: %s', (_what, allow) => {
    expect(refusal(aConnection(), policy(allow))).toBe('NotAllowed')
  })

  it('does not add up two policies that cover half of it each', () => {
    expect(refusal(aConnection(), policy({ namespaces: ['other'] }), policy({ auth: ['secret'] }))).toBe('NotAllowed')
  })

  it('says which policy allows it, and what one would have to name', () => {
    expect(ask(aConnection(), policy({ auth: ['secret'] }, 'a'), policy({}, 'b'))).toEqual({ by: 'b' })
    expect(ask(aConnection({ roles: [readerRole] }))).toEqual({
      refused: {
        code: 'NotAllowed',
        about: {
          cluster: `${subscription}/rg/aks`,
          target: `${subscription}/data/stdata`,
          namespace: 'shop',
          auth: 'workload-identity',
          roles: readerRole,
        },
      },
    })
  })

  it.each([
    ['by its host', 'endpoints/ConfluentBootstrapServer/xxx.eastus.azure.confluent.cloud', undefined],
    ['by a pattern for hosts', 'endpoints/*/*.azure.confluent.cloud', undefined],
    ['not by the host of another', 'endpoints/*/*.example.com', 'NotAllowed'],
    ['not by a pattern for everything in Azure', '*/*/*', 'NotAllowed'],
  ])('names a target without an ARM id: %s', (_, pattern, expected) => {
    const target = endpointLoop({ service: 'ConfluentBootstrapServer', endpoint: 'xxx.eastus.azure.confluent.cloud:9092' })
    const connection = aConnection({ auth: 'secret', target, targetId: target.id })
    expect(refusal(connection, policy({ auth: ['secret'], targets: [pattern] }))).toBe(expected)
  })

  it('takes no pattern for endpoints for one of a resource in Azure', () => {
    expect(refusal(aConnection({}), policy({ targets: ['endpoints/*/*'] }))).toBe('NotAllowed')
  })

  it.each([
    [true, undefined],
    [false, 'NotAllowed'],
  ])('lets an extension be installed for a connection only with the right to change the cluster: %s', (changeClusters, expected) => {
    const connection = aConnection({ auth: 'secret', kubernetesExtension: true })
    expect(refusal(connection, policy({ auth: ['secret'], changeClusters }))).toBe(expected)
  })

  it.each([
    ['by its word', 'addons/azureKeyvaultSecretsProvider/*', undefined],
    ['by its word, add-on and cluster', 'Addons/AzureKeyvaultSecretsProvider/aks', undefined],
    ['of another cluster', 'addons/azureKeyvaultSecretsProvider/mall', 'ProvidedIdentityNotAllowed'],
    ['not by a pattern for everything', '*/*/*', 'ProvidedIdentityNotAllowed'],
    ['not as a service principal', 'servicePrincipals/*/*', 'ProvidedIdentityNotAllowed'],
  ])('names the identity of an add-on, which opens the target to the whole cluster: %s', (_, pattern, expected) => {
    const identity = addonIdentityLoop('azureKeyvaultSecretsProvider', loop('cluster', clusterId))
    const connection = aConnection({ auth: 'csi', identity, provided: true, roles: [defaultRole] })
    expect(refusal(connection, policy({ auth: ['csi'], identities: [pattern] }))).toBe(expected)
  })

  it.each([
    ['an Azure role in full', readerRole, `azurerole:${readerRole}@resource`, undefined],
    ['another kind', `cosmosDataRole:${readerRole}`, `cosmosDataRole:${readerRole}`, undefined],
    ['another kind, if only the Azure role is listed', `cosmosDataRole:${readerRole}`, readerRole, 'NotAllowed'],
    ['any of a kind', 'redisAccessPolicy:Data Owner', 'redisAccessPolicy:*', undefined],
    ['a child', `${readerRole}@child`, `${readerRole}@child`, undefined],
    ['a child, if only the resource is listed', `${readerRole}@child`, readerRole, 'NotAllowed'],
    ['the resource, if only a child is listed', readerRole, `${readerRole}@child`, 'NotAllowed'],
  ])('lists grants with kind and scope: %s', (_, role, pattern, expected) => {
    expect(refusal(aConnection({ roles: [role] }), policy({ roles: [pattern] }))).toBe(expected)
  })

  it('wants roles beyond the default one listed', () => {
    const connection = aConnection({ roles: [defaultRole, readerRole] })
    expect(refusal(connection, policy({}))).toBe('NotAllowed')
    expect(refusal(connection, policy({ roles: ['default'] }))).toBe('NotAllowed')
    expect(refusal(connection, policy({ roles: [readerRole.toUpperCase()] }))).toBeUndefined()
    expect(refusal(aConnection({ roles: [] }), policy({}))).toBeUndefined()
  })

  it('wants none of several default ones listed', () => {
    const both = aConnection({ roles: [defaultRole, readerRole] })
    expect(allowed(both, [policy({})], [readerRole.toUpperCase(), defaultRole], guards)).toHaveProperty('by')
    expect(allowed(both, [policy({})], [], guards)).toHaveProperty('refused')
  })

  it('wants a provided identity named, but not one that the app makes', () => {
    expect(refusal(given, policy({}))).toBe('ProvidedIdentityNotAllowed')
    expect(refusal(given, policy({ identities: ['*/*/other'] }))).toBe('ProvidedIdentityNotAllowed')
    expect(refusal(given, policy({ identities: ['*/ids/*'] }))).toBeUndefined()
    expect(refusal(aConnection({ identity: loop('identity', identityId) }), policy({}))).toBeUndefined()
  })

  it.each(['kube-system', 'kube-public', 'kube-node-lease', 'kube-anything', 'gatekeeper-system', 'sc-system', 'KUBE-SYSTEM'])(
    'refuses the system namespace %s whatever the policies say',
    (namespace) => {
      expect(refusal(aConnection({ namespace }), policy({ namespaces: ['*', namespace] }))).toBe('SystemNamespace')
    },
  )

  it('leaves namespaces of people alone', () => {
    for (const namespace of ['default', 'kubernetes', 'shop', 'system']) expect(isSystemNamespace(namespace)).toBe(false)
  })

  it('allows to change clusters only where a policy says so for that cluster', () => {
    expect(mayChangeCluster(clusterId, [policy({})])).toBe(false)
    expect(mayChangeCluster(clusterId, [policy({ changeClusters: true, clusters: ['*/*/other'] })])).toBe(false)
    expect(mayChangeCluster(clusterId, [policy({ changeClusters: true })])).toBe(true)
  })

  it('allows to adopt only where a policy that covers the connection says so', () => {
    expect(mayAdopt(aConnection(), [policy({})])).toBe(false)
    expect(mayAdopt(aConnection(), [policy({ adopt: true, namespaces: ['other'] }), policy({})])).toBe(false)
    expect(mayAdopt(given, [policy({ adopt: true })])).toBe(false)
    expect(mayAdopt(aConnection(), [policy({ adopt: true })])).toBe(true)
  })

  it('has policies that are what their schema says', () => {
    fc.assert(
      fc.property(
        arbitraryPolicy,
        ({ allow }) =>
          allowSchema.safeParse(allow).success ||
          Object.values(allow).some((list) => Array.isArray(list) && (list as readonly string[]).includes('')),
      ),
    )
  })

  it('never allows the app itself, clusters or identities of another workload, whatever a policy says', () => {
    const wide = policy({ identities: ['*/*/*', 'servicePrincipals/*/*'], transports: ['direct', 'extension'], changeClusters: true })
    const code = (connection: ConnectionSpec, over: Partial<Guards> = {}) => {
      const consent = allowed(connection, [wide], [defaultRole], { ...guards, ...over })
      return 'refused' in consent ? consent.refused.code : consent.by
    }
    const nothing = { ownIdentities: [], systemIdentities: new Map<string, string>() }
    const own = { installation: { name: 'main', own: { storageAccounts: ['stdata'], keyVaults: ['kv'] } } }
    const principal = { clientId: 'C1', principalId: 'P1' }
    const asPrincipal = aConnection({
      auth: 'service-principal',
      provided: true,
      servicePrincipal: principal,
      identity: servicePrincipalLoop(principal),
    })
    expect([code(given), code(asPrincipal)]).toEqual(['p', 'p'])
    expect(code(aConnection(), own)).toBe('OwnResource')
    const vault = loop('target', accountId.replace(/Microsoft.Storage.*/, 'Microsoft.KeyVault/vaults/KV'))
    expect(code(aConnection({ target: vault }), own)).toBe('OwnResource')
    for (const id of [identityId.toLowerCase()]) {
      expect(code(given, { guarded: { ...nothing, ownIdentities: [id] } })).toBe('OwnIdentity')
      expect(code(given, { guarded: { ...nothing, systemIdentities: new Map([[id, 'cluster']]) } })).toBe('SystemIdentity')
    }
    for (const id of ['c1', 'p1']) {
      expect(code(asPrincipal, { guarded: { ...nothing, ownIdentities: [id] } })).toBe('OwnIdentity')
      expect(code(asPrincipal, { guarded: { ...nothing, systemIdentities: new Map([[id, 'cluster']]) } })).toBe('SystemIdentity')
    }
    expect(code(given, { madeFor: `${clusterId}|other|default`.toLowerCase() })).toBe('IdentityOfAnother')
    expect(code(given, { madeFor: `${clusterId}|shop|default`.toLowerCase() })).toBe('p')
    for (const tail of ['abcdefgh', 'abcdefgh234567abcdefgh2345'])
      expect(
        code(aConnection({ provided: true, identity: loop('identity', identityId.replace(/app$/, `sc-aks-other-default-${tail}`)) })),
      ).toBe('IdentityOfAnother')
    const its = identityIdOf({ cluster: loop('cluster', clusterId), namespace: 'shop', workload: 'default' }, guards.installation)
    expect(code(aConnection({ provided: true, identity: loop('identity', its) }))).toBe('p')
  })

  it('matches service principals only by patterns that say so', () => {
    const principal = { clientId: 'c1', principalId: 'p1' }
    const one = aConnection({
      auth: 'service-principal',
      provided: true,
      servicePrincipal: principal,
      identity: servicePrincipalLoop(principal),
    })
    expect(refusal(one, policy({ identities: ['*/*/*'] }))).toBe('ProvidedIdentityNotAllowed')
    expect(refusal(one, policy({ identities: ['service*/*/*'] }))).toBe('ProvidedIdentityNotAllowed')
    expect(refusal(one, policy({ identities: ['servicePrincipals/*/p1'] }))).toBeUndefined()
    expect(refusal(given, policy({ identities: ['servicePrincipals/*/*'] }))).toBe('ProvidedIdentityNotAllowed')
  })

  it('allows only direct connections, unless a policy names the transport and lets its clusters be changed', () => {
    const one = aConnection({ transport: 'extension' })
    expect(refusal(one, policy({ changeClusters: true }))).toBe('NotAllowed')
    expect(refusal(one, policy({ transports: ['extension'] }))).toBe('NotAllowed')
    expect(refusal(one, policy({ transports: ['extension'], changeClusters: true }))).toBeUndefined()
    expect(refusal(aConnection(), policy({ transports: ['extension'], changeClusters: true }))).toBe('NotAllowed')
  })

  it('admits callers that a policy names, and no tags there', () => {
    const named = policy({ callers: ['A0000000-0000-4000-8000-00000000000A'] })
    const caller = (...ids: string[]) => callerRefused(aConnection(), [named], [defaultRole], new Set(ids))?.code
    expect(caller('a0000000-0000-4000-8000-00000000000a', 'other')).toBeUndefined()
    expect(caller('other')).toBe('CallerNotAllowed')
    expect(callerRefused(aConnection(), [named, policy({})], [defaultRole], new Set())).toBeUndefined()
    expect(callerRefused(aConnection(), [], [defaultRole], new Set())).toBeUndefined()
    expect(refusal(aConnection({ origin: 'tag' }), named)).toBe('NotAllowed')
  })

  it('compares targets by the account, not by its child', () => {
    expect(refusal(aConnection({ targetId: `${accountId}/blobServices/default` }), policy({ targets: ['*/*/default'] }))).toBe('NotAllowed')
  })
})

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { matchesPlace } from '../../src/declare/place-match.ts'
import { policyConnections } from '../../src/declare/policy-connections.ts'
import { consentsOf } from '../../src/declare/target-consent.ts'
import { type ConnectRule, connectRuleSchema, type ResourcePlace } from '../../src/model/connect-rule.ts'
import { loop } from '../../src/model/loop.ts'
import type { Policy } from '../../src/model/policy.ts'
import { targets } from '../../src/targets/catalogue.ts'
import { installation } from '../functions/test-services.ts'
import { accountId, clusterId, subscription } from '../model/a-connection.ts'

const place: ResourcePlace = { id: clusterId, location: 'westeurope', tags: { Env: 'prod', team: 'Shop' } }
const nothing = { clusters: [], targets: [], namespaces: [], auth: [] }
const rule = (over: Partial<ConnectRule> = {}): ConnectRule =>
  connectRuleSchema.parse({ name: 'logs', clusters: {}, target: { type: 'storage-blob', id: accountId }, ...over })
const policy = (connect: readonly ConnectRule[], over: Partial<Policy> = {}): Policy => ({
  name: 'fleet',
  allow: nothing,
  connect,
  ...over,
})
const made = (...policies: Policy[]) => policyConnections(policies, { cluster: loop('cluster', clusterId), place }, installation, targets)
const at = (name: string, location: string): ResourcePlace => ({ id: accountId.replace('stdata', name), location, tags: {} })
const byTag = { type: 'storage-blob', tags: { purpose: 'logs' } } as const

describe('rules of policies', () => {
  it('connect a target by its id, under the names of their templates', () => {
    const { specs, faults } = made(policy([rule({ name: 'logs-{target}', namespace: '{tag:team}', auth: 'secret' })]))
    expect(faults).toEqual([])
    expect(specs).toMatchObject([{ origin: 'policy', policy: 'fleet', name: 'logs-stdata', namespace: 'shop', auth: 'secret' }])
  })

  it('connect all targets that were found, or the one of the same region', () => {
    const found = { 0: [at('near', 'West Europe'), at('far', 'northeurope')] }
    const names = (target: ConnectRule['target']) =>
      made(policy([rule({ name: '{target}', target })], { found })).specs.map(({ name }) => name)
    expect(names(byTag)).toEqual(['near', 'far'])
    expect(names({ ...byTag, region: 'same' })).toEqual(['near'])
  })

  it.each<[string, Partial<ConnectRule>, readonly ResourcePlace[], string]>([
    ['none is in the region', { target: { ...byTag, region: 'same' } }, [at('far', 'northeurope')], 'there is no storage-blob'],
    ['two are in the region', { target: { ...byTag, region: 'same' } }, [at('one', 'westeurope'), at('two', 'westeurope')], 'one, two'],
    ['two targets have one name', { target: byTag }, [at('one', 'x'), at('two', 'x')], 'write {target}'],
    ['a tag of a template is missing', { namespace: '{tag:owner}' }, [], "no tag 'owner'"],
    ['a word of a template is unknown', { name: 'logs-{zone}' }, [], '{zone} is not known'],
    ['the name is no name', { name: '!' }, [], 'not a valid name'],
    ['a field is wrong', { auth: 'magic' }, [], 'auth'],
    ['the type is unknown', { target: { type: 'tape', id: accountId } }, [], "'tape'"],
  ])('say why nothing is connected where %s', (_, over, found, words) => {
    const { specs, faults } = made(policy([rule(over), rule({ name: 'good' })], { found: { 0: found } }))
    expect(faults).toMatchObject([
      { code: 'PolicyCannotConnect', about: { policy: 'fleet', rule: '1', message: expect.stringContaining(words) } },
    ])
    expect(specs.map(({ name }) => name)).toContain('good')
  })

  it('let the first of two policies have a name, whatever their order', () => {
    const two = [policy([rule({ namespace: 'b' })], { name: 'b' }), policy([rule({ namespace: 'a' })], { name: 'a' })]
    for (const policies of [two, two.toReversed()])
      expect(made(...policies)).toMatchObject({ specs: [{ policy: 'a' }], faults: [{ about: { policy: 'b' } }] })
  })

  it('match nothing on clusters that one word of them does not match', () => {
    const word = fc.constantFrom('prod', 'test', '*', 'p*')
    const clusters = fc.record(
      {
        tags: fc.dictionary(fc.constantFrom('env', 'ENV', 'TEAM', 'none'), word, { maxKeys: 2 }),
        subscriptions: fc.subarray([subscription, '*', 'other'], { minLength: 1 }),
        groups: fc.subarray(['rg', 'R*', 'web'], { minLength: 1 }),
        names: fc.subarray(['aks', 'edge-*'], { minLength: 1 }),
        regions: fc.subarray(['westeurope', 'northeurope'], { minLength: 1 }),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(clusters, (pattern) => {
        const all = [
          pattern.subscriptions?.some((one) => one === '*' || one === subscription),
          pattern.groups?.some((one) => one !== 'web'),
          pattern.names?.includes('aks'),
          pattern.regions?.includes('westeurope'),
          ...Object.entries(pattern.tags ?? {}).map(([name, value]) =>
            name.toLowerCase() === 'env' ? value !== 'test' : name.toLowerCase() === 'team' ? value === '*' : false,
          ),
        ]
        expect(matchesPlace(pattern, place)).toBe(all.every((one) => one !== false))
      }),
    )
  })
})

describe('the tag connect-allow', () => {
  const read = (value: string) =>
    consentsOf({ id: accountId, location: '', tags: { 'connect-allow': value } }, targets).map(({ allow }) => allow)

  it('fills in what is left out from the target', () => {
    const targets = [`${subscription}/data/stdata`]
    const auth = ['workload-identity']
    expect(read(`aks:shop rg/edge-*:*,${clusterId.split('/')[2]}/rg/aks:web`)).toEqual([
      { clusters: [`${subscription}/data/aks`], targets, namespaces: ['shop'], auth },
      { clusters: [`${subscription}/rg/edge-*`], targets, namespaces: ['*'], auth },
      { clusters: [`${subscription}/rg/aks`], targets, namespaces: ['web'], auth },
    ])
  })

  it('is no consent on a resource that is no target', () => {
    expect(consentsOf({ id: clusterId, location: '', tags: { 'connect-allow': '*/*:*' } }, targets)).toEqual([])
  })

  it('allows nothing that it does not understand, and never a key', () => {
    for (const bad of ['', 'aks', '*/rg/aks:shop', 'a/b/c/d:shop', ':shop', 'aks:']) expect([bad, read(bad)]).toEqual([bad, []])
    fc.assert(
      fc.property(fc.string(), (text) =>
        read(text).every(({ auth, roles, identities }) => auth.join() === 'workload-identity' && !roles && !identities),
      ),
    )
  })
})

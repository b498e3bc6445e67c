import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type TransportName, transports } from '../../../src/model/connection.ts'
import type { ClusterFacts } from '../../../src/model/facts.ts'
import { choiceFor, transportFor } from '../../../src/steps/cluster/transport-for.ts'
import { writeServiceAccounts } from '../../../src/steps/identity/write-service-accounts.ts'
import { allowAll } from '../../model/allow-all.ts'
import { clusterFacts, connection, identityFacts, installation, loopOf, shop, viewOf, worker } from '../builders.ts'

type Given = {
  readonly apiServer?: ClusterFacts['apiServer']
  readonly commands?: ClusterFacts['commands']
  readonly listed: readonly TransportName[]
  readonly hasFlux: boolean
  readonly auth: 'workload-identity' | 'secret'
}

const given = fc.record(
  {
    apiServer: fc.constantFrom<NonNullable<ClusterFacts['apiServer']>>('private', 'ranges'),
    commands: fc.constantFrom<NonNullable<ClusterFacts['commands']>>('off', 'as administrator'),
    listed: fc.subarray([...transports]),
    hasFlux: fc.boolean(),
    auth: fc.constantFrom<'workload-identity' | 'secret'>('workload-identity', 'secret'),
  },
  { requiredKeys: ['listed', 'hasFlux', 'auth'] },
)
const selfWith = ({ auth }: Pick<Given, 'auth'>) => connection({ transport: 'auto', auth })
const viewWith = ({ listed, hasFlux, auth, ...facts }: Given) =>
  viewOf(loopOf(selfWith({ auth })), {
    self: selfWith({ auth }),
    installation: { ...installation, ...(hasFlux ? { fluxAccount: 'manifests' } : {}) },
    policies: [{ name: 'all', allow: { ...allowAll, transports: [...listed] } }],
    others: [[shop, { ...clusterFacts(), ...facts }]],
  })

describe('transport auto', () => {
  it('is the first of its order that a policy lists: Flux where it can read, commands where the API server is out of reach, never the extension', () => {
    fc.assert(
      fc.property(given, (all) => {
        const { listed, hasFlux, auth, ...facts } = all
        const { transport, because = '' } = choiceFor(selfWith(all), viewWith(all)) ?? {}
        const flux = auth === 'secret' ? [] : (['flux'] as const)
        const order: readonly TransportName[] = facts.apiServer
          ? [...(hasFlux ? flux : []), ...(facts.commands ? [] : (['run-command'] as const)), 'direct', 'run-command', ...flux]
          : ['direct', 'run-command', ...flux]
        expect(transport).toBe(order.find((one) => listed.includes(one)) ?? 'direct')
        expect(because).toContain(facts.apiServer === undefined ? 'public' : facts.apiServer === 'private' ? 'private' : 'ranges')
        if (facts.apiServer && transport === 'direct') expect(because).toMatch(/ but /)
      }),
    )
  })

  it('is the same in the loop of the cluster, which installs what it needs', () => {
    fc.assert(
      fc.property(given, (all) => {
        const { listed: _, hasFlux: __, auth: ___, ...facts } = all
        const { policies, installation: known } = viewWith(all)
        const ofCluster = viewOf(shop, { facts: { ...clusterFacts(), ...facts }, policies, installation: known })
        expect(choiceFor(selfWith(all), ofCluster)).toEqual(choiceFor(selfWith(all), viewWith(all)))
      }),
    )
  })

  it('leaves alone what was declared', () => {
    fc.assert(
      fc.property(given, fc.constantFrom(...transports), (facts, transport) => {
        const declared = connection({ transport })
        expect(choiceFor(declared, viewWith(facts))).toBeUndefined()
        expect(transportFor(declared, viewWith(facts))).toBe(transport)
      }),
    )
  })

  it('lets a shared ServiceAccount go by the member whose transport fits the API server', () => {
    const members = [
      connection({ name: 'a', transport: 'extension' }),
      connection({ name: 'b' }),
      connection({ name: 'c', transport: 'run-command' }),
    ]
    const by = (facts: Partial<ClusterFacts>) =>
      writeServiceAccounts
        .desired(viewOf(worker, { members, facts: identityFacts(), others: [[shop, clusterFacts(facts)]] }))
        .objects.map(({ transport = 'direct' }) => transport)
    expect(by({})).toEqual(['direct'])
    expect(by({ apiServer: 'private' })).toEqual(['run-command'])
  })
})

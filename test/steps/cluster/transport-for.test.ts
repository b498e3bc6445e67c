import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type TransportName, transports } from '../../../src/model/connection.ts'
import type { ClusterFacts } from '../../../src/model/facts.ts'
import { choiceFor, transportFor } from '../../../src/steps/cluster/transport-for.ts'
import { writeServiceAccounts } from '../../../src/steps/identity/write-service-accounts.ts'
import { allowAll } from '../../model/allow-all.ts'
import { clusterFacts, connection, identityFacts, loopOf, shop, viewOf, worker } from '../builders.ts'

type Given = {
  readonly apiServer?: ClusterFacts['apiServer']
  readonly commands?: ClusterFacts['commands']
  readonly listed: readonly TransportName[]
}

const given = fc.record(
  {
    apiServer: fc.constantFrom<NonNullable<ClusterFacts['apiServer']>>('private', 'ranges'),
    commands: fc.constantFrom<NonNullable<ClusterFacts['commands']>>('off', 'as administrator'),
    listed: fc.subarray([...transports]),
  },
  { requiredKeys: ['listed'] },
)
const self = connection({ transport: 'auto' })
const viewWith = ({ listed, ...facts }: Given) =>
  viewOf(loopOf(self), {
    self,
    policies: [{ name: 'all', allow: { ...allowAll, transports: [...listed] } }],
    others: [[shop, { ...clusterFacts(), ...facts }]],
  })

describe('transport auto', () => {
  it('is one that a policy lists, never the extension, and by commands only where nothing else goes or they get further', () => {
    fc.assert(
      fc.property(given, ({ listed, ...facts }) => {
        const { transport, because = '' } = choiceFor(self, viewWith({ listed, ...facts })) ?? {}
        const open = listed.filter((one) => one !== 'extension')
        expect(transport).not.toBe('extension')
        if (open.length > 0) expect(open).toContain(transport)
        if (open.length === 2) expect(transport).toBe(facts.apiServer && !facts.commands ? 'run-command' : 'direct')
        expect(because).toContain(facts.apiServer === undefined ? 'public' : facts.apiServer === 'private' ? 'private' : 'ranges')
        if (facts.apiServer && transport === 'direct') expect(because).toMatch(/ but /)
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

import { describe, expect, it } from 'vitest'
import { loop } from '../../src/domain/loop.ts'
import { readersToWake } from '../../src/domain/readers.ts'
import { connection, shop, worker } from '../steps/builders.ts'

const member = connection({ identity: worker })
const kinds = (before: object, after: object): readonly string[] =>
  readersToWake(shop, [member], { facts: before as Record<string, unknown>, wake: [] }, after as Record<string, unknown>).map(
    ({ kind }) => kind,
  )

describe('who is woken by a cluster whose facts change', () => {
  it.each<[string, object, readonly string[]]>([
    ['its issuer', { issuer: 'https://issuer' }, ['connection', 'identity']],
    ['its addresses', { egressIps: ['20.0.0.1'] }, ['connection', 'target']],
    ['its location', { location: 'northeurope' }, ['connection', 'target', 'identity']],
    ['workload identity', { workloadIdentity: true }, ['connection']],
    ['the identities of its own', { systemIdentities: ['/a'] }, ['identity']],
    ['its state', { state: 'Updating' }, []],
    ['where its addresses come from', { outbound: { type: 'loadBalancer', ids: [] } }, []],
  ])('%s', (_what, facts, expected) => {
    expect(kinds({}, facts)).toEqual(expected)
    expect(kinds(facts, facts)).toEqual([])
  })

  it('keeps those who have not been told yet', () => {
    const waiting = [loop('connection', '/other')]
    expect(readersToWake(shop, [member], { facts: {}, wake: waiting }, {})).toEqual(waiting)
  })
})

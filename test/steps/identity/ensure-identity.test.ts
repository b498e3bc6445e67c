import { describe, expect, it } from 'vitest'
import { carryOut } from '../../../src/engine/carry-out.ts'
import { placeOf } from '../../../src/model/connection.ts'
import type { IdentityObject } from '../../../src/model/managed-objects.ts'
import { identityMarks } from '../../../src/model/names.ts'
import type { Identity } from '../../../src/ports/azure.ts'
import { ensureIdentity } from '../../../src/steps/identity/ensure-identity.ts'
import {
  attempted,
  clientId,
  clusterFacts,
  connection,
  fakeIdentities,
  first,
  following,
  identityFacts,
  installation,
  portsOf,
  principalId,
  shop,
  tracked,
  viewOf,
  worker,
} from '../builders.ts'

const marks = identityMarks(installation.name, worker.key)
const run = (view: ReturnType<typeof viewOf<'identity'>>, identities = fakeIdentities()) =>
  attempted(ensureIdentity, view, portsOf({ identities }))
const view = (given: Partial<Parameters<typeof viewOf<'identity'>>[1]> = {}) =>
  viewOf(worker, { members: [connection()], others: [[shop, clusterFacts()]], ...given })
const mine = (): IdentityObject => first(ensureIdentity.desired(view()).objects)
const nobody = { clientId: undefined, principalId: undefined, tenant: undefined, madeFor: undefined }

describe('ensure-identity', () => {
  it('creates the identity in the region of the first cluster, with the owner mark, and says who it is', async () => {
    const identities = fakeIdentities()
    const made = await run(view(), identities)
    expect(identities.calls).toEqual(['create in westeurope'])
    expect(identities.all.get(worker.id.toLowerCase())?.tags).toEqual(marks)
    expect(made.facts).toEqual({ clientId, principalId, tenant: installation.tenant, madeFor: placeOf(connection()) })
    expect(made.tracked.map((row) => row.ownership)).toEqual(['ours'])
  })

  it('waits for the region before it makes anything', async () => {
    const identities = fakeIdentities()
    const { waits } = await run(view({ others: [] }), identities)
    expect(waits[0]?.text).toContain('cluster shop has been read')
    expect(identities.calls).toEqual([])
  })

  it('goes on telling who its identity is while the cluster cannot be read', async () => {
    const identities = fakeIdentities([{ tags: marks }])
    const { facts } = await run(view({ others: [], tracked: { 'ensure-identity': [tracked(mine())] } }), identities)
    expect(facts).toMatchObject({ clientId })
  })

  it('deletes its own identity when it is no longer used', async () => {
    const identities = fakeIdentities()
    const before = view()
    const made = await run(before, identities)
    const gone = await run(following(ensureIdentity, before, made, { members: [] }), identities)
    expect(identities.calls).toEqual(['create in westeurope', 'delete'])
    expect(gone.tracked).toEqual([])
    expect(gone.facts).toEqual(nobody)
  })

  it('keeps its own identity while credentials or roles of it are still to go', async () => {
    const identities = fakeIdentities([{ tags: marks }])
    const role = { kind: 'role-assignment', id: 'r', summary: 'a role' }
    const { waits } = await run(
      view({ members: [], tracked: { 'ensure-identity': [tracked(mine())], 'assign-roles': [tracked(role)] } }),
      identities,
    )
    expect(identities.calls).toEqual([])
    expect(waits[0]?.text).toContain('a role')
  })

  it('only reads a provided identity, and leaves it when it is no longer used', async () => {
    const identities = fakeIdentities([{ tags: { owner: 'somebody' } }])
    const before = view({ members: [connection({ provided: true })] })
    const used = await run(before, identities)
    expect(used.facts).toMatchObject({ clientId })
    const left = await run(following(ensureIdentity, before, used, { members: [] }), identities)
    expect(left.tracked).toEqual([])
    expect(identities.calls).toEqual([])
  })

  it('never makes a given identity that is missing', async () => {
    const identities = fakeIdentities()
    const { unknown, facts } = await run(view({ members: [connection({ provided: true })] }), identities)
    expect(unknown).toMatchObject([{ code: 'IdentityMissing', text: expect.stringContaining('worker') }])
    expect(identities.calls).toEqual([])
    expect(facts).toEqual(nobody)
  })

  it('refuses the identity of a cluster for every member, and does not say who it is', async () => {
    const identities = fakeIdentities([{}])
    const system = clusterFacts({ systemIdentities: [worker.id.toLowerCase()] })
    const members = [connection({ provided: true }), connection({ name: 'other', provided: true })]
    const { problems, facts } = await run(view({ members, others: [[shop, system]], facts: identityFacts() }), identities)
    expect(problems.map(({ code, of }) => [code, of])).toEqual(members.map(({ key }) => ['SystemIdentity', key]))
    expect(facts).toEqual(nobody)
  })

  it('does not use a stranger that bears the name of its identity', async () => {
    const identities = fakeIdentities([{ tags: {} }])
    const { problems, facts } = await run(view(), identities)
    expect(problems).toMatchObject([{ code: 'NotOurs' }])
    expect(facts).toEqual(nobody)
    expect(identities.calls).toEqual([])
  })

  it('does not touch the identity of another installation', async () => {
    const identities = fakeIdentities([{ tags: identityMarks('another', worker.key) }])
    const { problems } = await run(view(), identities)
    expect(problems).toMatchObject([{ code: 'NotOurs' }])
    const left = await run(view({ members: [], tracked: { 'ensure-identity': [tracked(mine())] } }), identities)
    expect(left.tracked).toEqual([])
    expect(identities.calls).toEqual([])
  })

  it('restores its marks where the tags were removed, beside the tags of others', async () => {
    const identities = fakeIdentities([{ location: 'westeurope', tags: { cost: '1' } } satisfies Partial<Identity>])
    await run(view({ tracked: { 'ensure-identity': [tracked(mine())] } }), identities)
    expect(identities.all.get(worker.id.toLowerCase())?.tags).toEqual({ cost: '1', ...marks })
  })

  it('keeps the tags that others wrote between its read and its write', async () => {
    const there = { location: 'westeurope', tags: { cost: '1' } } satisfies Partial<Identity>
    const identities = fakeIdentities([there])
    const ours = view({ tracked: { 'ensure-identity': [tracked(mine())] } })
    await carryOut(ensureIdentity, ours, undefined, portsOf({ identities }), 'apply', async () => {
      const now = identities.all.get(worker.id.toLowerCase())
      if (now) identities.all.set(worker.id.toLowerCase(), { ...now, tags: { cost: '2', owner: 'ada' } })
      return true
    })
    expect(identities.all.get(worker.id.toLowerCase())?.tags).toEqual({ cost: '2', owner: 'ada', ...marks })
  })
})

import { describe, expect, it } from 'vitest'
import { grantFact } from '../../../src/model/grant-fact.ts'
import { roleAssignmentMark, roleAssignmentName } from '../../../src/model/names.ts'
import { servicePrincipalLoop } from '../../../src/model/service-principal.ts'
import { assignRoles } from '../../../src/steps/identity/assign-roles.ts'
import { ensureIdentity } from '../../../src/steps/identity/ensure-identity.ts'
import { federateIdentity } from '../../../src/steps/identity/federate-identity.ts'
import { writeServiceAccounts } from '../../../src/steps/identity/write-service-accounts.ts'
import {
  attempted,
  connection,
  contributor,
  fakeArm,
  first,
  following,
  identityFacts,
  installation,
  portsOf,
  principalId,
  reader,
  refusal,
  stdata,
  tracked,
  viewOf,
  worker,
} from '../builders.ts'

const below = `${stdata.id}/providers/Microsoft.Authorization/roleAssignments`
const own = `${below}/${roleAssignmentName(stdata.id, principalId, contributor, worker.key)}`
const assignment = (of: { id?: string; description?: string; scope?: string; principalId?: string; role?: string } = {}) => {
  const id = of.id ?? own
  return {
    id,
    name: id.split('/').at(-1),
    properties: {
      scope: of.scope ?? stdata.id,
      principalId: of.principalId ?? principalId,
      roleDefinitionId: `/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/${of.role ?? contributor}`,
      ...(of.description === undefined ? {} : { description: of.description }),
    },
  }
}
const mark = roleAssignmentMark(installation.name, worker.key)
const view = (given: Partial<Parameters<typeof viewOf<'identity'>>[1]> = {}) =>
  viewOf(worker, { members: [connection()], facts: identityFacts(), ...given })
const object = first(assignRoles.desired(view()).objects)

/** ARM answers the scope of an assignment, which a PUT does not send. */
function fakeAuthorization(...there: readonly ReturnType<typeof assignment>[]) {
  const arm = fakeArm(Object.fromEntries(there.map((one) => [one.id, one])))
  const { put } = arm
  arm.put = async (id, version, body) => {
    const { properties } = body as { properties: object }
    return put(id, version, { properties: { ...properties, scope: stdata.id } })
  }
  return arm
}

describe('assign-roles', () => {
  it('assigns the role on the target, with the type of the principal and the owner mark', async () => {
    const arm = fakeAuthorization()
    const run = await attempted(assignRoles, view(), portsOf({ arm }))
    expect(arm.resources.get(own.toLowerCase())).toMatchObject({
      properties: {
        principalId,
        principalType: 'ServicePrincipal',
        description: mark,
        roleDefinitionId: expect.stringContaining(contributor),
      },
    })
    expect(run.facts).toEqual({ roles: [grantFact(contributor, stdata.id)] })
    expect(run.changed).toEqual(['made Storage Blob Data Contributor for identity worker on stdata'])
  })

  it('is news for those members only whose role came or went', () => {
    const reading = connection({ name: 'reports', roles: [reader] })
    const [wide, narrow] = [contributor, reader].map((role) => grantFact(role, stdata.id))
    const told = (before: readonly (string | undefined)[], after: readonly (string | undefined)[]) =>
      [connection(), reading].filter((member) =>
        assignRoles.concerns?.(member, { roles: before as string[] }, { roles: after as string[] }, view()),
      )
    expect(told([], [wide])).toEqual([connection()])
    expect(told([wide], [wide, narrow])).toEqual([reading])
    expect(told([wide, narrow], [wide, narrow])).toEqual([])
  })

  it('asks once per scope, only about this principal', async () => {
    const arm = fakeAuthorization(assignment({ description: mark }))
    const members = [connection({ roles: [contributor, reader] }), connection({ name: 'other' })]
    await attempted(assignRoles, view({ members }), portsOf({ arm }), { mode: 'report' })
    const [list, ...more] = arm.calls
    expect(decodeURIComponent(list ?? '')).toBe(`LIST ${below}?$filter=principalId eq '${principalId}'`)
    expect(more).toEqual([])
  })

  it('keeps a shared role until its last member has left', async () => {
    const arm = fakeAuthorization()
    const both = view({ members: [connection(), connection({ name: 'other' })] })
    const made = await attempted(assignRoles, both, portsOf({ arm }))
    const one = following(assignRoles, both, made, { members: [connection()] })
    await attempted(assignRoles, one, portsOf({ arm }))
    expect(arm.resources.size).toBe(1)
    await attempted(assignRoles, { ...one, members: [] }, portsOf({ arm }))
    expect(arm.resources.size).toBe(0)
  })

  it('adopts an assignment that another party made for the same, and never deletes it', async () => {
    const arm = fakeAuthorization(assignment({ id: `${below}/by-hand` }))
    const before = view()
    const made = await attempted(assignRoles, before, portsOf({ arm }))
    expect(made.tracked.map((row) => row.ownership)).toEqual(['adopted'])
    await attempted(assignRoles, following(assignRoles, before, made, { members: [] }), portsOf({ arm }))
    expect(arm.calls.filter((call) => !call.startsWith('LIST'))).toEqual([])
  })

  it('leaves the assignment of another installation alone, though it has the same id', async () => {
    const arm = fakeAuthorization(assignment({ description: roleAssignmentMark('another', worker.key) }))
    await attempted(assignRoles, view({ members: [], tracked: { 'assign-roles': [tracked(object)] } }), portsOf({ arm }))
    expect(arm.resources.size).toBe(1)
  })

  it('takes an assignment without description for its own where the ledger says so', async () => {
    const arm = fakeAuthorization(assignment())
    await attempted(assignRoles, view({ members: [], tracked: { 'assign-roles': [tracked(object)] } }), portsOf({ arm }))
    expect(arm.resources.size).toBe(0)
  })

  it('does not count what is inherited from above', async () => {
    const arm = fakeAuthorization(assignment({ id: `${below}/inherited`, scope: '/subscriptions/s' }))
    const run = await attempted(assignRoles, view(), portsOf({ arm }), { mode: 'report' })
    expect(run.facts).toEqual({ roles: [] })
    expect(run.report?.commands?.cli).toContain(`--role ${contributor} --scope '${stdata.id}'`)
  })

  it('removes what belonged to an identity that was recreated, and assigns again', async () => {
    const old = 'bbbbbbbb-0000-0000-0000-00000000dead'
    const before = view({ facts: identityFacts({ principalId: old }) })
    const arm = fakeAuthorization()
    const made = await attempted(assignRoles, before, portsOf({ arm }))
    await attempted(assignRoles, following(assignRoles, before, made, { facts: identityFacts() }), portsOf({ arm }))
    expect([...arm.resources.values()].map((one) => (one['properties'] as { principalId: string }).principalId)).toEqual([principalId])
  })

  it('waits for the identity, and wants nothing where roles were opted out', async () => {
    expect(assignRoles.desired(view({ facts: {} }))).toMatchObject({
      incomplete: true,
      waiting: [{ text: 'waiting until identity worker is there' }],
    })
    expect(assignRoles.desired(view({ facts: {}, members: [connection({ roles: [] })] }))).toEqual({ objects: [] })
  })

  it('calls it done when another writer made the same at the same moment', async () => {
    const arm = fakeAuthorization()
    arm.put = async () => {
      arm.resources.set(`${below}/by-hand`.toLowerCase(), assignment({ id: `${below}/by-hand` }))
      throw refusal({ class: 'stale', code: 'AlreadyThere', status: 409 })
    }
    const run = await attempted(assignRoles, view(), portsOf({ arm }))
    expect(run.failure).toBeUndefined()
    expect(run.facts).toEqual({ roles: [grantFact(contributor, stdata.id)] })
  })

  it('forgets the assignments of a target that is gone, but not of one that it cannot find for another reason', async () => {
    const arm = fakeAuthorization()
    arm.refuse = (call) => (call.startsWith('LIST') ? refusal({ class: 'replication', code: 'NotFound', status: 404 }) : undefined)
    const leaving = view({ members: [], tracked: { 'assign-roles': [tracked(object)] } })
    expect((await attempted(assignRoles, leaving, portsOf({ arm }))).tracked).toEqual([])
    const doubted = await attempted(assignRoles, leaving, portsOf({ arm, isListed: async () => true }))
    expect(doubted).toMatchObject({ failure: { fields: { code: 'StillListed', class: 'transient' } }, tracked: [{ ownership: 'ours' }] })
    arm.resources.set(stdata.id.toLowerCase(), { id: stdata.id })
    const unsure = await attempted(assignRoles, leaving, portsOf({ arm }))
    expect(unsure.failure?.fields.code).toBe('NotFound')
    expect(unsure.tracked).toHaveLength(1)
  })

  it('gives a service principal its roles by the object id that its loop is named by, with nothing else made of it', async () => {
    const servicePrincipal = { clientId: principalId, principalId: '12345678-0000-4000-8000-000000000001' }
    const principal = servicePrincipalLoop(servicePrincipal)
    const member = connection({ auth: 'service-principal', identity: principal, servicePrincipal, provided: true, roles: [contributor] })
    const ofPrincipal = viewOf(principal, { members: [member] })
    expect(assignRoles.desired(ofPrincipal).objects).toMatchObject([{ principalId: servicePrincipal.principalId, scope: stdata.id }])
    for (const step of [ensureIdentity, federateIdentity, writeServiceAccounts]) expect(step.desired(ofPrincipal).objects).toEqual([])
  })

  describe('tells what limits a role that serves:', () => {
    const foreign = (properties: object) => {
      const one = assignment({ id: `${below}/0f0f0f0f-0000-4000-8000-000000000001` })
      return { ...one, properties: { ...one.properties, ...properties } }
    }
    const instance = (endDateTime: string | null) => ({
      id: `${stdata.id}/providers/Microsoft.Authorization/roleAssignmentScheduleInstances/1`,
      properties: { ...assignment().properties, endDateTime },
    })
    const limits = async (arm: ReturnType<typeof fakeAuthorization>) => {
      const { facts, nextRunAt } = await attempted(assignRoles, view(), portsOf({ arm }))
      const [limit] = Object.values((facts as { limits?: object } | undefined)?.limits ?? {})
      return { limit, nextRunAt }
    }

    it.each([
      ['a condition', { condition: 'C' }, { condition: 'C' }],
      ['a delegation', { delegatedManagedIdentityResourceId: '/subscriptions/x' }, { isDelegated: true }],
      ['nothing', { condition: null, delegatedManagedIdentityResourceId: null }, undefined],
    ])('%s', async (_, properties, expected) => {
      const { limit } = await limits(fakeAuthorization(foreign(properties)))
      expect(limit).toEqual(expected && { what: object.summary, ...expected })
    })

    it('a condition that another party put on an assignment of the app, which is not removed', async () => {
      const ours = assignment({ description: mark })
      const arm = fakeAuthorization({ ...ours, properties: { ...ours.properties, condition: 'C' } as never })
      expect(await limits(arm)).toMatchObject({ limit: { condition: 'C' } })
      expect(arm.calls.filter((call) => !call.startsWith('LIST'))).toEqual([])
    })

    it('the end of one that is time-bound, at which it reads again', async () => {
      const end = '2026-11-25T00:00:00.000Z'
      const { limit, nextRunAt } = await limits(fakeAuthorization(foreign({}), instance(end) as never))
      expect([limit, nextRunAt]).toEqual([{ what: object.summary, endsAt: Date.parse(end) }, Date.parse(end)])
    })

    it('no end of one that is permanent, or whose schedules may not be asked for', async () => {
      expect(await limits(fakeAuthorization(foreign({}), instance(null) as never))).toEqual({ limit: undefined, nextRunAt: undefined })
      const arm = fakeAuthorization(foreign({}))
      arm.refuse = (call) => (call.includes('ScheduleInstances') ? refusal({ status: 400, class: 'manual' }) : undefined)
      expect(await limits(arm)).toEqual({ limit: undefined, nextRunAt: undefined })
    })

    it('and asks for no schedules where the app made the assignment', async () => {
      const arm = fakeAuthorization(assignment({ description: mark }))
      await limits(arm)
      expect(arm.calls.filter((call) => call.includes('ScheduleInstances'))).toEqual([])
    })
  })
})

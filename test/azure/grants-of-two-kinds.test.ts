// Two kinds of grant through the real step and the real client against the simulated cloud: Azure roles, and access policies of Redis.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createArm } from '../../src/azure/arm.ts'
import { finish } from '../../src/engine/attempt-result.ts'
import { resources } from '../../src/local/cloud/arm/resources.ts'
import type { Connection } from '../../src/model/connection.ts'
import { loop } from '../../src/model/loop.ts'
import type { Operation, StepRow } from '../../src/model/outcome.ts'
import type { View } from '../../src/model/view.ts'
import type { Ports } from '../../src/ports/ports.ts'
import { assignRoles } from '../../src/steps/identity/assign-roles.ts'
import { groupPath } from '../local/cloud/arm/arm-world.ts'
import {
  attempted,
  connection,
  contributor,
  following,
  identityFacts,
  minutes,
  now,
  portsOf,
  principalId,
  viewOf,
  worker,
} from '../steps/builders.ts'
import { policiesOf, putPolicy } from '../targets/redis-policies.ts'
import { type AzureWorld, azureWorld } from './azure-world.ts'

const cacheId = (name: string): string => `${groupPath('shop')}/providers/Microsoft.Cache/redis/${name}`
const account = loop('target', `${groupPath('shop')}/providers/Microsoft.Storage/storageAccounts/stshop`)
const onCache = (name: string, of: Partial<Connection> = {}): Connection => {
  const target = loop('target', cacheId(name))
  return connection({ name, target, targetId: `${target.id}/databases/0`, roles: ['redisAccessPolicy:Data Contributor'], ...of })
}
const onAccount = connection({ target: account, roles: [contributor] })

let world: AzureWorld
let ports: Ports
beforeAll(async () => {
  world = await azureWorld({ resources: ['a', 'b'].map((name) => ({ id: cacheId(name), location: 'northeurope' })) })
})
afterAll(() => world.close())
beforeEach(async () => {
  for (const [key, { type }] of resources(world.cloud.world))
    if (/accessPolicyAssignments|roleAssignments/i.test(type)) resources(world.cloud.world).delete(key)
  await world.clock.pass(minutes)
  ports = portsOf({ arm: createArm(world.connection('ada')) })
})

const view = (...members: readonly Connection[]): View<'identity'> => viewOf(worker, { members, facts: identityFacts() })

/** One attempt after the other, as the loop makes them, until nothing is under way. */
async function settle(from: View<'identity'>) {
  let at = from
  let before: StepRow | undefined
  const operations: Operation[] = []
  for (let tries = 0; tries < 6; tries++) {
    const run = await attempted(assignRoles, at, ports, before ? { before } : {})
    if (run.failure) throw run.failure
    at = following(assignRoles, at, run)
    if (!run.started) return { run, view: at, operations }
    operations.push(run.started)
    before = { ...finish(run, before, now), step: 'assign-roles', facts: {}, tracked: run.tracked, wake: [] } as unknown as StepRow
    await world.clock.pass(minutes)
  }
  throw new Error('It goes on and on')
}

describe('grants of two kinds', () => {
  it('are each made through their own API, one operation at a time, and told as facts with their kind', async () => {
    const { run, operations } = await settle(view(onCache('a'), onCache('b')))
    expect(operations.map(({ objects }) => objects?.length)).toEqual([1, 1])
    expect(policiesOf(world.cloud.world)).toEqual([`${principalId} Data Contributor`, `${principalId} Data Contributor`])
    expect(run.facts).toMatchObject({
      roles: ['a', 'b'].map((name) => `redisaccesspolicy:data contributor@${cacheId(name)}`.toLowerCase()),
    })
    expect(run.tracked.map(({ ownership }) => ownership)).toEqual(['ours', 'ours'])
  })

  it('do not read each other: a list of one kind says nothing about the other', async () => {
    const { run } = await settle(view(onCache('a', { roles: [contributor] })))
    expect(run.facts).toMatchObject({ roles: [`${contributor}@${cacheId('a')}`.toLowerCase()] })
    expect(policiesOf(world.cloud.world)).toEqual([])
  })

  it('concern the members that need them, by what each is on', () => {
    const members = [onCache('a'), onCache('a', { name: 'c', roles: ['redisAccessPolicy:Data Contributor@child'] }), onAccount]
    const fact = `redisaccesspolicy:data contributor@${cacheId('a')}/databases/0`.toLowerCase()
    const told = members.filter((member) => assignRoles.concerns?.(member, { roles: [] }, { roles: [fact] }, view(...members)))
    expect(told.map(({ name }) => name)).toEqual(['c'])
  })

  it('on a child name the resource that it belongs to', () => {
    const { objects } = assignRoles.desired(view(onCache('a', { roles: ['redisAccessPolicy:Data Owner@child'] })))
    expect(objects).toMatchObject([
      {
        grant: 'redisAccessPolicy',
        scope: `${cacheId('a')}/databases/0`,
        owner: cacheId('a'),
        roleId: 'Data Owner',
        summary: 'role redisAccessPolicy:Data Owner@child for identity worker on databases/0 of a',
      },
    ])
  })

  it('are removed when the last member that needs them has left', async () => {
    const { view: made } = await settle(view(onCache('a'), onCache('a', { name: 'c' })))
    const { view: one } = await settle({ ...made, members: [onCache('a')] })
    expect(policiesOf(world.cloud.world)).toHaveLength(1)
    await settle({ ...one, members: [] })
    expect(policiesOf(world.cloud.world)).toEqual([])
  })

  it('stay where others made them', async () => {
    putPolicy(world.cloud.world, `${cacheId('a')}/accessPolicyAssignments/by-hand`, {
      objectId: principalId,
      accessPolicyName: 'Data Contributor',
    })
    const { run, view: made } = await settle(view(onCache('a')))
    expect(run.tracked.map(({ ownership }) => ownership)).toEqual(['adopted'])
    await settle({ ...made, members: [] })
    expect(policiesOf(world.cloud.world)).toHaveLength(1)
  })

  it('differ by what the kind says: a wrong policy of the app is put right', async () => {
    const { view: made } = await settle(view(onCache('a')))
    const [{ object } = { object: undefined }] = made.tracked('assign-roles')
    putPolicy(world.cloud.world, `${cacheId('a')}/accessPolicyAssignments/${(object as { name?: string } | undefined)?.name}`, {
      objectId: principalId,
      accessPolicyName: 'Data Reader',
    })
    await settle(made)
    expect(policiesOf(world.cloud.world)).toEqual([`${principalId} Data Contributor`])
  })

  it('are told by hand with the commands of both', async () => {
    const both = view(onCache('a'), onAccount)
    const { report } = await attempted(assignRoles, both, ports, { mode: 'report' })
    expect(report?.commands?.cli).toContain('az redis access-policy-assignment create')
    expect(report?.commands?.cli).toContain(`az role assignment create`)
  })
})

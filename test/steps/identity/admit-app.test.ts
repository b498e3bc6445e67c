// How the app lets itself in at a server of databases: through the two real steps, against a firewall that answers by its rules.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AnyStep } from '../../../src/contract/digest.ts'
import { carryOut } from '../../../src/engine/carry-out.ts'
import { inputsOf } from '../../../src/engine/inputs.ts'
import { Failure } from '../../../src/errors/failure.ts'
import { covers } from '../../../src/model/egress.ts'
import { loop } from '../../../src/model/loop.ts'
import type { LedgerEntry } from '../../../src/model/managed-object.ts'
import type { View } from '../../../src/model/view.ts'
import type { DatabaseRole, Databases } from '../../../src/ports/databases.ts'
import { admitApp } from '../../../src/steps/identity/admit-app.ts'
import { assignRoles } from '../../../src/steps/identity/assign-roles.ts'
import {
  attempted,
  connection,
  fakeArm,
  following,
  group,
  identityFacts,
  installation,
  minutes,
  portsOf,
  viewOf,
  worker,
} from '../builders.ts'

const server = `${group}/providers/Microsoft.DBforPostgreSQL/flexibleServers/shopdb`
const own = '0d0c5b1e-0000-4000-8000-00000000000a'
const others = {
  id: `${server}/firewallRules/office`,
  name: 'office',
  properties: { startIpAddress: '203.0.113.7', endIpAddress: '203.0.113.7' },
}
const member = (firewall: 'open' | 'keep' = 'open') =>
  connection({
    identity: worker,
    type: 'postgres-flexible',
    target: loop('target', server),
    targetId: `${server}/databases/orders`,
    roles: ['databaseRole:writer@child'],
    firewall,
  })
type Identity = View<'identity'>
const view = (of: Partial<Pick<Identity, 'members' | 'installation'>> = {}): Identity =>
  viewOf(worker, {
    members: [member()],
    facts: identityFacts(),
    installation: { ...installation, ownAddresses: ['20.7.7.7', '20.7.7.8'] },
    ...of,
  })

/** `seen`: as which address the server sees the app; it says so if it is `told`. `access`: of the server. */
function world({ seen = '20.7.7.7', told = true, access = 'Enabled' } = {}) {
  const at = (path = ''): string => `${server}${path}`.toLowerCase()
  const arm = fakeArm({
    [at()]: {
      location: 'northeurope',
      properties: {
        state: 'Ready',
        fullyQualifiedDomainName: 'shopdb.postgres.database.azure.com',
        network: { publicNetworkAccess: access },
        authConfig: { activeDirectoryAuth: 'Enabled' },
      },
    },
    [at(`/administrators/${own}`)]: { name: own, properties: { principalName: 'connector', principalType: 'ServicePrincipal' } },
    [others.id]: others,
  })
  const rules = () =>
    [...arm.resources.values()].flatMap(({ properties }) => (properties as { startIpAddress?: string }).startIpAddress ?? [])
  const user: { role?: DatabaseRole } = {}
  const reach = (): void => {
    if (rules().some((ip) => covers([ip], seen))) return
    const message = told ? `no pg_hba.conf entry for host "${seen}", user "connector"` : 'connect ETIMEDOUT'
    throw new Failure({ class: 'manual', code: 'DatabaseUnreachable', about: { server: 'shopdb', database: 'orders', message } })
  }
  const databases: Databases = {
    users: async () => [],
    async find() {
      reach()
      return user.role && { isSame: true, roles: ['reader', user.role], isUnused: false }
    },
    async grant(_place, _user, role) {
      reach()
      user.role = role
    },
    async revoke() {
      reach()
      delete user.role
    },
  }
  return {
    arm,
    user,
    rules,
    ours: () => rules().filter((ip) => ip !== '203.0.113.7'),
    ports: portsOf({ arm, databases, ownIds: async () => [own] }),
  }
}
type World = ReturnType<typeof world>

/** As the loop runs after an event: both steps once, and then those whose inputs differ, or which wait for something. */
async function settled(from: Identity, { ports }: World, rounds = 12): Promise<Identity> {
  let at = from
  const ran = new Map<string, { readonly inputs: string; readonly isOpen: boolean }>()
  const inputsFor = (step: AnyStep): string => inputsOf(step, at, () => 'apply')
  for (let round = 0; round < rounds; round++)
    for (const step of [assignRoles, admitApp] as readonly AnyStep[]) {
      const last = ran.get(step.name)
      if (last && !last.isOpen && last.inputs === inputsFor(step)) continue
      const inputs = inputsFor(step)
      const run = await attempted(step, at, ports)
      ran.set(step.name, { inputs, isOpen: run.waits.length > 0 || run.failure !== undefined })
      at = following<'identity'>(step, at, run, { now: at.now + minutes / 4 })
    }
  return at
}

describe('a server whose firewall does not let the app in', () => {
  it('has rules for the app while a user is made, and nothing of it afterwards', async () => {
    const its = world()
    const first = await attempted(assignRoles, view(), its.ports)
    expect([first.problems, first.unknown, first.waits.map(({ text }) => text)]).toEqual([
      [],
      [],
      ['waiting until the firewall of shopdb lets the app in'],
    ])
    const shut = following<'identity'>(assignRoles, view(), first)
    const opened = await attempted(admitApp, shut, its.ports)
    expect(its.ours().sort()).toEqual(['20.7.7.7', '20.7.7.8'])
    expect(opened.tracked.map(({ ownership }) => ownership)).toEqual(['ours', 'ours'])
    const after = await settled(following<'identity'>(admitApp, shut, opened), its)
    expect([its.user.role, its.ours(), after.tracked('admit-app'), after.facts.shutOut]).toEqual(['writer', [], [], undefined])
  })

  it('is opened again for a user that goes, also if no connection is left to say so', async () => {
    const its = world()
    const made = await settled(view(), its)
    const first = await attempted(assignRoles, { ...made, members: [] }, its.ports)
    expect(first.tracked.map(({ ownership }) => ownership)).toEqual(['ours'])
    expect(first.pendingDeletes).toHaveLength(1)
    const gone = await settled({ ...made, members: [] }, its)
    expect([its.user.role, its.ours(), gone.tracked('assign-roles'), gone.tracked('admit-app')]).toEqual([undefined, [], [], []])
  })

  it.each([
    ['the installation names no addresses', { installation }],
    ['the connection keeps firewalls as they are', { members: [member('keep')] }],
  ])('stays closed where %s, and the statements are told', async (_why, of) => {
    const its = world()
    const run = await attempted(assignRoles, view(of), its.ports)
    expect(run.unknown).toMatchObject([{ code: 'DatabaseUnreachable', commands: { cli: expect.stringContaining('psql') } }])
    const closed = await settled(view(of), its)
    expect([closed.facts.shutOut, its.arm.calls.filter((call) => call.startsWith('PUT'))]).toEqual([undefined, []])
  })

  it.each([
    ['sees the app under another address', { seen: '20.9.9.9' }],
    ['has no public access', { access: 'Disabled' }],
  ])('is not opened in vain where it %s', async (_why, of) => {
    const its = world(of)
    const at = await settled(view(), its)
    const run = await attempted(assignRoles, at, its.ports)
    expect([run.unknown.map(({ code }) => code), its.ours(), its.arm.calls.filter((call) => call.startsWith('PUT'))]).toEqual([
      ['DatabaseUnreachable'],
      [],
      [],
    ])
  })

  it('is closed again where rules do not help, and tried again a day later or when a person asks', async () => {
    const its = world({ seen: '20.9.9.9', told: false })
    const tried = await settled(view(), its)
    expect(its.ours()).toHaveLength(2)
    const givenUp = await settled({ ...tried, now: tried.now + 11 * minutes }, its)
    expect(its.ours()).toEqual([])
    expect((await attempted(assignRoles, givenUp, its.ports)).unknown).toMatchObject([{ code: 'DatabaseUnreachable' }])
    await settled({ ...givenUp, now: givenUp.now + 20 * 60 * minutes }, its)
    expect(its.ours()).toEqual([])
    await settled({ ...givenUp, now: givenUp.now + 25 * 60 * minutes }, its)
    expect(its.ours()).toHaveLength(2)
  })

  it('has rules of its own for each identity, because those of another go when that one has got through', async () => {
    const its = world()
    const identity = loop('identity', `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/other`)
    const both = [view(), { ...view(), loop: identity, members: [{ ...member(), identity }] }]
    const shut = await Promise.all(
      both.map(async (one) => following<'identity'>(assignRoles, one, await attempted(assignRoles, one, its.ports))),
    )
    for (const one of shut)
      expect((await attempted(admitApp, one, its.ports)).tracked.map(({ ownership }) => ownership)).toEqual(['ours', 'ours'])
    expect(its.ours()).toHaveLength(4)
  })

  it('forgets that it let the app in where the rule was only about to go, so that the next one has its time', async () => {
    const its = world({ seen: '20.9.9.9', told: false })
    const tried = await settled(view(), its, 3)
    const look = () => attempted(admitApp, { ...tried, now: tried.now + minutes }, its.ports, { mode: 'report' })
    expect((await look()).facts).toMatchObject({ letIn: { [server.toLowerCase()]: expect.anything() } })
    for (const [id, { properties }] of its.arm.resources)
      if (covers(['20.7.7.7', '20.7.7.8'], (properties as { startIpAddress?: string }).startIpAddress ?? '')) its.arm.resources.delete(id)
    expect((await look()).facts).toMatchObject({ letIn: undefined })
  })

  it('tells its problem where the rule cannot be made, and has the command', async () => {
    const its = world()
    its.arm.refuse = (call) =>
      call.startsWith('PUT')
        ? new Failure({ class: 'permission', code: 'Forbidden', about: { doing: 'open it', message: 'no' } })
        : undefined
    const at = await settled(view(), its)
    const refused = await attempted(admitApp, at, its.ports)
    expect(refused.commands?.cli).toContain('az postgres flexible-server firewall-rule create')
    const late = await attempted(assignRoles, { ...at, now: at.now + 20 * minutes }, its.ports)
    expect(late.unknown).toMatchObject([{ code: 'DatabaseUnreachable' }])
  })

  it('never has a rule that the ledger does not know, whatever fails and wherever the app is stopped', async () => {
    const event = fc.record({
      step: fc.constantFrom(0, 1),
      /** The answer is lost, with or without its effect; or the app is stopped after the ledger was written. */
      fails: fc.constantFrom('not', 'not', 'before', 'after', 'stopped'),
      leaves: fc.boolean(),
      minutes: fc.integer({ min: 0, max: 12 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 14 }), async (events) => {
        const its = world()
        let at = view()
        for (const { step: which, fails, leaves, minutes: later } of events) {
          const step: AnyStep = which === 0 ? assignRoles : admitApp
          const { put, delete: remove } = its.arm
          const lost = new Failure({ class: 'transient', code: 'NoAnswer', about: { doing: 'change it', message: 'reset' } })
          const failing =
            <A extends unknown[], R>(call: (...given: A) => Promise<R>) =>
            async (...given: A): Promise<R> => {
              if (fails === 'after' || fails === 'stopped') await call(...given)
              if (fails !== 'not') throw lost
              return await call(...given)
            }
          Object.assign(its.arm, { put: failing(put), delete: failing(remove) })
          let intended: readonly LedgerEntry[] = at.tracked(step.name)
          const run = await carryOut(step, at, undefined, its.ports, 'apply', async (rows) => {
            intended = rows
            return true
          })
          Object.assign(its.arm, { put, delete: remove })
          const before = at
          if (run === 'stale') throw new Error('nothing overtakes it')
          at = following<'identity'>(step, at, run)
          if (fails === 'stopped') at = { ...before, tracked: (name) => (name === step.name ? intended : before.tracked(name)) }
          at = { ...at, now: at.now + later * minutes, members: leaves ? [] : [member()] }
          const known = at.tracked('admit-app').map(({ object }) => (object as { readonly ip?: string }).ip)
          expect(its.ours().filter((ip) => !known.includes(ip))).toEqual([])
          expect(its.ours().filter((ip) => !['20.7.7.7', '20.7.7.8'].includes(ip))).toEqual([])
        }
        const quiet = await settled({ ...at, members: [member()], now: at.now + 25 * 60 * minutes }, its)
        expect([its.user.role, its.ours(), quiet.facts.shutOut]).toEqual(['writer', [], undefined])
        const gone = await settled({ ...quiet, members: [] }, its)
        expect([its.user.role, its.ours(), gone.tracked('admit-app')]).toEqual([undefined, [], []])
      }),
      { numRuns: 10 },
    )
  })
})

it('is nothing that an installation without addresses has', () => {
  expect([admitApp.enabled?.(installation), admitApp.enabled?.({ ...installation, ownAddresses: ['20.7.7.7'] })]).toEqual([false, true])
})

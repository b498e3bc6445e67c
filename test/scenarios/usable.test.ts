// Ready means usable: what cannot be known when a connection is Succeeded is said, with a time where there is one.
import { expect, it } from 'vitest'
import { connectorRoles, subscription } from '../../src/local/fleets/fleet.ts'
import { roleRules } from '../infra/settings.ts'
import { idOfAccount, idOfCluster, minute, type Scenario, useScenarios } from './scenario.ts'

const scenario = useScenarios()
const team = `/subscriptions/${subscription}/resourceGroups/shop/providers/Microsoft.ManagedIdentity/userAssignedIdentities/team`
const roleDefinitionId = `/subscriptions/${subscription}/providers/Microsoft.Authorization/roleDefinitions/ba92f5b4-2d11-453d-a403-e96b0029c9fe`
const below = `${idOfAccount('orders')}/providers/Microsoft.Authorization`
const guid = '0f0f0f0f-0000-4000-8000-000000000001'
const condition =
  "((!(ActionMatches{'Microsoft.Storage/storageAccounts/blobServices/containers/read'})) OR " +
  "(@Resource[Microsoft.Storage/storageAccounts/blobServices/containers:name] StringEquals 'photos'))"

type Told = { readonly code: string; readonly text: string; readonly remediation: string; readonly until?: string }
const told = async (story: Scenario): Promise<readonly Told[]> => ((await story.linker('photos')).properties['conditions'] ?? []) as never
const publisher = (story: Scenario): string => {
  const all = [...story.cloud.world.table<{ data?: Record<string, string> }>(`kubernetes-objects ${idOfCluster('c1').toLowerCase()}`)]
  return JSON.stringify(all.filter(([key]) => key.startsWith('configmaps')).map(([, { data }]) => data))
}

it('says in GET, timeline and namespace until when a new role and credential are spreading, and nothing after that', async () => {
  const story = await scenario()
  await story.putPolicy()
  await story.putLinker('photos', { authInfo: { authType: 'userAssignedIdentity' } })
  const { properties } = await story.reaches('photos', 'Succeeded')
  const conditions = await told(story)
  expect(conditions.map(({ code }) => code)).toEqual(['CredentialSpreading', 'RoleSpreading'])
  const timeline = properties['timeline'] as readonly { step: string; conditions?: readonly string[] }[]
  expect(timeline.flatMap(({ step, conditions: its = [] }) => its.map(() => step))).toEqual(['federate-identity', 'assign-roles'])
  await story.clock.pass(minute / 2)
  expect(publisher(story)).toContain(`condition: ${conditions[1]?.text}`)
  expect(conditions[1]?.text).toMatch(/^Still spreading until \d{4}-\d\d-\d\d \d\d:\d\dZ: /)
  const rounds = (): number => story.host.counters.invocations['advance'] ?? 0
  const before = rounds()
  const until = Math.max(...conditions.map((one) => Date.parse(one.until ?? '')))
  await story.clock.pass(until - story.clock.now())
  expect([await told(story), rounds()]).toEqual([[], before])
  expect((await story.pod('photos')).exitCode).toBe(0)
})

async function withTeam(story: Scenario): Promise<string> {
  await story.putPolicy()
  await story.arm('PUT', `${team}?api-version=2023-01-31`, { location: 'westeurope' })
  await story.clock.pass(30 * minute)
  const { body } = await story.arm('GET', `${team}?api-version=2023-01-31`)
  return (body as { properties: { principalId: string } }).properties.principalId
}

it('tells that the role it relies on is limited by a condition of another party, and what to do', async () => {
  const story = await scenario()
  const principalId = await withTeam(story)
  await story.arm('PUT', `${below}/roleAssignments/${guid}?api-version=2022-04-01`, {
    properties: { roleDefinitionId, principalId, principalType: 'ServicePrincipal', condition, conditionVersion: '2.0' },
  })
  await story.putLinker('photos', { authInfo: { authType: 'userAssignedIdentity', identityId: team } })
  await story.clock.pass(30 * minute)
  expect((await story.pod('photos')).exitCode).not.toBe(0)
  expect(await told(story)).toMatchObject([
    { code: 'RoleLimited', text: expect.stringContaining(condition), remediation: expect.stringContaining('403') },
  ])
  expect(publisher(story)).toContain('has a condition, which can deny what a pod needs')
})

it('tells when a time-bound role of another party ends, and makes its own then', async () => {
  const story = await scenario()
  const principalId = await withTeam(story)
  await story.arm('PUT', `${below}/roleAssignmentScheduleRequests/${guid}?api-version=2020-10-01`, {
    properties: {
      requestType: 'AdminAssign',
      roleDefinitionId,
      principalId,
      scheduleInfo: { expiration: { type: 'AfterDuration', duration: 'PT2H' } },
    },
  })
  const end = new Date(story.clock.now() + 120 * minute).toISOString()
  await story.putLinker('photos', { authInfo: { authType: 'userAssignedIdentity', identityId: team } })
  await story.clock.pass(30 * minute)
  expect(await told(story)).toMatchObject([{ code: 'RoleEnds', until: end }])
  await story.clock.pass(95 * minute)
  expect(story.changes().filter((line) => line.startsWith('role'))).toHaveLength(1)
  expect((await told(story)).map(({ code }) => code)).toEqual(['RoleSpreading'])
  await story.clock.pass(10 * minute)
  expect((await story.pod('photos')).exitCode).toBe(0)
})

async function proving(story: Scenario): Promise<void> {
  await story.putPolicy()
  await story.arm('PATCH', `${idOfAccount('orders')}?api-version=2024-01-01`, { properties: { networkAcls: { defaultAction: 'Allow' } } })
  await story.putLinker('photos', { authInfo: { authType: 'userAssignedIdentity' } })
}

it('says Succeeded, where access is to be proven, when the first pod connects, and nothing of what spreads any more', async () => {
  const story = await scenario({ settings: { CONNECTOR_PROVE_ACCESS: 'on' } })
  await proving(story)
  await story.reaches('photos', 'Succeeded')
  expect([(await story.pod('photos')).exitCode, await told(story)]).toEqual([0, []])
})

it('tells within the documented time that a role never takes effect, where access is to be proven', async () => {
  const story = await scenario({ settings: { CONNECTOR_PROVE_ACCESS: 'on' }, latencies: { roleAssignment: 600 * minute } })
  await proving(story)
  const { properties } = await story.reaches('photos', 'Failed', 20 * minute)
  expect(JSON.stringify(properties)).toContain('AccessRefused')
})

it('warns, where access is to be proven and a token of the ServiceAccount is refused, and names the right', async () => {
  const roles = connectorRoles('connectorstate').filter(({ role }) => role !== 'Azure Kubernetes Service RBAC Writer')
  const region = 'westeurope'
  const story = await scenario({
    settings: { CONNECTOR_PROVE_ACCESS: 'on' },
    fleet: {
      app: { name: 'connector', group: 'connector', region, roles, kubernetes: roleRules().map((rule) => ({ cluster: 'c1', ...rule })) },
      clusters: [{ name: 'c1', group: 'shop', region, namespaces: ['orders'], azureRbac: false }],
    },
  })
  await proving(story)
  const { properties } = await story.reaches('photos', 'Succeeded')
  expect(properties['problems']).toMatchObject([
    { code: 'AccessUnproven', message: expect.stringMatching(/create.*serviceaccounts\/token/s) },
  ])
  const asked = story.cloud.calls.filter(({ path }) => path.endsWith('/token') && path.includes('/serviceaccounts/'))
  expect(asked.map(({ status }) => status)).toEqual([403])
})

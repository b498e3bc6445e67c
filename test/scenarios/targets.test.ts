// Each type of the catalogue with each way to sign in, side by side in one story: connected, its key rotated, disconnected. What happened to each is
// the table of docs/targets.md; after a change write it again: vitest run --project stories test/scenarios/targets.test.ts -u, then test/docs -u.
import { expect, it } from 'vitest'
import { authTypeNamed } from '../../src/auth/catalogue.ts'
import { roleAssignments } from '../../src/local/cloud/access.ts'
import { sameId } from '../../src/local/cloud/arm/ids.ts'
import { idOf } from '../../src/local/fleets/fleet.ts'
import { auths } from '../../src/model/auth.ts'
import { targets } from '../../src/targets/catalogue.ts'
import type { Target } from '../../src/targets/target-type.ts'
import documented from '../targets/service-connector.json' with { type: 'json' }
import { dataGrants, secretData } from './footprint.ts'
import { bySecret, filled, idOfTarget, live, liveResources, lives, simplestAuth, withoutKeys } from './live-targets.ts'
import { idOfCluster, minute, type Scenario, useScenarios } from './scenario.ts'

const scenario = useScenarios()

/** Behind the servers of the simulated cloud there are no databases: test/real-databases tries their users. */
const needsDatabase = ({ grants }: Target, auth: string): boolean =>
  auth !== 'secret' && grants.default.some(({ kind }) => kind === 'databaseRole')

type Cell = { readonly name: string; readonly target: Target; readonly auth: (typeof auths)[number] }
const cells: readonly Cell[] = targets.flatMap((target) =>
  auths
    .filter((auth) => target.auth.includes(auth) && !needsDatabase(target, auth))
    .map((auth) => ({ name: `${target.type}-${auth}`.replaceAll('-', '_'), target, auth })),
)
/** By type, auth and client: keys and values with placeholders. */
const tables: Readonly<
  Record<string, { readonly secret: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>> }>
> = documented

const batch = { clientId: idOf('client batch'), principalId: idOf('principal batch'), secret: 'secret-of-batch' }
const authInfo = {
  'workload-identity': { authType: 'userAssignedIdentity' },
  'service-principal': { authType: 'servicePrincipalSecret', ...batch },
  csi: { authType: 'userAssignedIdentity' },
} as const

it('connects, follows a rotated key and disconnects every type with every way to sign in', async () => {
  const story = await scenario({ fleet: { resources: liveResources } })
  await story.putPolicy()
  await Promise.all(cells.map((cell) => connect(cell, story)))
  // Time passes first: each look at a connection is a request.
  await story.clock.pass(10 * minute)
  for (const { name } of cells) await story.reaches(name, 'Succeeded')

  const connected = cells.map((cell) => check(cell, story))
  const firewalls = story.changes().filter((line) => line.startsWith('firewall '))
  const withRules = lives.filter(({ on }) => on.firewall.max > 0).map(({ name }) => name)
  expect(firewalls.map((line) => line.split(' ')[1]).sort()).toEqual([...withRules].sort())

  for (const { id, rotate } of lives) {
    const request = rotate?.(story.cloud.world)
    if (request) await story.arm('POST', `${id}/${request.path}`, request.body)
  }
  // Some events come five minutes late, and a key of Cosmos DB takes a minute and a half.
  await story.clock.pass(10 * minute)
  const rotated = cells.map((cell) => check(cell, story))

  await Promise.all(cells.map(({ name }) => story.removeLinker(name)))
  await story.clock.pass(5 * minute)
  for (const { name } of cells) await story.vanishes(name)
  // An add-on that was enabled stays, and its identity with it.
  expect(story.changes()).toEqual(['identity azurekeyvaultsecretsprovider-c1'])

  const rows = cells.map(({ target, auth }, index) => ({
    type: target.type,
    auth,
    keys: connected[index]?.keys,
    roles: connected[index]?.roles,
    firewall: target.on.firewall.max > 0 ? 'opened' : 'has no rules',
    rotation: rotated[index]?.text === connected[index]?.text ? 'nothing to follow' : 'followed',
    removed: 'everything',
  }))
  await expect(`${JSON.stringify(rows, undefined, 2)}\n`).toMatchFileSnapshot('../targets/results.json')
}, 480_000)

/** An account of AI services offers the two other types as well; left out, it is what Azure Service Connector takes it for. */
const isUsual = ({ type }: Target): boolean => type !== 'openai' && type !== 'cognitiveservices'

async function connect({ name, target, auth }: Cell, story: Scenario): Promise<void> {
  const id = idOfTarget(target)
  const answer = await story.putLinker(name, {
    targetService: { type: 'AzureResource', id, ...askedBy(auth) },
    ...(isUsual(target) ? {} : { targetType: target.type }),
    authInfo: auth === 'secret' ? bySecret(target) : authInfo[auth],
  })
  expect({ name, status: answer.status, body: answer.body }).toMatchObject({ name, status: 201 })
}

const askedBy = (auth: Cell['auth']): object => {
  const { resourceProperties } = authTypeNamed(auth).wire
  return resourceProperties ? { resourceProperties } : {}
}

/** The Secret has the documented keys, with the values of the simulated resource; who signs in as itself has its roles. */
function check(
  { name, target, auth }: Cell,
  { cloud }: Scenario,
): { readonly keys: number; readonly roles: string; readonly text: string } {
  const { world } = cloud
  const data = secretData(world, idOfCluster('c1'), `sc-${name.replaceAll('_', '')}-secret`)
  const table = tables[target.type]?.secret[auth]
  const values = Object.entries(table?.['none'] ?? table?.['*'] ?? {}).map(([key, text]) => [key, filled(text, live(target), world)])
  expect({ name, data }).toEqual({ name, data: Object.fromEntries(values) })
  const roles = auth === 'secret' ? [] : target.grants.default
  const scope = live(target).id
  const given = [
    ...[...roleAssignments(world).values()].map((row) => ({ scope: row.scope, id: row.roleDefinitionId.split('/').at(-1) })),
    ...dataGrants(world).map((row) => ({ scope: row.scope, id: row.grant })),
  ]
  const there = given.filter((row) => sameId(row.scope, scope)).map(({ id }) => id)
  for (const { id } of roles) expect({ name, there }).toMatchObject({ there: expect.arrayContaining([id]) })
  return { keys: values.length, roles: roles.map((role) => role.name).join(', ') || 'none', text: JSON.stringify(data) }
}

it('does nothing for a key that its target refuses, and names the other way to sign in', async () => {
  const story = await scenario({
    fleet: {
      storageAccounts: [{ name: 'orders', group: 'shop', region: 'northeurope', network: 'rules', sharedKeys: false }],
      resources: withoutKeys,
    },
  })
  await story.putPolicy()
  const byKey = cells.filter(({ auth, target }) => auth === 'secret' && !live(target).takesKeysAlways)
  await Promise.all(byKey.map((cell) => connect(cell, story)))
  for (const { name, target } of byKey) {
    const other = target.auth.length > 1 ? 'Use auth=workload-identity' : 'ask its owner to allow keys'
    const { properties } = await story.reaches(name, 'Failed', 90 * minute)
    expect(properties).toMatchObject({
      problems: [{ code: 'SharedKeyDisabled', message: expect.stringContaining(other) }],
    })
  }
  // A password is kept when it arrives.
  expect(story.changes().filter((line) => !line.startsWith('vault secret '))).toEqual([])
  expect(story.cloud.calls.filter(({ path }) => /\/listKeys/i.test(path) && lives.some(({ id }) => path.startsWith(id)))).toEqual([])
}, 480_000)

it('does nothing on a vault that ignores roles, and names two ways out; the first is run, and it connects', async () => {
  const vaults = cells.filter(({ target }) => target.type === 'keyvault')
  const ids = vaults.map(({ target }) => live(target).id)
  const story = await scenario({
    fleet: { resources: liveResources.filter(({ id }) => ids.includes(id)).map((one) => ({ ...one, azureRbac: false })) },
  })
  await story.putPolicy()
  await Promise.all(vaults.map((cell) => connect(cell, story)))
  for (const { name } of vaults) {
    const { properties } = await story.reaches(name, 'Failed', 90 * minute)
    expect(properties).toMatchObject({
      problems: [{ code: 'AccessPoliciesOnly', message: expect.stringMatching(/Switch the vault to Azure RBAC.*role=none/) }],
    })
  }
  // The client secret of a service principal is kept when it arrives.
  expect(story.changes().filter((line) => !line.startsWith('vault secret '))).toEqual([])
  await story.arm('PATCH', `${ids[0]}?api-version=2025-05-01`, { properties: { enableRbacAuthorization: true } })
  for (const { name } of vaults) await story.reaches(name, 'Succeeded', 90 * minute)
}, 400_000)

it('opens no target that is closed as a whole, and names the private endpoint', async () => {
  const shut = cells.filter(({ target, auth }) => live(target).inFleet && auth === simplestAuth(target))
  const story = await scenario({ fleet: { resources: liveResources.map((one) => ({ ...one, network: 'closed', allow: [] })) } })
  await story.putPolicy()
  await Promise.all(shut.map((cell) => connect(cell, story)))
  for (const { name } of shut) {
    const { properties } = await story.reaches(name, 'Failed', 90 * minute)
    expect(properties).toMatchObject({
      problems: [{ code: 'PublicAccessDisabled', message: expect.stringContaining('private endpoint') }],
    })
  }
  expect(story.changes().filter((line) => /^(firewall|Secret) /.test(line))).toEqual([])
}, 480_000)

/** A resource that is still being made, and one that another writer is changing: both take about a minute. */
const beingMade = [
  ['appconfig', 'Microsoft.AppConfiguration/configurationStores', { sku: { name: 'standard' } }, '2024-06-01'],
  ['servicebus', 'Microsoft.ServiceBus/namespaces', { sku: { name: 'Standard' } }, '2024-01-01'],
  ['signalr', 'Microsoft.SignalRService/SignalR', { sku: { name: 'Standard_S1' } }, '2024-03-01'],
  ['database', 'Microsoft.DBforPostgreSQL/flexibleServers', { sku: { name: 'Standard_D2ds_v4', tier: 'GeneralPurpose' } }, '2025-08-01'],
] as const
const childOfNew: Readonly<Record<string, string>> = { database: '/databases/orders' }

it('waits for a target that is being made or changed', async () => {
  const story = await scenario({ fleet: { resources: liveResources } })
  await story.putPolicy()
  const inGroup = idOfCluster('c1').split('/providers/')[0]
  for (const [name, type, body, version] of beingMade) {
    const id = `${inGroup}/providers/${type}/new${name}`
    await story.arm('PUT', `${id}?api-version=${version}`, { location: 'northeurope', ...body })
    const target = { targetService: { type: 'AzureResource', id: `${id}${childOfNew[name] ?? ''}` } }
    await story.putLinker(name, { ...target, ...(childOfNew[name] ? { authInfo: bySecret({ gives: 'nothing' }) } : {}) })
  }
  const busy = targets.find(({ type }) => type === 'signalr')
  if (!busy) throw new Error('There is no SignalR')
  await story.arm('PATCH', `${idOfTarget(busy)}?api-version=2024-03-01`, { tags: { changed: 'now' } })
  await story.putLinker('busy', { targetService: { type: 'AzureResource', id: idOfTarget(busy) } })
  for (const name of [...beingMade.map(([one]) => one), 'busy']) {
    const problems = new Set<string>()
    await story.until(`${name} to be connected`, async () => {
      const { state, properties } = await story.linker(name)
      for (const { code } of properties.problems as readonly { readonly code: string }[]) problems.add(code)
      return state === 'Succeeded'
    })
    // A refused write says so while it is repeated.
    problems.delete('Busy')
    expect({ name, problems: [...problems] }).toEqual({ name, problems: [] })
  }
}, 480_000)

// Plays a random Azure: makes it true in the real store and in what ARM and Resource Graph answer, lets the sweep run again and again while things happen, and
// holds each removal, and what is there in the end, against an oracle that knows only who made each thing and who needs it.
import { createHash } from 'node:crypto'
import { type Loop, loop } from '../../../src/model/loop.ts'
import { ipRuleId } from '../../../src/model/managed-objects.ts'
import { credentialName, identityId, identityMarks, roleAssignmentMark, roleAssignmentName } from '../../../src/model/names.ts'
import type { StepName } from '../../../src/model/step-name.ts'
import { openProvenance } from '../../../src/store/provenance.ts'
import { sweepAzure } from '../../../src/sweep/azure-side.ts'
import { nobodyYet } from '../../../src/sweep/trusted.ts'
import { memoryStore, memoryTable } from '../../functions/memory-table.ts'
import { installation } from '../../functions/test-services.ts'
import { aConnection } from '../../model/a-connection.ts'
import { aRecord } from '../../model/a-record.ts'
import { azureOf } from './azure-arm.ts'
import type { AzureWorld, GrantThing } from './azure-world.ts'

const hour = 60 * 60_000
const group = '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/shop'
const shop = loop('cluster', `${group}/providers/Microsoft.ContainerService/managedClusters/shop-aks`)
const elsewhere = loop('cluster', `${group}/providers/Microsoft.ContainerService/managedClusters/other-aks`)
const role = 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
const dataRole = '00000000-0000-0000-0000-000000000002'
const shopIssuer = 'https://shop/'
const createdAt = '2026-01-01T00:00:00Z'
const runs = 12
const eventful = 5

const places = {
  role: 'Microsoft.Storage/storageAccounts',
  cosmos: 'Microsoft.DocumentDB/databaseAccounts',
  redis: 'Microsoft.Cache/redis',
  user: 'Microsoft.DBforPostgreSQL/flexibleServers',
}
const at = (type: string, isKnown: boolean): Loop<'target'> =>
  loop('target', `${group}/providers/${type}/${isKnown ? 'known' : 'forgotten'}`)
const addressOf = (from: string, n: number): string => `20.0.${['nobody', 'a member', 'another cluster'].indexOf(from)}.${n}`
const ruleName = (ip: string): string =>
  `sc_${createHash('sha256').update(installation.name).digest('hex').slice(0, 12)}_${ip.replaceAll('.', '_')}`

/** `goes`: it has to go, and may, unless its identity came back. */
type Truth = { readonly goes: boolean; readonly of?: number; readonly isGrant?: true; isBack?: true }
type AzureOutcome = { readonly wrong: readonly string[]; readonly removed: number; readonly left: number; readonly runs: number }

export async function playAzure(world: AzureWorld): Promise<AzureOutcome> {
  let now = Date.UTC(2026, 10, 27)
  const table = memoryTable()
  const store = memoryStore(installation, () => now, table)
  const provenance = openProvenance(table)
  const there = azureOf(provenance)
  const truths = new Map<string, Truth>()
  const wrong: string[] = []
  const removed = new Set<string>()
  Object.assign(there.state, {
    isClusterThere: !['gone', 'half gone', 'refused'].includes(world.cluster),
    isClusterListed: world.cluster !== 'gone',
    refusesGraph: world.cluster === 'refused',
    isGraphBehind: world.isGraphBehind,
  })
  const track = async (of: Loop, step: StepName, ids: readonly string[], facts = {}): Promise<void> => {
    const tracked = ids.map((id) => ({ object: { kind: 'x', id, summary: id }, ownership: 'ours', since: 0 }) as const)
    await store.record(of, { step, tracked: [] }, { ...aRecord({ facts }), tracked })
  }

  for (const isKnown of [true, false])
    for (const type of [...Object.values(places), 'Microsoft.Sql/servers']) {
      const target = at(type, isKnown)
      const account = { creationTime: createdAt, networkAcls: { defaultAction: 'Deny', ipRules: [] } }
      const database = { fullyQualifiedDomainName: `${isKnown}.postgres.database.azure.com`, state: 'Ready' }
      const properties = type === places.role ? account : type === places.user ? database : {}
      there.put({ id: target.id, location: 'westeurope', properties })
      if (type === places.user) {
        const app = { principalName: 'connector', principalType: 'ServicePrincipal', objectId: 'app' }
        there.put({ id: `${target.id}/databases/orders`, name: 'orders' })
        there.put({ id: `${target.id}/administrators/app`, name: 'app', properties: app })
      }
      if (isKnown) await store.touch(target, 'wake', { make: true })
    }
  await store.touch(elsewhere, 'wake', { make: true })
  await store.touch(shop, 'wake', { make: true })
  const member = { ...aConnection({ name: 'rules', cluster: shop, auth: 'secret' }), generation: 1 }
  const fromMember = world.rules.flatMap(({ from }, n) => (from === 'a member' ? [addressOf(from, n)] : []))
  const fromOther = world.rules.flatMap(({ from }, n) => (from === 'another cluster' ? [addressOf(from, n)] : []))
  await track(shop, 'read-cluster', [], { issuer: shopIssuer })
  await track(shop, 'resolve-egress', [], { egressIps: fromMember })
  await track(elsewhere, 'resolve-egress', [], { egressIps: fromOther })

  for (const type of ['Microsoft.Storage/storageAccounts', 'Microsoft.Sql/servers'])
    await store.join({ ...member, target: at(type, true) }, at(type, true))
  const rulesTracked = new Map<string, string[]>()
  for (const [n, { on, isOnKnown, by, isTracked, from }] of world.rules.entries()) {
    const target = at(on === 'server' ? 'Microsoft.Sql/servers' : places.role, isOnKnown)
    const ip = addressOf(from, n)
    const own = ruleName(ip)
    const name = by === 'others' ? `office-${n}` : own
    const id = `${target.id}/firewallRules/${on === 'server' ? name : ip}`
    if (on === 'server') there.put({ id, name, properties: { startIpAddress: ip, endIpAddress: ip } })
    else {
      const account = there.resources.get(target.id.toLowerCase()) as { properties: { networkAcls: { ipRules: object[] } } } | undefined
      account?.properties.networkAcls.ipRules.push({ value: ip, action: 'Allow' })
      if (by === 'app')
        await provenance.remember(`microsoft.storage/storageaccounts/${isOnKnown ? 'known' : 'forgotten'} ${createdAt}`.toLowerCase(), [ip])
    }
    if (isTracked && isOnKnown) rulesTracked.set(target.id, [...(rulesTracked.get(target.id) ?? []), ipRuleId(target, ip)])
    const isProven = on === 'server' ? by !== 'others' : by === 'app'
    truths.set(id, { goes: world.isOn && isProven && !(isTracked && isOnKnown) && !(from === 'a member' && isOnKnown) })
  }
  for (const [id, ids] of rulesTracked) await track(loop('target', id), 'open-firewall', ids)

  const accounts = new Set<string>()
  const trusted = nobodyYet()
  if (world.cluster === 'seen') trusted.issuers.add(shopIssuer)
  const loops: Loop<'identity'>[] = []
  for (const [n, thing] of world.identities.entries()) {
    const place = { cluster: shop, namespace: `${thing.namespace}${n}`, workload: thing.workload }
    const id = thing.isMarkedByHand
      ? `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/production-${n}`
      : identityId(place, installation)
    const own = loop('identity', id)
    loops.push(own)
    const clientId = `0000000${n}-1111-4222-8333-444444444444`
    const principalId = `1111111${n}-1111-4222-8333-444444444444`
    const [issuer, subject] = ['https://issuer/', `system:serviceaccount:${place.namespace}:sc-account-${clientId}`]
    const ours = { name: credentialName(installation.name, issuer, subject), issuer, subject, audiences: [] }
    const tags = { ...identityMarks(installation.name, own.key), ...(thing.isOptedOut ? { 'service-connector-prune': 'disabled' } : {}) }
    there.identities.set(id, {
      identity: { id, location: 'westeurope', tags, clientId, principalId, tenant: 't' },
      credentials: thing.hasOtherCredential ? [ours, { ...ours, name: 'github' }] : [ours],
    })
    there.made.push({ kind: 'ManagedIdentity', id, owner: own.key })
    if (thing.isAccountLeft) accounts.add(`sc-account-${clientId}`)
    const isKnown = world.cluster === 'seen' || world.cluster === 'gone'
    const isFree = !thing.hasOtherCredential && !thing.isAccountLeft && isKnown
    const goes = world.isOn && !thing.isLive && !thing.isMarkedByHand && isFree && !thing.isOptedOut
    truths.set(id, { goes, of: n })
    const tracked: string[] = []
    const wanted: GrantThing[] = []
    for (const [g, grant] of thing.grants.entries()) {
      const made = grantOf(grant, `${n}${g}`, own, principalId)
      if (grant.wantedBy === 'ledger') tracked.push(`${made.fact}|${made.principal}`)
      if (grant.wantedBy === 'member') wanted.push(grant)
      if (!('user' in made)) there.put(made.body)
      // A server has one user of a name.
      else if (there.users.has(made.body.id)) continue
      else there.users.set(made.body.id, made.user)
      if (grant.kind === 'role')
        there.made.push({
          kind: 'RoleAssignment',
          id: made.body.id,
          owner: own.key,
          grant: { scope: made.scope, principalId: made.principal, roleId: role },
        })
      // Two of the same kind on the same target are one for ledger and members.
      const isWanted = thing.grants.some(
        (other) =>
          other.wantedBy !== 'nothing' &&
          other.kind === grant.kind &&
          (other.kind === 'role' ? other === grant : other.isOnKnown === grant.isOnKnown),
      )
      const isProven = grant.name === 'own' && !thing.isMarkedByHand
      const isOver = thing.isLive ? !isWanted && !thing.isOptedOut : goes
      truths.set(made.body.id, { goes: world.isOn && isProven && isOver, of: n, isGrant: true })
    }
    if (!thing.isLive) continue
    await store.touch(own, 'wake', { make: true })
    await stray(thing, own, n, clientId)
    await track(own, 'assign-roles', tracked)
    for (const [g, grant] of wanted.entries()) await join(own, n, g, grant, thing.grants.indexOf(grant))
  }

  /** In a namespace of its own. */
  async function stray({ stray: by, isOptedOut }: AzureWorld['identities'][number], own: Loop<'identity'>, n: number, clientId: string) {
    if (by === 'none') return
    const credential = {
      issuer: by === 'another issuer' ? 'https://elsewhere/' : shopIssuer,
      subject: `system:serviceaccount:s${n}:sc-account-${clientId}`,
    }
    const name = by === 'by hand' ? 'by-hand' : credentialName(installation.name, credential.issuer, credential.subject)
    const id = `${credential.issuer}|${credential.subject}`
    there.identities.get(own.id)?.credentials.push({ ...credential, name, audiences: [] })
    if (by === 'an account') trusted.accounts.add(id)
    await track(own, 'federate-identity', by === 'tracked' ? [id] : [], { credentials: [id] })
    const member = { ...aConnection({ name: `s${n}`, cluster: shop, namespace: `s${n}`, identity: own }), generation: 1 }
    if (by === 'wanted') await store.join(member, own)
    const goes = world.isOn && by === 'nobody' && world.cluster === 'seen' && !isOptedOut
    truths.set(`${own.id}/federatedIdentityCredentials/${name}`, { goes })
  }

  async function join(own: Loop<'identity'>, n: number, g: number, grant: GrantThing, index: number): Promise<void> {
    const target = grant.kind === 'role' ? scopeOf(`${n}${index}`) : at(places[grant.kind], grant.isOnKnown)
    const data = { cosmos: `cosmosDataRole:${dataRole}`, redis: 'redisAccessPolicy:Data Contributor', user: 'databaseRole:writer@child' }
    const roles = [{ role, ...data }[grant.kind]]
    const targetId = grant.kind === 'user' ? `${target.id}/databases/orders` : target.id
    const base = aConnection({ name: `c${n}x${g}`, cluster: shop, target, identity: own, roles })
    await store.join({ ...base, targetId, generation: 1 }, own)
  }

  const settings = { mode: world.isOn ? 'own' : 'report', graceMs: 12 * hour, most: 100, share: 1 } as const
  for (let run = 0; run < runs; run++) {
    there.state.refusesTargets = world.happenings.some((one) => one.what === 'refuses' && (run === one.run || run === one.run + 1))
    for (const { what, thing, run: when } of world.happenings) {
      const n = thing % world.identities.length
      const own = loops[n]
      const identity = world.identities[n]
      if (what !== 'comes back' || when !== run || !own || !identity || identity.isLive || !there.identities.has(own.id)) continue
      await store.touch(own, 'wake', { make: true })
      for (const [g, grant] of identity.grants.entries()) await join(own, n, 10 + g, grant, g)
      for (const truth of truths.values()) if (truth.of === n) truth.isBack = true
    }
    const rulesBefore = rulesThere()
    await sweepAzure({
      store,
      azure: there.azure,
      installation: installation.name,
      settings,
      budget: { left: settings.most },
      now: () => now,
      accounts,
      trusted,
      seen: new Set(world.cluster === 'seen' ? [shop.key] : []),
      addresses: new Set([...fromMember, ...fromOther]),
      arm: there.arm,
      clusters: world.cluster === 'unknown' ? [] : [shop.id],
    })
    for (const id of rulesBefore) if (!rulesThere().has(id)) there.removed.push(id)
    for (const id of there.removed) check(id, run)
    there.removed.length = 0
    now += 6 * hour
  }

  /** Rules in the bodies of accounts, which no DELETE takes. */
  function rulesThere(): ReadonlySet<string> {
    const ids = [...there.resources.values()].flatMap(({ id, properties }) => {
      const { networkAcls } = (properties ?? {}) as { networkAcls?: { ipRules: { value: string }[] } }
      return (networkAcls?.ipRules ?? []).map(({ value }) => `${id}/firewallRules/${value}`)
    })
    return new Set(ids)
  }

  function check(id: string, run: number): void {
    removed.add(id)
    const truth = truths.get(id)
    if (!truth?.goes || truth.isBack) wrong.push(`run ${run}: it removed ${id}`)
    if (run < 2) wrong.push(`run ${run}: it removed ${id} within the grace`)
    if (truth && !truth.isGrant && truth.of !== undefined)
      for (const [other, its] of truths)
        if (its.isGrant && its.goes && its.of === truth.of && !removed.has(other)) wrong.push(`run ${run}: ${id} went before ${other}`)
  }
  const rules = rulesThere()
  const isThere = (id: string): boolean =>
    [...there.identities].some(([of, { credentials }]) =>
      credentials.some(({ name }) => id === `${of}/federatedIdentityCredentials/${name}`),
    ) ||
    there.identities.has(id) ||
    there.resources.has(id.toLowerCase()) ||
    there.users.has(id) ||
    rules.has(id)
  for (const [id, { goes, isBack }] of truths)
    if (goes && !isBack && isThere(id)) wrong.push(`after ${runs - eventful} quiet runs ${id} is still there`)
  return { wrong, runs, removed: removed.size, left: [...truths.keys()].filter(isThere).length }
}

const scopeOf = (n: string): Loop<'target'> => loop('target', `${group}/providers/Microsoft.Storage/storageAccounts/st${n}`)

/** As Azure has it. `user`: whom a user of a database stands for. */
function grantOf({ kind, isOnKnown, name }: GrantThing, n: string, own: Loop<'identity'>, principalId: string) {
  const scope = kind === 'role' ? scopeOf(n).id : at(places[kind], isOnKnown).id
  const principal = name === 'of others' ? `222222${n}-1111-4222-8333-444444444444` : principalId
  const roleId = { role, cosmos: dataRole, redis: 'Data Contributor', user: 'writer' }[kind]
  const called = name === 'by hand' ? `aaaaaa${n}-1111-4222-8333-444444444444` : roleAssignmentName(scope, principal, roleId, own.key)
  const database = `${scope}/databases/orders`
  const user = name === 'by hand' ? `sc_${n}` : `sc_${own.key}`
  if (kind === 'user')
    return {
      scope,
      principal,
      fact: `databaserole:writer@${database.toLowerCase()}`,
      user: principal,
      body: { id: `${database}/users/${user}` },
    }
  const fact = `${{ role, cosmos: `cosmosdatarole:${dataRole}`, redis: 'redisaccesspolicy:data contributor' }[kind]}@${scope.toLowerCase()}`
  const description = roleAssignmentMark(installation.name, own.key)
  const body = {
    role: {
      id: `${scope}/providers/Microsoft.Authorization/roleAssignments/${called}`,
      properties: { scope, principalId: principal, roleDefinitionId: `/x/${role}`, description },
    },
    cosmos: {
      id: `${scope}/sqlRoleAssignments/${called}`,
      name: called,
      properties: { scope, principalId: principal, roleDefinitionId: `${scope}/sqlRoleDefinitions/${dataRole}` },
    },
    redis: { id: `${scope}/accessPolicyAssignments/${called}`, properties: { objectId: principal, accessPolicyName: roleId } },
  }[kind]
  return { scope, principal, fact, body }
}

// Who a fleet has, and what they may do: the app's identity, people, their roles.

import { type Fleet, type Grant, idOf } from '../fleets/fleet.ts'
import { roleAssignments } from './access.ts'
import { denyAssignments } from './arm/deny-assignments.ts'
import { keyOf } from './arm/ids.ts'
import { resources } from './arm/resources.ts'
import { identityType, makeIdentity } from './arm/user-assigned-identity.ts'
import { principals } from './entra/directory.ts'
import { allRoles } from './roles.ts'
import type { World } from './world.ts'

/** The connector's own identity. */
export type App = { readonly principalId: string; readonly clientId: string; readonly resourceId: string; readonly audience: string }

export function seedPrincipals(world: World, fleet: Fleet, subscription: string): void {
  const { app, people } = fleet
  const ids = { principalId: idOf(`principal ${app.name}`), clientId: idOf(`client ${app.name}`) }
  const resourceId = `/subscriptions/${subscription}/resourceGroups/${app.group}/providers/${identityType}/${app.name}`
  const identity = makeIdentity(world, resourceId, app.region, {}, ids)
  world.table<App>('settings').set('app', { ...ids, resourceId: identity.id, audience: app.audience })
  app.kubernetes.forEach((grant, at) => {
    const found = [...resources(world).values()].find(({ name, type }) => name === grant.cluster && /managedclusters$/i.test(type))
    if (!found) throw new Error(`The fleet grants Kubernetes rights on an unknown cluster '${grant.cluster}'`)
    world.table('kubernetes-grants').set(`fleet ${at}`, { ...grant, cluster: keyOf(found.id), oid: ids.principalId })
  })
  for (const person of people) {
    const oid = idOf(`principal ${person.name}`)
    principals(world).set(oid, {
      oid,
      appId: idOf(`client ${person.name}`),
      kind: 'user',
      name: person.name,
      createdAt: 0,
      visibleAt: 0,
      appRoles: { [app.audience]: person.appRoles },
      secrets: [secretOf(person.name)],
    })
    for (const grant of person.roles) assign(world, subscription, oid, 'User', grant)
  }
  for (const { name, secret } of fleet.applications) {
    const oid = idOf(`principal ${name}`)
    const appId = idOf(`client ${name}`)
    principals(world).set(oid, { oid, appId, kind: 'app', name, createdAt: 0, visibleAt: 0, secrets: [secret] })
  }
  for (const grant of app.roles) assign(world, subscription, ids.principalId, 'ServicePrincipal', grant)
  for (const { on, excluded, ...rest } of fleet.denyAssignments) {
    const scope = scopeOf(world, subscription, on)
    const id = `${scope}/providers/Microsoft.Authorization/denyAssignments/${idOf(`deny ${rest.name}`)}`
    const oids = excluded.map((name) => (name === 'app' ? ids.principalId : idOf(`principal ${name}`)))
    denyAssignments(world).set(keyOf(id), { ...rest, id, scope, excluded: oids })
  }
  // nothing of the fleet is new to the directory
  for (const [oid, principal] of principals(world)) principals(world).set(oid, { ...principal, visibleAt: 0 })
}

/** What a person signs in with here; real people have better ways. */
const secretOf = (name: string): string => `secret-of-${name}`

function assign(world: World, subscription: string, principalId: string, principalType: string, { role, on, condition }: Grant): void {
  const definition = allRoles(world).find(({ id, name }) => id === role.toLowerCase() || name.toLowerCase() === role.toLowerCase())
  if (!definition) throw new Error(`The fleet grants an unknown role '${role}'`)
  const scope = scopeOf(world, subscription, on)
  const id = `${scope}/providers/Microsoft.Authorization/roleAssignments/${idOf(`${scope} ${principalId} ${definition.id}`)}`
  roleAssignments(world).set(keyOf(id), {
    id,
    scope,
    roleDefinitionId: `/subscriptions/${subscription}/providers/Microsoft.Authorization/roleDefinitions/${definition.id}`,
    principalId,
    principalType,
    ...(condition === undefined ? {} : { condition, conditionVersion: '2.0' }),
    createdOn: 0,
    createdBy: '',
    effectiveAt: 0,
  })
}

function scopeOf(world: World, subscription: string, on: string): string {
  if (on === 'subscription') return `/subscriptions/${subscription}`
  if (on.startsWith('/')) return on
  const [kind, name] = on.split(':')
  if (kind === 'group') return `/subscriptions/${subscription}/resourceGroups/${name}`
  const types: Readonly<Record<string, string>> = { cluster: 'managedclusters', storage: 'storageaccounts', vault: 'vaults' }
  const type = types[kind ?? '']
  const found = [...resources(world).values()].find(
    (row) => row.name === name && type !== undefined && row.type.toLowerCase().endsWith(`/${type}`),
  )
  if (!found) throw new Error(`The fleet grants a role on an unknown '${on}'`)
  return found.id
}

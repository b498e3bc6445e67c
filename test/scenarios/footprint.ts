// What there is outside, as sorted lines: identities, credentials, role assignments, firewall rules, the Kubernetes objects of the app, cluster features.
import { roleAssignments } from '../../src/local/cloud/access.ts'
import { cosmosChildrenIn } from '../../src/local/cloud/arm/cosmos-children.ts'
import { bindings } from '../../src/local/cloud/arm/identity-binding.ts'
import { type Resource, resources } from '../../src/local/cloud/arm/resources.ts'
import { federatedCredentials } from '../../src/local/cloud/entra/directory.ts'
import { vaultSecrets } from '../../src/local/cloud/key-vault/secrets.ts'
import { clustersOf } from '../../src/local/cloud/kubernetes/store.ts'
import { mysqlUsers } from '../../src/local/cloud/mysql/mysql-server.ts'
import { postgresDatabases, postgresRoles } from '../../src/local/cloud/postgres/postgres-server.ts'
import { sqlDatabases } from '../../src/local/cloud/sql/sql-server.ts'
import type { World } from '../../src/local/cloud/world.ts'

type Object = {
  readonly metadata: { readonly namespace?: string; readonly name: string }
  readonly kind?: string
  readonly data?: Record<string, string>
}
const last = (id: string): string => id.slice(id.lastIndexOf('/') + 1)

/** IP rules, wherever a resource or its rule set has them, in the field that its provider names. */
function ipsIn(properties: Resource['properties']): readonly string[] {
  return [properties, properties['networkAcls'], properties['networkACLs']].flatMap((holder) => {
    const { ipRules } = (holder ?? {}) as { readonly ipRules?: readonly Readonly<Record<string, string>>[] }
    return (ipRules ?? []).map(({ value, ipMask, ipAddressOrRange }) => value ?? ipMask ?? ipAddressOrRange ?? '')
  })
}

/** A rule set is called `default`: its resource has the name. */
const ownerOf = ({ id, name }: Resource): string => (/\/networkRuleSets\/default$/i.test(id) ? (id.split('/').at(-3) ?? name) : name)

type DataGrant = { readonly scope: string; readonly principalId: string; readonly grant: string }

/** Roles and access policies that a service keeps itself: of Redis caches, and of the data of Cosmos DB. */
export const dataGrants = (world: World): readonly DataGrant[] => [
  ...[...resources(world).values()]
    .filter(({ type }) => /\/accessPolicyAssignments$/i.test(type))
    .map(({ id, properties }) => ({
      scope: id.replace(/\/accessPolicyAssignments\/.*$/i, ''),
      principalId: String(properties['objectId']),
      grant: String(properties['accessPolicyName']),
    })),
  ...[...cosmosChildrenIn(world).values()]
    .filter(({ type }) => /^Microsoft\.DocumentDB\/.*RoleAssignments$/i.test(type))
    .map(({ properties }) => ({
      scope: String(properties['scope']),
      principalId: String(properties['principalId']),
      grant: last(String(properties['roleDefinitionId'])),
    })),
  // On the server, whatever the database is.
  ...[...sqlDatabases(world)].flatMap(([id, { members }]) =>
    members.map(({ role, user }) => userGrant(id, user, role === 'db_datawriter')),
  ),
  ...[...postgresDatabases(world)].flatMap(([id, { defaults }]) =>
    defaults.map(({ grantee, privilege }) => userGrant(id, grantee, privilege === 'INSERT')),
  ),
  ...[...mysqlUsers(world)].flatMap(([id, { grants }]) => grants.map(({ user, privilege }) => userGrant(id, user, privilege === 'INSERT'))),
]

const userGrant = (id: string, user: string, writes: boolean): DataGrant => ({
  scope: id.replace(/\/databases\/.*$/, ''),
  principalId: user,
  grant: writes ? 'writer' : 'reader',
})

/** By the server or database that they belong to. */
const databaseUsers = (world: World): readonly string[] =>
  [
    ...[...sqlDatabases(world)].map(([id, { users }]) => [id, users] as const),
    ...[...mysqlUsers(world)].map(([id, { users }]) => [id, users] as const),
    ...postgresRoles(world),
  ].flatMap(([id, users]) => Object.keys(users).map((user) => `database user ${user} on ${last(id)}`))

const vaultPolicies = (world: World): readonly string[] =>
  [...resources(world).values()].flatMap(({ name, properties }) => {
    const policies = properties['accessPolicies'] as readonly { readonly objectId: string }[] | undefined
    return (policies ?? []).map(({ objectId }) => `access policy of ${objectId} on ${name}`)
  })

export function footprint(world: World): readonly string[] {
  const lines: string[] = []
  for (const resource of resources(world).values()) {
    const type = resource.type.toLowerCase()
    if (type === 'microsoft.managedidentity/userassignedidentities') lines.push(`identity ${resource.name}`)
    for (const ip of ipsIn(resource.properties)) lines.push(`firewall ${ownerOf(resource)} ${ip}`)
    if (type.endsWith('/firewallrules'))
      lines.push(`firewall ${resource.id.split('/').at(-3)} ${resource.properties['startIP'] ?? resource.properties['startIpAddress']}`)
  }
  for (const credential of federatedCredentials(world).values())
    lines.push(`credential ${last(credential.identityId)} ${credential.subject}`)
  for (const { name, identity } of bindings(world).values()) lines.push(`binding ${name} of ${last(identity)}`)
  for (const [key, secret] of vaultSecrets(world)) if (secret.deletedAt === undefined) lines.push(`vault secret ${key}`)
  for (const row of roleAssignments(world).values())
    lines.push(`role ${last(row.roleDefinitionId)} of ${row.principalId} on ${last(row.scope)}`)
  lines.push(...vaultPolicies(world))
  lines.push(...databaseUsers(world))
  for (const { principalId, grant, scope } of dataGrants(world)) lines.push(`data grant ${grant} of ${principalId} on ${last(scope)}`)
  for (const cluster of clustersOf(world).values())
    for (const object of kubernetesObjects(world, cluster.id))
      lines.push(`${object.kind} ${[object.metadata.namespace, object.metadata.name].filter(Boolean).join('/')} in ${last(cluster.id)}`)
  return lines.sort()
}

/** Objects of a cluster that the app can write, but for those that Kubernetes makes itself. */
export const kubernetesObjects = (world: World, clusterId: string): readonly Object[] =>
  [...world.table<Object>(`kubernetes-objects ${clusterId.toLowerCase()}`).entries()]
    .filter(([key]) => /^(secrets|serviceaccounts|clusterroles|clusterrolebindings) /.test(key) && !key.endsWith(' default'))
    .map(([, object]) => object)

/** The decoded data of a Secret. */
export function secretData(world: World, clusterId: string, name: string): Record<string, string> {
  const found = kubernetesObjects(world, clusterId).find((object) => object.kind === 'Secret' && object.metadata.name === name)
  if (!found) throw new Error(`There is no Secret ${name}`)
  return Object.fromEntries(Object.entries(found.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]))
}

// What an author asked for, in words of any door, made into what is desired: every default filled in, every id resolved. What is wrong comes
// back as complaints that name the field and say how to write it. Consent is not decided here (consent.ts).
import { type Complaint, type Read, shown } from './complaint.ts'
import { type Desired, linkerId, type Origin, transports } from './connection.ts'
import { wrongWithKeys } from './customized-keys.ts'
import { allGrants, defaultIds } from './grant.ts'
import { keyOf, type Loop, loop } from './loop.ts'
import { identityId } from './names.ts'
import { parseResourceId } from './resource-id.ts'
import { type ServicePrincipal, servicePrincipalLoop } from './service-principal.ts'
import { idWithChild, type TargetType } from './target-type.ts'
import type { Rules } from './view.ts'

export type Field = 'name' | 'namespace' | 'workload' | 'auth' | 'client' | 'identity' | 'roles' | 'customizedKeys' | 'transport'

export type Asked = {
  readonly origin: Origin
  readonly name: string
  readonly cluster: Loop<'cluster'>
  readonly type: TargetType
  /** Id of the resource that owns firewall and keys. */
  readonly targetOwner: string
  readonly namespace?: string | undefined
  readonly workload?: string | undefined
  readonly auth?: string | undefined
  readonly client?: string | undefined
  /** ARM id of a user-assigned identity that its author brings along. */
  readonly identity?: string | undefined
  readonly servicePrincipal?: ServicePrincipal | undefined
  /** Ids or names of role definitions; `[]` = opted out. */
  readonly roles?: readonly string[] | undefined
  readonly firewall?: 'open' | 'keep' | undefined
  readonly customizedKeys?: Readonly<Record<string, string>> | undefined
  readonly transport?: string | undefined
}

const identityType = 'microsoft.managedidentity/userassignedidentities'
/** The original allows letters, digits, `.` and `_`; its users miss the dash. Clients of Kubernetes in JavaScript lose a key `__proto__`. */
const connectionName = /^(?=.*[A-Za-z0-9])(?!__proto__$)[A-Za-z0-9._-]{1,60}$/
const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/
const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const roleDefinition = /^(?:\/subscriptions\/[0-9a-f-]{36})?\/providers\/microsoft\.authorization\/roledefinitions\/([0-9a-f-]{36})$/

/** `fields`: how the door calls them. */
export function desiredOf(asked: Asked, rules: Rules, fields: Readonly<Record<Field, string>>): Read<Desired> {
  const complaints: Complaint[] = []
  const complain = (field: Field, wrong: string, write: string): void => void complaints.push({ field: fields[field], wrong, write })
  const { type } = asked

  if (!isConnectionName(asked.name)) complain('name', `'${shown(asked.name)}' is not a valid name of a connection`, connectionNameRule)
  const namespace = asked.namespace ?? 'default'
  if (!label.test(namespace))
    complain(
      'namespace',
      `'${shown(namespace)}' is not a valid name of a Kubernetes namespace`,
      '1 to 63 of a-z, 0-9 and -, with a letter or digit at both ends',
    )
  const workload = asked.workload ?? 'default'
  if (!label.test(workload))
    complain(
      'workload',
      `'${shown(workload)}' is not a valid name of a workload`,
      '1 to 63 of a-z, 0-9 and -, with a letter or digit at both ends',
    )

  const auth = oneOf(asked.auth ?? type.auth[0] ?? '', type.auth)
  if (auth === undefined)
    complain(
      'auth',
      `'${shown(asked.auth ?? '')}' is no auth type that ${type.type} can be connected with here`,
      `one of ${type.auth.join(', ')}`,
    )
  const clients = (auth === undefined ? undefined : type.clientsByAuth?.[auth]) ?? type.clients
  const client = oneOf(asked.client ?? 'none', clients)
  if (client === undefined)
    complain(
      'client',
      `'${shown(asked.client ?? 'none')}' is no client type of ${type.type}${auth === undefined ? '' : ` with auth ${auth}`}`,
      `one of ${clients.join(', ')}`,
    )

  const needsIdentity = auth !== 'secret'
  const identity = asked.identity === undefined ? undefined : parseResourceId(asked.identity)
  if (asked.identity !== undefined) {
    const example = '/subscriptions/<subscription>/resourceGroups/<group>/providers/Microsoft.ManagedIdentity/userAssignedIdentities/<name>'
    if (auth === 'service-principal')
      complain('identity', 'auth service-principal uses no managed identity', 'leave it out, or write auth workload-identity')
    else if (!needsIdentity)
      complain('identity', 'auth secret uses no identity', `leave it out, or choose another auth type of ${type.auth.join(', ')}`)
    else if (identity?.type !== identityType)
      complain('identity', `'${shown(asked.identity)}' is not the id of a user-assigned identity`, `its full id: ${example}`)
  }

  const { servicePrincipal } = asked
  if (auth === 'service-principal' && !servicePrincipal)
    complain(
      'auth',
      'auth service-principal needs a client secret, and none can be written here',
      'a PUT over HTTP with authType servicePrincipalSecret (docs/http-api.md), or another auth type',
    )

  const roles = asked.roles === undefined ? (needsIdentity ? defaultIds(type.grants) : []) : asked.roles.map((role) => roleIdOf(role, type))
  if (asked.roles !== undefined && asked.roles.length > 0 && !needsIdentity)
    complain('roles', 'auth secret uses no roles', 'leave them out')
  if (roles.length > 10) complain('roles', `${roles.length} roles are too many`, 'at most 10')
  const unknown = asked.roles?.filter((_, index) => roles[index] === undefined) ?? []
  if (unknown.length > 0) {
    const named = allGrants(type.grants)
      .map(({ name }) => name)
      .join(', ')
    complain(
      'roles',
      `'${shown(unknown.join(', '))}' is no role that is known for ${type.type}`,
      `the GUID of a role definition, or one of these names: ${named}; none for no role at all`,
    )
  }

  const { customizedKeys } = asked
  if (customizedKeys && auth !== undefined && client !== undefined)
    for (const { wrong, write } of wrongWithKeys(customizedKeys, type, auth, client)) complain('customizedKeys', wrong, write)

  const transport = transports.find((name) => name === (asked.transport ?? 'direct').toLowerCase())
  if (transport === undefined)
    complain(
      'transport',
      `'${shown(asked.transport ?? '')}' is no transport of this version`,
      `${transports.join(' or ')}, or leave it out`,
    )

  if (complaints.length > 0 || auth === undefined || client === undefined || transport === undefined) return { complaints }
  const place = { cluster: asked.cluster, namespace, workload }
  return {
    value: {
      key: keyOf(linkerId(asked.cluster.id, asked.name)),
      origin: asked.origin,
      name: asked.name,
      cluster: asked.cluster,
      target: loop('target', asked.targetOwner),
      targetId: idWithChild(asked.targetOwner, type),
      type: type.type,
      ...(servicePrincipal
        ? { identity: servicePrincipalLoop(servicePrincipal), servicePrincipal }
        : needsIdentity
          ? { identity: loop('identity', identity?.id ?? identityId(place, rules)) }
          : {}),
      given: needsIdentity && (identity !== undefined || servicePrincipal !== undefined),
      namespace,
      workload,
      auth,
      client,
      roles: [...new Set(roles.filter((role) => role !== undefined))].sort(),
      firewall: asked.firewall ?? 'open',
      transport,
      ...(customizedKeys && Object.keys(customizedKeys).length > 0 ? { customizedKeys } : {}),
    },
  }
}

export const isConnectionName = (name: string): boolean => connectionName.test(name)
export const connectionNameRule = '1 to 60 of letters, digits, ., _ and -, with at least one letter or digit, and not __proto__'

const oneOf = (word: string, words: readonly string[]): string | undefined =>
  words.find((other) => other.toLowerCase() === word.toLowerCase())

/** A GUID, the id of a role definition, or the name of a role that the target type knows. */
function roleIdOf(role: string, type: TargetType): string | undefined {
  const text = role.toLowerCase()
  const id = roleDefinition.exec(text)?.[1] ?? text
  return guid.test(id) ? id : allGrants(type.grants).find(({ name }) => name.toLowerCase() === text)?.id
}

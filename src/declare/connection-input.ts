// Turns an author's input, in any handler's words, into a spec: every default filled in, every id resolved. What is wrong comes back as validation
// issues that name the field and say how to write it. Consent is not decided here (consent.ts).

import { type ConnectionSpec, linkerId, type Origin, transports } from '../model/connection.ts'
import { allGrants, defaultIds } from '../model/grant.ts'
import { keyOf, type Loop, loop } from '../model/loop.ts'
import { identityId } from '../model/names.ts'
import { parseResourceId } from '../model/resource-id.ts'
import { type ServicePrincipal, servicePrincipalLoop } from '../model/service-principal.ts'
import { idWithChild, type TargetType } from '../model/target-type.ts'
import { type Read, sanitize, type ValidationIssue } from '../model/validation-issue.ts'
import type { Installation } from '../model/view.ts'
import { wrongWithKeys } from './customized-keys.ts'

export type Field = 'name' | 'namespace' | 'workload' | 'auth' | 'client' | 'identity' | 'roles' | 'customizedKeys' | 'transport'

export type ConnectionInput = {
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
  /** ARM id of a user-assigned identity that its author provides. */
  readonly identity?: string | undefined
  readonly servicePrincipal?: ServicePrincipal | undefined
  /** Ids or names of role definitions; `[]` = opted out. */
  readonly roles?: readonly string[] | undefined
  readonly firewall?: 'open' | 'keep' | undefined
  readonly customizedKeys?: Readonly<Record<string, string>> | undefined
  readonly transport?: string | undefined
}

const identityType = 'microsoft.managedidentity/userassignedidentities'
/** Azure Service Connector allows letters, digits, `.` and `_`; its users miss the dash. JavaScript clients of Kubernetes lose a key `__proto__`. */
const connectionName = /^(?=.*[A-Za-z0-9])(?!__proto__$)[A-Za-z0-9._-]{1,60}$/
const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/
const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const roleDefinition = /^(?:\/subscriptions\/[0-9a-f-]{36})?\/providers\/microsoft\.authorization\/roledefinitions\/([0-9a-f-]{36})$/

/** `fields`: the handler's names of the fields. */
export function specOf(input: ConnectionInput, installation: Installation, fields: Readonly<Record<Field, string>>): Read<ConnectionSpec> {
  const issues: ValidationIssue[] = []
  const addIssue = (field: Field, wrong: string, write: string): void => void issues.push({ field: fields[field], wrong, write })
  const { type } = input

  if (!isConnectionName(input.name)) addIssue('name', `'${sanitize(input.name)}' is not a valid name of a connection`, connectionNameRule)
  const namespace = input.namespace ?? 'default'
  if (!label.test(namespace))
    addIssue(
      'namespace',
      `'${sanitize(namespace)}' is not a valid name of a Kubernetes namespace`,
      '1 to 63 of a-z, 0-9 and -, with a letter or digit at both ends',
    )
  const workload = input.workload ?? 'default'
  if (!label.test(workload))
    addIssue(
      'workload',
      `'${sanitize(workload)}' is not a valid name of a workload`,
      '1 to 63 of a-z, 0-9 and -, with a letter or digit at both ends',
    )

  const auth = oneOf(input.auth ?? type.auth[0] ?? '', type.auth)
  if (auth === undefined)
    addIssue(
      'auth',
      `'${sanitize(input.auth ?? '')}' is not an auth type that ${type.type} can be connected with here`,
      `one of ${type.auth.join(', ')}`,
    )
  const clients = (auth === undefined ? undefined : type.clientsByAuth?.[auth]) ?? type.clients
  const client = oneOf(input.client ?? 'none', clients)
  if (client === undefined)
    addIssue(
      'client',
      `'${sanitize(input.client ?? 'none')}' is not a client type of ${type.type}${auth === undefined ? '' : ` with auth ${auth}`}`,
      `one of ${clients.join(', ')}`,
    )

  const needsIdentity = auth !== 'secret'
  const identity = input.identity === undefined ? undefined : parseResourceId(input.identity)
  if (input.identity !== undefined) {
    const example = '/subscriptions/<subscription>/resourceGroups/<group>/providers/Microsoft.ManagedIdentity/userAssignedIdentities/<name>'
    if (auth === 'service-principal')
      addIssue('identity', 'auth service-principal uses no managed identity', 'leave it out, or write auth workload-identity')
    else if (!needsIdentity)
      addIssue('identity', 'auth secret uses no identity', `leave it out, or choose another auth type of ${type.auth.join(', ')}`)
    else if (identity?.type !== identityType)
      addIssue('identity', `'${sanitize(input.identity)}' is not the id of a user-assigned identity`, `its full id: ${example}`)
  }

  const { servicePrincipal } = input
  if (auth === 'service-principal' && !servicePrincipal)
    addIssue(
      'auth',
      'auth service-principal needs a client secret, and none can be written here',
      'a PUT over HTTP with authType servicePrincipalSecret (docs/http-api.md), or another auth type',
    )

  const roles = input.roles === undefined ? (needsIdentity ? defaultIds(type.grants) : []) : input.roles.map((role) => roleIdOf(role, type))
  if (input.roles !== undefined && input.roles.length > 0 && !needsIdentity)
    addIssue('roles', 'auth secret uses no roles', 'leave them out')
  if (roles.length > 10) addIssue('roles', `${roles.length} roles are too many`, 'at most 10')
  const unknown = input.roles?.filter((_, index) => roles[index] === undefined) ?? []
  if (unknown.length > 0) {
    const named = allGrants(type.grants)
      .map(({ name }) => name)
      .join(', ')
    addIssue(
      'roles',
      `'${sanitize(unknown.join(', '))}' is not a known role for ${type.type}`,
      `the GUID of a role definition, or one of these names: ${named}; none for no role at all`,
    )
  }

  const { customizedKeys } = input
  if (customizedKeys && auth !== undefined && client !== undefined)
    for (const { wrong, write } of wrongWithKeys(customizedKeys, type, auth, client)) addIssue('customizedKeys', wrong, write)

  const transport = transports.find((name) => name === (input.transport ?? 'direct').toLowerCase())
  if (transport === undefined)
    addIssue(
      'transport',
      `'${sanitize(input.transport ?? '')}' is not a transport of this version`,
      `${transports.join(' or ')}, or leave it out`,
    )

  if (issues.length > 0 || auth === undefined || client === undefined || transport === undefined) return { issues }
  const place = { cluster: input.cluster, namespace, workload }
  return {
    value: {
      key: keyOf(linkerId(input.cluster.id, input.name)),
      origin: input.origin,
      name: input.name,
      cluster: input.cluster,
      target: loop('target', input.targetOwner),
      targetId: idWithChild(input.targetOwner, type),
      type: type.type,
      ...(servicePrincipal
        ? { identity: servicePrincipalLoop(servicePrincipal), servicePrincipal }
        : needsIdentity
          ? { identity: loop('identity', identity?.id ?? identityId(place, installation)) }
          : {}),
      provided: needsIdentity && (identity !== undefined || servicePrincipal !== undefined),
      namespace,
      workload,
      auth,
      client,
      roles: [...new Set(roles.filter((role) => role !== undefined))].sort(),
      firewall: input.firewall ?? 'open',
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

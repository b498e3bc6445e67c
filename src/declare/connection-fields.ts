// Each field of what an author asked for, read by itself: its value, or its validation issues. All fields are read, so that one answer
// lists all issues.

import { authTypeNamed, providedFor } from '../auth/catalogue.ts'
import type { Auth } from '../model/auth.ts'
import { allGrants, defaultGrants, type GrantRef, grantText, grantWords, namedGrant, parseGrant } from '../model/grant.ts'
import { parseResourceId, type ResourceId } from '../model/resource-id.ts'
import type { TargetType } from '../model/target-type.ts'
import { sanitize } from '../model/validation-issue.ts'
import type { ConnectionInput, Field } from './connection-input.ts'

export type FieldIssue = { readonly field: Field; readonly message: string; readonly hint: string }
/** `value`: absent where it is invalid. */
export type Parsed<T> = { readonly value?: T; readonly issues: readonly FieldIssue[] }

export const good = <T>(value: T): Parsed<T> => ({ value, issues: [] })
export const bad = (field: Field, message: string, hint: string): Parsed<never> => ({ issues: [{ field, message, hint }] })

const identityType = 'microsoft.managedidentity/userassignedidentities'
/** Azure Service Connector allows letters, digits, `.` and `_`; its users miss the dash. JavaScript clients of Kubernetes lose a key `__proto__`. */
const connectionName = /^(?=.*[A-Za-z0-9])(?!__proto__$)[A-Za-z0-9._-]{1,60}$/
const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/
const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const roleDefinition = /^(?:\/subscriptions\/[0-9a-f-]{36})?\/providers\/microsoft\.authorization\/roledefinitions\/([0-9a-f-]{36})$/

export const nameIn = ({ name }: ConnectionInput): Parsed<string> =>
  isConnectionName(name) ? good(name) : bad('name', `'${sanitize(name)}' is not a valid name of a connection`, connectionNameRule)

/** A name of Kubernetes; `default` where there is none. */
export function labelIn(field: 'namespace' | 'workload', what: string, text = 'default'): Parsed<string> {
  if (label.test(text)) return good(text)
  return bad(
    field,
    `'${sanitize(text)}' is not a valid name of a ${what}`,
    '1 to 63 of a-z, 0-9 and -, with a letter or digit at both ends',
  )
}

export function authIn({ auth, type }: ConnectionInput): Parsed<Auth> {
  const found = oneOf(auth ?? type.auth[0] ?? '', type.auth)
  if (found !== undefined) return good(found)
  return bad(
    'auth',
    `'${sanitize(auth ?? '')}' is not an auth type that ${type.type} can be connected with here`,
    `one of ${type.auth.join(', ')}`,
  )
}

export function clientIn({ client = 'none', type }: ConnectionInput, auth: Auth | undefined): Parsed<string> {
  const clients = (auth === undefined ? undefined : type.clientsByAuth?.[auth]) ?? type.clients
  const found = oneOf(client, clients)
  if (found !== undefined) return good(found)
  const withAuth = auth === undefined ? '' : ` with auth ${auth}`
  return bad('client', `'${sanitize(client)}' is not a client type of ${type.type}${withAuth}`, `one of ${clients.join(', ')}`)
}

/** The identity that the author provides. */
export function identityIn({ identity, type }: ConnectionInput, auth: Auth | undefined): Parsed<ResourceId | undefined> {
  if (identity === undefined) return good(undefined)
  if (auth !== undefined && !isManaged(auth)) {
    const others = type.auth.filter(isManaged)
    const hint = others.length > 0 ? `leave it out, or write auth ${others.join(' or ')}` : 'leave it out'
    return bad('identity', `auth ${auth} uses no managed identity`, hint)
  }
  const id = parseResourceId(identity)
  if (id?.type === identityType) return good(id)
  const example = '/subscriptions/<subscription>/resourceGroups/<group>/providers/Microsoft.ManagedIdentity/userAssignedIdentities/<name>'
  return bad('identity', `'${sanitize(identity)}' is not the id of a user-assigned identity`, `its full id: ${example}`)
}

/** What only a request over HTTP can carry: a secret that the author provides, and the service principal that it is of. */
export function providedIn({ origin, servicePrincipal, type }: ConnectionInput, auth: Auth | undefined): Parsed<undefined> {
  if (auth === undefined) return good(undefined)
  const { identity, wire } = authTypeNamed(auth)
  const provided = providedFor({ auth, type })
  const { what = 'service principal' } = provided ?? {}
  const isMissing = (provided && origin !== 'http') || (identity === 'principal' && !servicePrincipal)
  if (!isMissing) return good(undefined)
  return bad(
    'auth',
    `auth ${auth} needs a ${what}, and none can be written here`,
    `a PUT over HTTP with authType ${wire.authType} (docs/http-api.md), or another auth type`,
  )
}

/** Of the user whose password the author provides. */
export function userNameIn({ origin, userName, type }: ConnectionInput, auth: Auth | undefined): Parsed<undefined> {
  const isWanted = auth !== undefined && authTypeNamed(auth).secret === 'fetched' && providedFor({ auth, type }) !== undefined
  // Over a tag the whole secret is missing.
  if (!isWanted || origin !== 'http' || userName !== undefined) return good(undefined)
  return bad(
    'userName',
    `the name of the user is missing: ${type.type} is signed in to by user and password`,
    'name: the user, as the server knows it',
  )
}

/** Texts of grants, each once. Several things can be wrong with a list. */
export function rolesIn(input: ConnectionInput, auth: Auth | undefined): Parsed<readonly string[]> {
  const roles = askedRoles(input, auth)
  const own = childOfServer(input)
  const isUser = roles.value?.some((role) => parseGrant(role).kind === 'databaseRole')
  if (!isUser || own === undefined) return roles
  return bad(
    'roles',
    `'${sanitize(own)}' belongs to the server itself, and the app makes no user in it`,
    'another database; or no role (role=none, over HTTP authMode optOutAllAuth), and a user that you make yourself',
  )
}

const childOfServer = ({ type: { ownChildren = [] }, target }: ConnectionInput): string | undefined =>
  ownChildren.find((name) => name === target.id.split('/').at(-1)?.toLowerCase())

function askedRoles({ roles: input, type }: ConnectionInput, auth: Auth | undefined): Parsed<readonly string[]> {
  if (input === undefined) return good(needsIdentity(auth) ? sorted(defaultGrants(type.grants)) : [])
  const roles = input.map((role) => ({ role, grant: grantIn(role, type) }))
  const unknown = roles.filter(({ grant }) => grant === undefined).map(({ role }) => role)
  const childless = type.child.kind !== 'named' ? roles.filter(({ grant }) => grant?.scope === 'child').map(({ role }) => role) : []
  const refused = [
    ...(input.length > 0 && !needsIdentity(auth) ? [bad('roles', `auth ${auth} uses no roles`, 'leave them out')] : []),
    ...(input.length > 10 ? [bad('roles', `${input.length} roles are too many`, 'at most 10')] : []),
    ...(unknown.length > 0 ? [unknownRoles(unknown, type)] : []),
    ...(childless.length > 0
      ? [bad('roles', `'${sanitize(childless.join(', '))}' is on a child, and ${type.type} is connected as a whole`, 'leave out @child')]
      : []),
  ]
  if (refused.length > 0) return { issues: refused.flatMap(({ issues }) => issues) }
  return good(sorted(roles.flatMap(({ grant }) => (grant ? [grantText(grant)] : []))))
}

const unknownRoles = (unknown: readonly string[], { type, grants }: TargetType): Parsed<never> =>
  bad(
    'roles',
    `'${sanitize(unknown.join(', '))}' is not a known role for ${type}`,
    `the GUID of a role definition, or one of these names: ${allGrants(grants).map(namedGrant).join(', ')}; none for no role at all`,
  )

export const needsIdentity = (auth: Auth | undefined): boolean => auth === undefined || authTypeNamed(auth).identity !== 'none'
const isManaged = (auth: Auth): boolean => authTypeNamed(auth).identity === 'managed'

export const isConnectionName = (name: string): boolean => connectionName.test(name)
export const connectionNameRule = '1 to 60 of letters, digits, ., _ and -, with at least one letter or digit, and not __proto__'

export const oneOf = <Word extends string>(word: string, words: readonly Word[]): Word | undefined =>
  words.find((other) => other.toLowerCase() === word.toLowerCase())

/**
 * An Azure role by its GUID or the id of its definition; a grant that the target type knows by its name or id, with kind and scope where they are
 * written. A GUID alone is on the resource, as with Azure Service Connector.
 */
function grantIn(text: string, type: TargetType): GrantRef | undefined {
  const { kind, word, scope } = grantWords(roleDefinition.exec(text.toLowerCase())?.[1] ?? text)
  const id = word.toLowerCase()
  const named = allGrants(type.grants).find(
    (grant) => (kind ?? grant.kind) === grant.kind && [grant.id, grant.name].some((other) => other.toLowerCase() === id),
  )
  if (guid.test(id) && (kind ?? named?.kind ?? 'azureRole') === 'azureRole') return { kind: 'azureRole', id, scope: scope ?? 'resource' }
  return named && { ...named, scope: scope ?? named.scope }
}

const sorted = (ids: readonly string[]): readonly string[] => [...new Set(ids)].sort()

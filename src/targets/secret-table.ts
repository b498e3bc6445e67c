// The Secret of a connection as a table: for each auth and client type the keys, and the value of each. `*` stands for the clients that have no entry
// of their own. Keys are exactly those of Azure Service Connector, so that manifests written for it keep working.

import type { Auth } from '../model/auth.ts'
import { endpointOf as isOutside } from '../model/endpoint-target.ts'
import type { IdentityFacts, ServiceFacts } from '../model/facts.ts'
import { resourceId } from '../model/resource-id.ts'
import type { Secret } from '../model/secret.ts'

/** What values are made of. */
export type SecretInput = {
  readonly service: ServiceFacts
  readonly targetId: string
  readonly identity?: IdentityFacts
  /** The user of a database that the identity is (model/database-user.ts). */
  readonly databaseUser?: string
  readonly servicePrincipal?: { readonly clientId: string; readonly tenant: string }
  /** What the author provides: a secret, and the name of its user where it has one. */
  readonly provided?: { readonly secret: Secret<string>; readonly userName?: string }
  readonly credential?: Secret<string>
}
export type Expression = (of: SecretInput) => string | Secret<string>
export type Row = Readonly<Record<string, Expression>>
export type SecretTable = Readonly<Partial<Record<Auth, Readonly<Record<string, Row>>>>>

/** In the shape of the Service Binding specification (service-binding.ts). */
export type ServiceBinding = {
  /** As clients look for it: `redis`. */
  readonly type: string
  /** Whatever the auth type. */
  readonly entries?: Row
  /** With a key: what stands in place of `connection-string`. */
  readonly secret?: Row
  /** Without one, beside what an identity or a service principal signs in with. */
  readonly tokens?: Row
}

export const text =
  (value: string): Expression =>
  () =>
    value
export const endpoint: Expression = ({ service }) => service.endpoint
/** One of several endpoints. A service that lacks it is not offered by its resource. */
export const endpointOf =
  (name: string): Expression =>
  ({ service }) =>
    required(service.more?.[name], `endpoint '${name}'`)
/** Of the endpoint, without scheme and port. */
export const host = ({ service }: Pick<SecretInput, 'service'>): string => new URL(service.endpoint).hostname
/** Of the resource that owns firewall and keys. */
export const resourceName = ({ targetId }: Pick<SecretInput, 'targetId'>): string => resourceId(targetId).names[0] ?? ''
/** The names of the child that the connection is to: a database, or a graph after its database. */
export const childName =
  (place = 0): Expression =>
  ({ targetId }) =>
    isOutside({ id: targetId }) ? (targetId.split('/').at(-1) ?? '') : (resourceId(targetId).names[1 + place] ?? '')
export const identity = {
  clientId: (of: SecretInput): string => required(of.identity, 'identity').clientId,
  principalId: (of: SecretInput): string => required(of.identity, 'identity').principalId,
  tenantId: (of: SecretInput): string => required(of.identity, 'identity').tenant,
} as const
/** Of a secret that the author provides. */
export const provided = {
  secret: (of: SecretInput): Secret<string> => required(of.provided, 'provided secret').secret,
  userName: (of: SecretInput): string => required(of.provided?.userName, 'user name'),
} as const
/** Text with the provided secret in it, and the name of its user. It stays wrapped. */
export const withProvided =
  (write: (password: string, user: string, of: SecretInput) => string): Expression =>
  (of) =>
    provided.secret(of).map((value) => write(value, provided.userName(of), of))
export const databaseUser = (of: SecretInput): string => required(of.databaseUser, 'database user')
export const servicePrincipal = {
  clientId: (of: SecretInput): string => required(of.servicePrincipal, 'service principal').clientId,
  clientSecret: (of: SecretInput): Secret<string> => provided.secret(of),
  tenantId: (of: SecretInput): string => required(of.servicePrincipal, 'service principal').tenant,
} as const
export const credential: Expression = (of) => required(of.credential, 'credential')
/** Text with the credential in it. It stays wrapped. */
export const withCredential =
  (write: (value: string, of: SecretInput) => string): Expression =>
  (of) =>
    required(of.credential, 'credential').map((value) => write(value, of))

export const keysIn = (table: SecretTable, auth: Auth, client: string): readonly string[] => Object.keys(rowOf(table, auth, client))

export const valuesIn = (
  table: SecretTable,
  auth: Auth,
  client: string,
  of: SecretInput,
): Readonly<Record<string, string | Secret<string>>> => valuesOf(rowOf(table, auth, client), of)

export const valuesOf = (row: Row, of: SecretInput): Readonly<Record<string, string | Secret<string>>> =>
  Object.fromEntries(Object.entries(row).map(([key, expression]) => [key, expression(of)]))

/** The same where something may not be known yet: what needs it is `undefined`. */
export const knownValuesIn = (
  table: SecretTable,
  auth: Auth,
  client: string,
  { service, ...rest }: Omit<SecretInput, 'service'> & { readonly service?: ServiceFacts | undefined },
): Readonly<Record<string, string | Secret<string> | undefined>> => {
  const of: SecretInput = {
    ...rest,
    get service() {
      return required(service, 'service')
    },
  }
  return Object.fromEntries(Object.entries(rowOf(table, auth, client)).map(([key, expression]) => [key, ifKnown(expression, of)]))
}

function ifKnown(expression: Expression, of: SecretInput): string | Secret<string> | undefined {
  try {
    return expression(of)
  } catch (error) {
    if (error instanceof ValueUnknown) return undefined
    throw error
  }
}

export function rowOf(table: SecretTable, auth: Auth, client: string): Row {
  const clients = table[auth]
  return (clients && Object.hasOwn(clients, client) ? clients[client] : clients?.['*']) ?? {}
}

class ValueUnknown extends TypeError {}

/** @throws ValueUnknown: the Secret is not written before it is known. */
export function required<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new ValueUnknown(`The values of a connection need its ${what}`)
  return value
}

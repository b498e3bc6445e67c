// The keys and values of a connection's Secret: what its table says, under the names that its author wants, and what the author adds.
import type { ConnectionSpec } from '../model/connection.ts'
import { isConnectionString, withProperties } from '../model/connection-string.ts'
import { databaseUserOf } from '../model/database-user.ts'
import type { IdentityFacts, ServiceFacts } from '../model/facts.ts'
import { type Secret, unread } from '../model/secret.ts'
import { secretKeyName } from '../model/secret-key-names.ts'
import { keysIn, knownValuesIn, type SecretInput, valuesIn } from './secret-table.ts'
import type { Target } from './target-type.ts'

export type Known = {
  readonly service: ServiceFacts
  readonly identity?: IdentityFacts
  readonly tenant: string
}
/** `credential`: that of the target. `provided`: the secret that the connection's author provides. */
export type Credentials = { readonly credential?: Secret<string>; readonly provided?: Secret<string> }

export const secretValuesOf = (
  { secret: table, extensionSecret = {} }: Target,
  self: ConnectionSpec,
  known: Known,
  credentials: Credentials,
): Readonly<Record<string, string | Secret<string>>> => {
  const input = secretInputOf(self, known, credentials)
  return {
    ...named(appended(valuesIn(table, self.auth, self.client, input), self), self),
    ...self.additionalConfigurations,
    ...(self.kubernetesExtension ? valuesIn(extensionSecret, self.auth, self.client, input) : {}),
  }
}

/** For readers: what is secret, or not known yet, is empty. No credential is read for it. */
export function shownValuesOf(
  { secret: table, extensionSecret = {} }: Target,
  self: ConnectionSpec,
  known: Partial<Known>,
): Readonly<Record<string, string>> {
  const input = inputOf(self, known, { credential: unread, ...(self.secret || self.keptSecret ? { provided: unread } : {}) })
  const values = knownValuesIn(table, self.auth, self.client, { service: known.service, ...input })
  const shown = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, typeof value === 'string' ? value : '']))
  const ofExtension = self.kubernetesExtension ? keysIn(extensionSecret, self.auth, self.client) : []
  return {
    ...named(appended(shown, self), self),
    ...self.additionalConfigurations,
    ...Object.fromEntries(ofExtension.map((key) => [key, ''])),
  }
}

export const secretInputOf = (self: ConnectionSpec, known: Known, credentials: Credentials): SecretInput => ({
  service: known.service,
  ...inputOf(self, known, credentials),
})

const inputOf = (
  { targetId, servicePrincipal, userName, identity: loop }: ConnectionSpec,
  { identity, tenant }: Partial<Known>,
  { credential, provided }: Credentials,
): Omit<SecretInput, 'service'> => ({
  targetId,
  ...(identity ? { identity } : {}),
  ...(loop ? { databaseUser: databaseUserOf(loop) } : {}),
  ...(credential ? { credential } : {}),
  ...(servicePrincipal && tenant !== undefined ? { servicePrincipal: { clientId: servicePrincipal.clientId, tenant } } : {}),
  ...(provided ? { provided: { secret: provided, ...(userName === undefined ? {} : { userName }) } } : {}),
})

/** A value that is not known yet, or not shown, stays empty. */
function appended<T extends string | Secret<string>>(
  values: Readonly<Record<string, T>>,
  { additionalConnectionStringProperties: properties }: ConnectionSpec,
): Readonly<Record<string, string | T>> {
  if (!properties) return values
  const append = (value: T): string | T => {
    if (typeof value !== 'string') return value.map((text) => withProperties(text, properties)) as T
    return value === '' ? value : withProperties(value, properties)
  }
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, isConnectionString(key) ? append(value) : value]))
}

const named = <T>(values: Readonly<Record<string, T>>, self: ConnectionSpec): Readonly<Record<string, T>> =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [secretKeyName(key, self), value]))

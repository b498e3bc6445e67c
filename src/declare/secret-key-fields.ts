// The fields of an author that say which keys the Secret has, each with its issues.
import type { Auth } from '../model/auth.ts'
import { type DeclaredTransport, type KeyNaming, keyNamings, type Shape, shapes } from '../model/connection.ts'
import { secretKeyName } from '../model/secret-key-names.ts'
import { sanitize } from '../model/validation-issue.ts'
import { transportTypeOf } from '../transports/catalogue.ts'
import { additionalConfigurationIssues } from './additional-configurations.ts'
import { bad, type FieldIssue, good, oneOf, type Parsed } from './connection-fields.ts'
import type { ConnectionInput } from './connection-input.ts'
import { connectionStringIssues } from './connection-string-properties.ts'
import { customizedKeyIssues } from './secret-keys.ts'

/** Which keys there are depends on auth and client: they are checked where both are known. */
export function customizedKeysIn(
  { name, customizedKeys, keyNaming, type }: ConnectionInput,
  auth: Auth | undefined,
  client: string | undefined,
): Parsed<typeof customizedKeys> {
  if (!customizedKeys || auth === undefined || client === undefined) return good(customizedKeys)
  const issues = customizedKeyIssues(customizedKeys, type, auth, client, { name, keyNaming: keyNamed(keyNaming) })
  return issues.length > 0 ? { issues: issues.map((issue): FieldIssue => ({ field: 'customizedKeys', ...issue })) } : good(customizedKeys)
}

const keyNamed = (word: string | undefined): KeyNaming | undefined => (word === undefined ? undefined : oneOf(word, keyNamings))

export function keyNamingIn({ keyNaming }: ConnectionInput): Parsed<KeyNaming | undefined> {
  if (keyNaming === undefined) return good(undefined)
  const found = keyNamed(keyNaming)
  return found ? good(found) : bad('keyNaming', `'${sanitize(keyNaming)}' is not known`, `${keyNamings.join(' or ')}, or leave it out`)
}

/** A transport that writes Secrets of one type only cannot carry it. */
export function shapeIn({ shape }: ConnectionInput, transport: DeclaredTransport | undefined): Parsed<Shape | undefined> {
  if (shape === undefined) return good(undefined)
  const found = oneOf(shape, shapes)
  if (!found) return bad('shape', `'${sanitize(shape)}' is not known`, `${shapes.join(' or ')}, or leave it out`)
  if (transport === undefined || transportTypeOf({ transport }).carries !== 'plain Secrets and ServiceAccounts') return good(found)
  return bad('shape', `transport ${transport} writes Secrets of type Opaque only`, 'transport direct, or leave it out')
}

export function additionalConfigurationsIn(
  { name, additionalConfigurations: added, customizedKeys, keyNaming, type, kubernetesExtension }: ConnectionInput,
  auth: Auth | undefined,
  client: string | undefined,
): Parsed<typeof added> {
  if (!added || auth === undefined || client === undefined) return good(added)
  const names = { name, keyNaming: keyNamed(keyNaming), ...(customizedKeys ? { customizedKeys } : {}) }
  const written = type.keys(auth, client).map((key) => secretKeyName(key, names))
  const ofExtension = kubernetesExtension ? (type.extensionKeys?.(auth, client) ?? []) : []
  const issues = additionalConfigurationIssues(added, [...written, ...ofExtension])
  return issues.length > 0 ? { issues: issues.map((issue): FieldIssue => ({ field: 'additionalConfigurations', ...issue })) } : good(added)
}

export function connectionStringPropertiesIn(
  { additionalConnectionStringProperties: added, type }: ConnectionInput,
  auth: Auth | undefined,
  client: string | undefined,
): Parsed<typeof added> {
  if (!added || auth === undefined || client === undefined) return good(added)
  const issues = connectionStringIssues(added, type.keys(auth, client))
  const field = 'additionalConnectionStringProperties'
  return issues.length > 0 ? { issues: issues.map((issue): FieldIssue => ({ field, ...issue })) } : good(added)
}

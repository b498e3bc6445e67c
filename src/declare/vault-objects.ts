// The objects of a key vault that an author mounts into pods. A wrong one would only show in a pod that does not start, so it is refused here.
import { authTypeNamed } from '../auth/catalogue.ts'
import type { Auth } from '../model/auth.ts'
import type { DeclaredTransport } from '../model/connection.ts'
import { sanitize } from '../model/validation-issue.ts'
import { fileOf, type VaultObject } from '../model/vault-object.ts'
import { transportTypeOf } from '../transports/catalogue.ts'
import { bad, type FieldIssue, good, type Parsed } from './connection-fields.ts'
import type { ConnectionInput } from './connection-input.ts'
import { secretKey } from './secret-keys.ts'

/** What the row of a connection, and a SecretProviderClass, have room for. */
const most = 50
/** https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates#vault-name-and-object-name */
const objectName = /^[0-9a-zA-Z-]{1,127}$/
const objectVersion = /^[0-9a-f]{32}$/i

/** `auth`, `transport`: absent where they are invalid themselves. */
export function vaultObjectsIn(
  { vaultObjects: input, type }: ConnectionInput,
  auth: Auth | undefined,
  transport: DeclaredTransport | undefined,
): Parsed<readonly VaultObject[] | undefined> {
  if (!input || input.length === 0) return good(undefined)
  if (!type.mountable) return refused(`${type.type} has no objects that can be mounted into pods`, 'leave it out')
  if (auth !== undefined && !authTypeNamed(auth).mounts) {
    const others = type.auth.filter((other) => authTypeNamed(other).mounts)
    return refused(`objects cannot be mounted with auth ${auth}`, `leave it out, or write auth ${others.join(' or ')}`)
  }
  if (transport !== undefined && transportTypeOf({ transport }).carries === 'plain Secrets and ServiceAccounts')
    return refused(`objects cannot be mounted with transport ${transport}`, 'leave it out, or write transport direct')
  const issues = issuesOf(input)
  return issues.length > 0 ? { issues } : good(input)
}

function issuesOf(objects: readonly VaultObject[]): readonly FieldIssue[] {
  const files = objects.map(fileOf)
  const names = objects.map((one) => one.objectName).filter((name) => !objectName.test(name))
  const versions = objects.flatMap((one) => one.objectVersion ?? []).filter((version) => !objectVersion.test(version))
  const aliases = objects.flatMap((one) => one.objectAlias ?? []).filter((alias) => !secretKey.test(alias))
  // Volumes of some nodes ignore case.
  const twice = files.filter((file, index) => files.slice(0, index).some((other) => other.toLowerCase() === file.toLowerCase()))
  const issue = (wrong: readonly string[], what: string, hint: string): readonly FieldIssue[] =>
    wrong.length > 0 ? refused(`${what}: '${sanitize([...new Set(wrong)].join(', '))}'`, hint).issues : []
  return [
    ...issue(names, 'not valid as names of objects in a key vault', '1 to 127 of letters, digits and -'),
    ...issue(versions, 'not valid as versions of objects in a key vault', '32 hexadecimal digits, or leave it out for the newest'),
    ...issue(aliases, 'not valid as names of files', '1 to 253 of letters, digits, -, _ and ., not . alone, and not .. at the beginning'),
    ...issue(twice, 'several objects would be the same file', 'each object once, or an objectAlias of its own'),
    ...(objects.length > most ? refused(`${objects.length} objects are too many`, `at most ${most}`).issues : []),
  ]
}

const refused = (message: string, hint: string): Parsed<never> => bad('vaultObjects', message, hint)

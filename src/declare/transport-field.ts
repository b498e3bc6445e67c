// Which transport an author asks for. One that writes where others can read is refused to a connection with a secret.
import { authTypeNamed, authTypes } from '../auth/catalogue.ts'
import type { Auth } from '../model/auth.ts'
import { type DeclaredTransport, declaredTransports, defaultTransport } from '../model/connection.ts'
import { sanitize } from '../model/validation-issue.ts'
import { transportTypeOf, transportTypes } from '../transports/catalogue.ts'
import { bad, good, type Parsed } from './connection-fields.ts'
import type { ConnectionInput } from './connection-input.ts'

/** `auth`: absent where it is invalid itself. */
export function transportIn({ transport = defaultTransport }: ConnectionInput, auth: Auth | undefined): Parsed<DeclaredTransport> {
  const found = declaredTransports.find((name) => name === transport.toLowerCase())
  if (found === undefined)
    return bad(
      'transport',
      `'${sanitize(transport)}' is not a transport of this version`,
      `${declaredTransports.join(' or ')}, or leave it out`,
    )
  const isSecret = auth !== undefined && authTypeNamed(auth).secret !== 'none'
  if (!transportTypeOf({ transport: found }).secretless || !isSecret) return good(found)
  const secretless = authTypes.flatMap(({ name, secret }) => (secret === 'none' ? [name] : []))
  const others = transportTypes.flatMap((type) => (type.secretless ? [] : [type.name]))
  return bad(
    'transport',
    `what transport ${found} writes lies where others can read it, and auth ${auth} has a secret`,
    `auth ${secretless.join(' or ')}, or transport ${others.join(' or ')}`,
  )
}

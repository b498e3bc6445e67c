// How the author wants the identity to trust the pods.
import { authTypeNamed } from '../auth/catalogue.ts'
import type { Auth } from '../model/auth.ts'
import type { DeclaredTransport } from '../model/connection.ts'
import { defaultFederation, type Federation, federations } from '../model/federation.ts'
import { sanitize } from '../model/validation-issue.ts'
import { transportTypeOf } from '../transports/catalogue.ts'
import { bad, good, oneOf, type Parsed } from './connection-fields.ts'
import type { ConnectionInput } from './connection-input.ts'

/** `undefined`: by default, which a spec does not write down. */
export function federationIn(
  { federation }: ConnectionInput,
  auth: Auth | undefined,
  transport: DeclaredTransport | undefined,
): Parsed<Federation | undefined> {
  if (federation === undefined) return good(undefined)
  const found = oneOf(federation, federations)
  if (!found) return bad('federation', `'${sanitize(federation)}' is not known`, `${federations.join(' or ')}, or leave it out`)
  if (auth !== undefined && !authTypeNamed(auth).serviceAccount)
    return bad('federation', `auth ${auth} needs no trust of pods`, 'leave it out')
  if (found === defaultFederation) return good(undefined)
  if (transport !== undefined && transportTypeOf({ transport }).carries !== 'everything')
    return bad(
      'federation',
      `${found} needs roles of the cluster, which transport ${transport} cannot write`,
      `transport direct, or ${defaultFederation}`,
    )
  return good(found)
}

// Whether an extension of the cluster brings the content of the target into the namespace.
import { authTypeNamed } from '../auth/catalogue.ts'
import type { Auth } from '../model/auth.ts'
import type { DeclaredTransport } from '../model/connection.ts'
import { defaultFederation, federations } from '../model/federation.ts'
import { transportTypeOf } from '../transports/catalogue.ts'
import { bad, good, oneOf, type Parsed } from './connection-fields.ts'
import type { ConnectionInput } from './connection-input.ts'

/** `auth`, `transport`: absent where they are invalid themselves. */
export function kubernetesExtensionIn(
  { kubernetesExtension: asked, type, federation }: ConnectionInput,
  auth: Auth | undefined,
  transport: DeclaredTransport | undefined,
): Parsed<boolean> {
  if (!asked) return good(false)
  const refused = (message: string, hint: string): Parsed<never> => bad('kubernetesExtension', message, hint)
  if (!type.kubernetesExtension) return refused(`there is no cluster extension for ${type.type}`, 'leave it out')
  if (auth !== undefined && !authTypeNamed(auth).brings) {
    const others = type.auth.filter((other) => authTypeNamed(other).brings)
    return refused(`the extension is not used with auth ${auth}`, `leave it out, or write auth ${others.join(' or ')}`)
  }
  if (transport !== undefined && transportTypeOf({ transport }).carries === 'plain Secrets and ServiceAccounts')
    return refused(`what the extension reads is not written with transport ${transport}`, 'leave it out, or write transport direct')
  // It exchanges a token of the ServiceAccount itself, and no version of it asks the proxy of the cluster.
  if (federation !== undefined && oneOf(federation, federations) === 'identity-binding')
    return refused('the extension cannot sign in by an identity binding', `leave it out, or write federation ${defaultFederation}`)
  return good(true)
}

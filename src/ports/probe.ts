// How a connection is tried, as its pods would use it. Types only.
import type { Secret } from '../model/secret.ts'

/** Who signs in: the identity, with a token of the ServiceAccount that it trusts. `scope`: of what the token is for; without it, of Azure Resource Manager. */
type SignIn = { readonly tenant: string; readonly clientId: string; readonly assertion: Secret<string>; readonly scope?: string }

/** `error`: Entra's error number, or the target's error code. `text`: the message, redacted. */
export type Refused = { readonly status: number; readonly error: string; readonly text: string }

/** Connects as a pod of the connection would. Methods throw `Failure` if no answer came. */
export interface Probe {
  signIn(who: SignIn): Promise<{ readonly token: Secret<string> } | Refused>
  /** One harmless read. */
  read(
    token: Secret<string>,
    request: { readonly url: string; readonly headers: Readonly<Record<string, string>> },
  ): Promise<'read' | Refused>
}

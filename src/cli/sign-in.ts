// Whose token goes to the app: one that is given, or that of DefaultAzureCredential, so of `az login`, a managed identity or a workload identity. Which
// audience to sign in for is never taken from the app's answer: a wrong address could name another service, and would get a token for it.
import { type Secret, secret } from '../model/secret.ts'
import type { Given } from './command.ts'
import { CommandError, usage } from './exit.ts'

export type Credential = { getToken(scope: string): Promise<{ readonly token: string; readonly expiresOnTimestamp: number } | null> }

/** A token is asked for again this long before it ends. */
const margin = 120_000

type SignInOptions = {
  readonly given: Pick<Given, 'text'>
  readonly env: Readonly<Record<string, string | undefined>>
  readonly now: () => number
  /** Loaded where there is no token: the SDK takes most of the time of a short command. */
  readonly credential: () => Promise<Credential>
}

export function signIn({ given, env, now, credential }: SignInOptions): () => Promise<Secret<string>> {
  const token = given.text('token') ?? env['SC_TOKEN']
  if (token) {
    const known = secret(token.trim())
    return async () => known
  }
  let current: { readonly token: Secret<string>; readonly until: number } | undefined
  return async () => {
    const audience = given.text('audience') ?? env['SC_AUDIENCE']
    if (!audience)
      throw usage("Set SC_AUDIENCE to the application id URI of the app's registration, api://<client id>, or SC_TOKEN to a token for it.")
    if (!current || now() > current.until - margin) current = await signedIn(audience, await credential())
    return current.token
  }
}

async function signedIn(audience: string, credential: Credential) {
  const answer = await credential.getToken(`${audience.replace(/\/\.default$/, '')}/.default`).catch((error: Error) => {
    throw new CommandError('refused', `Signing in for ${audience} failed. Run az login, or set SC_TOKEN.\n${error.message}`)
  })
  if (!answer) throw new CommandError('refused', `Signing in for ${audience} gave no token. Run az login, or set SC_TOKEN.`)
  return { token: secret(answer.token), until: answer.expiresOnTimestamp }
}

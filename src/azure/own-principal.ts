// The app's own identity, according to its token: for the commands that grant it a right, and so that no connection may use it.
import type { TokenCredential } from '@azure/core-auth'
import * as z from 'zod'

/**
 * `xms_mirid` is the resource id of a managed identity; its tokens contain it, though it is not a documented claim:
 * https://developer.hashicorp.com/vault/docs/auth/azure#managed-identities
 */
const claims = z.looseObject({ oid: z.guid(), appid: z.string().optional(), azp: z.string().optional(), xms_mirid: z.string().optional() })

/** The object id. `undefined`: it cannot be read. */
export const ownPrincipal = async (credential: TokenCredential): Promise<string | undefined> => (await claimsOf(credential))?.oid

/** Object id, client id and resource id, lower case. With a token that cannot be read the app could not act either. */
export async function ownIdentityIds(credential: TokenCredential, clientId: string | undefined): Promise<readonly string[]> {
  const own = await claimsOf(credential)
  return [clientId, own?.oid, own?.appid, own?.azp, own?.xms_mirid].flatMap((id) => (id ? [id.toLowerCase()] : []))
}

async function claimsOf(credential: TokenCredential): Promise<z.infer<typeof claims> | undefined> {
  try {
    const token = await credential.getToken('https://management.azure.com/.default')
    const [, body = ''] = token?.token.split('.') ?? []
    return claims.parse(JSON.parse(Buffer.from(body, 'base64url').toString()))
  } catch {
    return undefined
  }
}

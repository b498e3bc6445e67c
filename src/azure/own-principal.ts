// Who the app itself is, as its token says: for the commands that give it a right, and so that no connection may use its identity.
import type { TokenCredential } from '@azure/core-auth'
import * as z from 'zod'

/**
 * `xms_mirid` is the resource id of a managed identity; it stands in its tokens, though it is not among the documented claims:
 * https://developer.hashicorp.com/vault/docs/auth/azure#managed-identities
 */
const claims = z.looseObject({ oid: z.guid(), appid: z.string().optional(), azp: z.string().optional(), xms_mirid: z.string().optional() })

/** The object id. `undefined`: it cannot be read, and nothing is said. */
export const ownPrincipal = async (credential: TokenCredential): Promise<string | undefined> => (await claimsOf(credential))?.oid

/** Object id, client id and resource id, lower case. A token that cannot be read is nothing that the app could act with either. */
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

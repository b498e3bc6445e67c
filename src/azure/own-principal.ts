// The object id of the app's own identity, for the commands that give it a right. It stands in its token; where that cannot be read nothing is said.
import type { TokenCredential } from '@azure/core-auth'
import * as z from 'zod'

const claims = z.looseObject({ oid: z.guid() })

export async function ownPrincipal(credential: TokenCredential): Promise<string | undefined> {
  try {
    const token = await credential.getToken('https://management.azure.com/.default')
    const [, body = ''] = token?.token.split('.') ?? []
    return claims.parse(JSON.parse(Buffer.from(body, 'base64url').toString())).oid
  } catch {
    return undefined
  }
}

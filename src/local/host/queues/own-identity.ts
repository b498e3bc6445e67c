// Tokens of the app's managed identity, from the endpoint that the environment names at that moment. Microsoft's library keeps the first one that it met for
// as long as the process lives, and a process may be home to many hosts, one after the other.
// https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference

import type { TokenCredential } from '@azure/identity'
import * as z from 'zod'

const answer = z.looseObject({ access_token: z.string(), expires_on: z.coerce.number() })

/** @param clientId of a user-assigned identity; undefined = the system-assigned one */
export const ownIdentity = (clientId: string | undefined): TokenCredential => ({
  async getToken(scopes) {
    const { IDENTITY_ENDPOINT: endpoint, IDENTITY_HEADER: header } = process.env
    if (!endpoint || !header) throw new Error('The app has no managed identity: IDENTITY_ENDPOINT and IDENTITY_HEADER are not set')
    const url = new URL(endpoint)
    const resource = [scopes].flat()[0]?.replace(/\/\.default$/, '') ?? ''
    for (const [name, value] of Object.entries({ 'api-version': '2019-08-01', resource, ...(clientId ? { client_id: clientId } : {}) }))
      url.searchParams.set(name, value)
    const response = await fetch(url, { headers: { 'x-identity-header': header } })
    if (!response.ok) throw new Error(`The managed identity gave no token: ${response.status} ${await response.text()}`)
    const { access_token: token, expires_on: seconds } = answer.parse(await response.json())
    return { token, expiresOnTimestamp: seconds * 1000 }
  },
})

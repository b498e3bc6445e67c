// Finds a managed identity by its client id. Callers of Azure Service Connector name a provided identity by client id and subscription; this app
// stores ids.
import { isObject } from '../errors/answer.ts'
import { createArm } from './arm.ts'
import type { AzureClientOptions } from './client-options.ts'
import { identityApi } from './identities.ts'

/** Returns the ARM id, or `undefined` if the app can see no such identity. Throws `Failure`. */
export function createIdentityFinder(azure: AzureClientOptions): (clientId: string, subscriptionId: string) => Promise<string | undefined> {
  const { list } = createArm(azure)
  return async (clientId, subscriptionId) => {
    const rows = await list(`/subscriptions/${subscriptionId}/providers/Microsoft.ManagedIdentity/userAssignedIdentities`, identityApi)
    const found = rows.find(
      ({ properties }) => isObject(properties) && String(properties['clientId']).toLowerCase() === clientId.toLowerCase(),
    )
    return found && String(found['id'])
  }
}

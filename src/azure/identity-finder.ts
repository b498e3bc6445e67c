// A managed identity by its client id. Callers of the original name a given identity by client id and subscription; ids are what we keep.
import { isObject } from '../errors/answer.ts'
import { createArm } from './arm.ts'
import type { AzureClientOptions } from './client-options.ts'
import { identityApi } from './identities.ts'

/** Answers the ARM id, or `undefined` where the app sees no such identity. Throws `Failure`. */
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

// A managed identity by its client id. Callers of the original name a given identity by client id and subscription; ids are what we keep.

import { failureOf } from '../errors/classify.ts'
import { type AzureConnection, clientOptions } from './connection.ts'
import { ManagedServiceIdentityClient } from './sdk.ts'

/** Answers the ARM id, or `undefined` where the app sees no such identity. Throws `Failure`. */
export const createIdentityFinder =
  (azure: AzureConnection) =>
  async (clientId: string, subscriptionId: string): Promise<string | undefined> => {
    const client = new ManagedServiceIdentityClient(azure.credential, subscriptionId, clientOptions(azure))
    try {
      for await (const identity of client.userAssignedIdentities.listBySubscription())
        if (identity.clientId?.toLowerCase() === clientId.toLowerCase()) return identity.id
      return undefined
    } catch (error) {
      throw failureOf({ error, doing: `look for the identity with client id ${clientId} in subscription ${subscriptionId}` })
    }
  }

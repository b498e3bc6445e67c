// User-assigned managed identities and their federated credentials.
// A listing that is refused because the identity is missing says the same as a missing identity.

import { resourceId } from '../domain/resource-id.ts'
import { failureOf } from '../errors/classify.ts'
import type { Credential, Identities } from '../steps/ports.ts'
import { isAbsent } from './absent.ts'
import { type AzureConnection, clientOptions } from './connection.ts'
import { ManagedServiceIdentityClient } from './sdk.ts'
import { doing } from './words.ts'

export function createIdentities(azure: AzureConnection): Identities {
  const clients = new Map<string, ManagedServiceIdentityClient>()
  function at(id: string): { readonly client: ManagedServiceIdentityClient; readonly group: string; readonly name: string } {
    const { subscription, group, name } = resourceId(id)
    const client = clients.get(subscription) ?? new ManagedServiceIdentityClient(azure.credential, subscription, clientOptions(azure))
    clients.set(subscription, client)
    return { client, group, name }
  }

  return {
    get: (id) =>
      unlessAbsent(doing('GET', id), async () => {
        const { client, group, name } = at(id)
        const found = await client.userAssignedIdentities.get(group, name)
        const { clientId = '', principalId = '', tenantId = '' } = found
        return { id: found.id ?? id, location: found.location, tags: found.tags ?? {}, clientId, principalId, tenant: tenantId }
      }),

    async create(id, location, tags) {
      const { client, group, name } = at(id)
      await client.userAssignedIdentities.createOrUpdate(group, name, { location, tags: { ...tags } }).catch(refused(doing('PUT', id)))
    },

    async delete(id) {
      const { client, group, name } = at(id)
      await unlessAbsent(doing('DELETE', id), () => client.userAssignedIdentities.delete(group, name))
    },

    credentials: (id) =>
      unlessAbsent(`${doing('GET', id)} and its federated credentials`, async () => {
        const { client, group, name } = at(id)
        const found: Credential[] = []
        for await (const one of client.federatedIdentityCredentials.list(group, name))
          found.push({ name: one.name ?? '', issuer: one.issuer ?? '', subject: one.subject ?? '', audiences: one.audiences ?? [] })
        return found
      }),

    async addCredential(id, credential) {
      const { client, group, name } = at(id)
      const { issuer, subject, audiences } = credential
      await client.federatedIdentityCredentials
        .createOrUpdate(group, name, credential.name, { issuer, subject, audiences: [...audiences] })
        .catch(refused(doing('PUT', `${id}/federatedIdentityCredentials/${credential.name}`)))
    },

    async deleteCredential(id, credential) {
      const { client, group, name } = at(id)
      await unlessAbsent(doing('DELETE', `${id}/federatedIdentityCredentials/${credential}`), () =>
        client.federatedIdentityCredentials.delete(group, name, credential),
      )
    },
  }
}

const refused =
  (what: string) =>
  (error: unknown): never => {
    throw failureOf({ error, doing: what })
  }

async function unlessAbsent<T>(what: string, look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look()
  } catch (error) {
    const failure = failureOf({ error, doing: what })
    if (isAbsent(failure)) return undefined
    throw failure
  }
}

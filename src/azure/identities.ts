// User-assigned managed identities and their federated credentials. A refused listing of a missing identity's credentials means the same as a missing
// identity. Lists use the raw client: the SDK's pager follows any next link to any host, for as long as there is one.

import * as z from 'zod'
import { notUnderstood } from '../errors/answer.ts'
import { failureOf } from '../errors/classify.ts'
import { resourceId } from '../model/resource-id.ts'
import type { Credential, Identities } from '../ports/azure.ts'
import { isAbsent } from './absent.ts'
import { createArm } from './arm.ts'
import { type AzureClientOptions, clientOptions } from './client-options.ts'
import { ManagedServiceIdentityClient } from './sdk.ts'
import { sdkShape } from './shapes.ts'
import { doing } from './words.ts'

/** The SDK's api-version. */
export const identityApi = '2024-11-30'

const credentialSchema = z.looseObject({
  name: z.string().min(1),
  properties: z.looseObject({ issuer: z.string(), subject: z.string(), audiences: z.array(z.string()) }),
})

function credentialIn(row: unknown, id: string): Credential {
  const read = credentialSchema.safeParse(row)
  if (!read.success)
    throw notUnderstood(`${doing('GET', id)} and its federated credentials`, 'an entry of its list is not a federated credential')
  const { issuer, subject, audiences } = read.data.properties
  return { name: read.data.name, issuer, subject, audiences }
}

export function createIdentities(azure: AzureClientOptions): Identities {
  const clients = new Map<string, ManagedServiceIdentityClient>()
  const { list } = createArm(azure)
  function at(id: string): { readonly client: ManagedServiceIdentityClient; readonly group: string; readonly name: string } {
    const { subscription, group, name } = resourceId(id)
    const client =
      clients.get(subscription) ??
      new ManagedServiceIdentityClient(
        azure.credential,
        subscription,
        clientOptions(azure, (method, url) => sdkShape(method, url.pathname)),
      )
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
        const rows = await list(`${id}/federatedIdentityCredentials`, identityApi)
        return rows.map((row) => credentialIn(row, id))
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

async function unlessAbsent<T>(what: string, read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read()
  } catch (error) {
    const failure = failureOf({ error, doing: what })
    if (isAbsent(failure)) return undefined
    throw failure
  }
}

// The blob containers of a fleet: made through the storage gate like any others, with the account's key.

import type { Fleet } from '../fleets/fleet.ts'
import { storageAccount } from './arm/storage-accounts.ts'
import type { CloudService } from './http.ts'
import { sign, stringToSign } from './storage/shared-key.ts'
import type { World } from './world.ts'

export async function makeContainers(world: World, fleet: Fleet, storage: CloudService): Promise<void> {
  for (const { name, containers } of fleet.storageAccounts)
    for (const container of containers) await makeContainer(world, name, container, storage)
}

async function makeContainer(world: World, account: string, container: string, storage: CloudService): Promise<void> {
  const url = new URL(`https://${account}.blob.core.windows.net/${container}?restype=container`)
  const headers = { 'x-ms-date': new Date(world.clock.now()).toUTCString(), 'x-ms-version': '2025-01-05', 'content-length': '0' }
  const key = storageAccount(world, account)?.keys[0]?.value ?? ''
  const text = stringToSign('SharedKey', 'blob', account, { method: 'PUT', path: url.pathname, query: url.searchParams, headers })
  const authorization = `SharedKey ${account}:${sign(key, text)}`
  const answer = await storage.handle({
    method: 'PUT',
    url,
    headers: { ...headers, authorization },
    body: Buffer.alloc(0),
    location: 'fleet',
  })
  if (answer.status !== 201) throw new Error(`The container ${account}/${container} could not be made: ${answer.status} ${answer.body}`)
}

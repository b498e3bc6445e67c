// The blob containers of a fleet, and queues of events: made through the storage gate like any others, with the account's key.

import type { Fleet } from '../fleets/fleet.ts'
import { storageAccount } from './arm/storage-accounts.ts'
import type { CloudService } from './http.ts'
import { sign, stringToSign } from './storage/shared-key.ts'
import type { World } from './world.ts'

export async function makeContainers(world: World, fleet: Fleet, storage: CloudService): Promise<void> {
  for (const { name, containers } of fleet.storageAccounts)
    for (const container of containers)
      await make(world, { account: name, service: 'blob', path: `${container}?restype=container` }, storage)
}

/** One that is there already stays as it is. */
export const makeQueue = (world: World, queue: { readonly account: string; readonly name: string }, storage: CloudService): Promise<void> =>
  make(world, { account: queue.account, service: 'queue', path: queue.name }, storage)

type What = { readonly account: string; readonly service: 'blob' | 'queue'; readonly path: string }

async function make(world: World, { account, service, path }: What, storage: CloudService): Promise<void> {
  const url = new URL(`https://${account}.${service}.core.windows.net/${path}`)
  const headers = { 'x-ms-date': new Date(world.clock.now()).toUTCString(), 'x-ms-version': '2025-01-05', 'content-length': '0' }
  const key = storageAccount(world, account)?.keys[0]?.value ?? ''
  const text = stringToSign('SharedKey', service, account, { method: 'PUT', path: url.pathname, query: url.searchParams, headers })
  const authorization = `SharedKey ${account}:${sign(key, text)}`
  const answer = await storage.handle({
    method: 'PUT',
    url,
    headers: { ...headers, authorization },
    body: Buffer.alloc(0),
    location: 'fleet',
  })
  if (answer.status !== 201 && answer.status !== 204)
    throw new Error(`${url.host}${url.pathname} could not be made: ${answer.status} ${answer.body}`)
}

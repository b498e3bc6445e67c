// Containers of blobs that were deleted: for at least 30 seconds their names are taken, and whatever is asked of them is refused.
// https://learn.microsoft.com/rest/api/storageservices/delete-container#remarks
import type { CloudRequest } from '../http.ts'
import type { World } from '../world.ts'
import type { StorageFault } from './errors.ts'

const takenFor = 30_000
const fault: StorageFault = {
  status: 409,
  code: 'ContainerBeingDeleted',
  text: 'The specified container is being deleted. Try operation later.',
}

const until = (world: World): Map<string, number> => world.table<number>('containers being deleted')
const keyOf = ({ hostname, pathname }: URL): string => `${hostname}/${pathname.split('/')[1]}`

export const refuseDeleted = (world: World, { url }: CloudRequest): StorageFault | undefined =>
  (until(world).get(keyOf(url)) ?? 0) > world.clock.now() ? fault : undefined

/** `status`: what the request was answered with. */
export function noteDeleted(world: World, { method, url }: CloudRequest, status: number): void {
  const isContainer = url.searchParams.get('restype') === 'container' && /^\/[^/]+$/.test(url.pathname)
  if (method === 'DELETE' && isContainer && status === 202) until(world).set(keyOf(url), world.clock.now() + takenFor)
}

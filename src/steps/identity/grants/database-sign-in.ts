// Signing in to a database as one of the administrators of its server: by the app's own name, or by that of a group that it may be in.
import { Failure } from '../../../errors/failure.ts'
import { resourceId } from '../../../model/resource-id.ts'
import type { DatabasePlace } from '../../../ports/databases.ts'
import { type Administrator, databaseServers, type ServerPorts } from './database-servers.ts'
import type { Place } from './grant-type.ts'

/** `scope`: the database; `owner`: its server. */
export type DatabaseAt = Pick<Place, 'scope' | 'owner'>
export const serverOf = ({ scope, owner = scope }: DatabaseAt): string => owner

/** `may`: whom to sign in as. Nothing is tried as another one. */
async function placesFor(place: DatabaseAt, ports: ServerPorts, may: (one: Administrator) => boolean): Promise<readonly DatabasePlace[]> {
  const id = serverOf(place)
  const server = databaseServers[resourceId(id).type]
  const at = server && (await server.at(id, ports))
  const database = resourceId(place.scope).names[1]
  if (!server || !at || database === undefined) return []
  const names = (await server.administrators(id, ports)).filter(may).map(({ name }) => name)
  if (names.length > 0) return names.map((administrator) => ({ ...at, database, administrator }))
  const about = { server: resourceId(id).name, database: '', message: 'the app is not among the administrators that the server lists.' }
  throw new Failure({ class: 'permission', code: 'NotDatabaseAdministrator', about })
}

/** One after the other. `undefined`: there is no such server. */
export async function asAdministrator<T>(
  place: DatabaseAt,
  ports: ServerPorts,
  work: (at: DatabasePlace) => Promise<T>,
  may: (one: Administrator) => boolean = () => true,
): Promise<T | undefined> {
  const places = await placesFor(place, ports, may)
  for (const [index, at] of places.entries()) {
    try {
      return await work(at)
    } catch (error) {
      const isLast = index === places.length - 1
      if (isLast || !(error instanceof Failure) || error.fields.code !== 'NotDatabaseAdministrator') throw error
    }
  }
  return undefined
}

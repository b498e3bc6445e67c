// Users of databases: the principal of the pods gets a user in the database of the connection, which reads, or reads and writes. The app makes it as an
// administrator of the server. Surprising: one user serves all connections of an identity to a database, and a writer is a reader, too; so what is there and
// what may go depends on what the other members want.
import { Failure } from '../../../errors/failure.ts'
import { databaseUserOf } from '../../../model/database-user.ts'
import { parseGrant } from '../../../model/grant.ts'
import { grantedOn } from '../../../model/grant-fact.ts'
import type { GrantObject } from '../../../model/managed-objects.ts'
import { resourceId, sameId } from '../../../model/resource-id.ts'
import type { View } from '../../../model/view.ts'
import type { DatabasePlace, DatabaseRole, DatabaseUser, FoundUser } from '../../../ports/databases.ts'
import type { Ports } from '../../../ports/ports.ts'
import { commandsOf, lines } from '../../by-hand/by-hand.ts'
import { type DatabaseAdministrators, databaseServers } from './database-servers.ts'
import { statementsFor } from './database-statements.ts'
import type { Granted, GrantType, Place } from './grant-type.ts'

type Found = Granted & { readonly isSame: boolean }

const userOf = (view: View<'identity'>, principalId: string): DatabaseUser => ({
  name: databaseUserOf(view.loop),
  objectId: principalId,
  // A service principal's client id belongs to its connections.
  clientId: view.facts.clientId ?? view.members.find(({ servicePrincipal }) => servicePrincipal)?.servicePrincipal?.clientId ?? '',
})

/** What the members of the loop want on this database. */
const wantedOn = (scope: string, { members }: View<'identity'>): ReadonlySet<string> =>
  new Set(
    members.flatMap((member) =>
      member.roles
        .filter((role) => parseGrant(role).kind === 'databaseRole' && sameId(grantedOn(role, member), scope))
        .map((role) => parseGrant(role).id),
    ),
  )

const serverOf = ({ scope, owner = scope }: Pick<Place, 'scope' | 'owner'>): string => owner

async function placesFor(place: Place, ports: Ports): Promise<readonly DatabasePlace[]> {
  const id = serverOf(place)
  const server = databaseServers[resourceId(id).type]
  const at = server && (await server.at(id, ports))
  const database = resourceId(place.scope).names[1]
  if (!server || !at || database === undefined) return []
  const administrators = await administratorsOf(server, id, ports)
  return administrators.map((administrator) => ({ ...at, database, administrator }))
}

async function administratorsOf(server: DatabaseAdministrators, id: string, ports: Ports): Promise<readonly string[]> {
  const names = await server.administrators(id, ports)
  if (names.length > 0) return names
  const about = { server: resourceId(id).name, database: '', message: 'the app is not among the administrators that the server lists.' }
  throw new Failure({ class: 'permission', code: 'NotDatabaseAdministrator', about })
}

/** Tries the names by which the app may sign in, one after the other: its own, and those of groups that it may be in. */
async function asAdministrator<T>(place: Place, ports: Ports, work: (at: DatabasePlace) => Promise<T>): Promise<T | undefined> {
  const places = await placesFor(place, ports)
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

const roleOf = ({ roleId }: Pick<GrantObject, 'roleId'>): DatabaseRole => (roleId === 'reader' ? 'reader' : 'writer')

export const databaseRole: GrantType<Found> = {
  kind: 'databaseRole',
  byHandIfUnread: true,
  rights: { read: Object.values(databaseServers).map(({ read }) => read), write: [] },

  nameOf: (_grant, identity) => ({ name: databaseUserOf({ key: identity }) }),

  async list(place, ports, view) {
    const found = await asAdministrator(place, ports, (at) => ports.databases.find(at, userOf(view, place.principalId)))
    return found ? listed(found) : []
  },

  compare(object, there, view) {
    const { id, roleId, scope } = object
    const wanted = wantedOn(scope, view)
    // A reader that no member wants is part of a writer that one does.
    const isPart = roleId === 'reader' && !wanted.has('reader') && wanted.has('writer')
    const [any] = there
    if (!any || isPart) return { id, state: 'absent' }
    const isMade = view.tracked('assign-roles').some((row) => row.ownership === 'ours' && isOn(row.object as GrantObject, object))
    const mark = isMade ? ({ mark: 'ours', made: true } as const) : ({ mark: 'none' } as const)
    if (!any.isSame) return { id, state: 'different', ...mark, difference: 'it stands for another principal' }
    const has = there.some((one) => one.roleId === roleId)
    if (has) return { id, state: 'same', ...mark }
    // Without any role it is a user that was made a moment ago, or one whose rights were taken.
    return wanted.has(roleId) ? { id, state: 'different', ...mark, difference: `it lacks rights of a ${roleId}` } : { id, state: 'absent' }
  },

  async make(object, view, ports) {
    await asAdministrator(object, ports, (at) => ports.databases.grant(at, userOf(view, object.principalId), roleOf(object)))
    return {}
  },

  async remove(object, _version, ports, view) {
    const wanted = wantedOn(object.scope, view)
    const keeps = wanted.has('writer') ? 'writer' : wanted.has('reader') ? 'reader' : undefined
    const isSuccessor = view.facts.principalId !== undefined && view.facts.principalId !== object.principalId
    await asAdministrator(object, ports, (at) =>
      ports.databases.revoke(at, userOf(view, object.principalId), isSuccessor ? undefined : keeps),
    )
    return {}
  },

  byHand: (changes, view) =>
    commandsOf({
      cli: lines(changes, {
        make: (object) => statementsFor(object, userOf(view, object.principalId), roleOf(object), 'make'),
        remove: ({ object }) => statementsFor(object, userOf(view, object.principalId), roleOf(object), 'remove'),
      }),
    }),
}

const listed = ({ isSame, roles }: FoundUser): readonly Found[] =>
  roles.length > 0 ? roles.map((roleId) => ({ roleId, isSame })) : [{ roleId: 'none', isSame }]

const isOn = (one: GrantObject, other: GrantObject): boolean =>
  one.grant === 'databaseRole' && sameId(one.scope, other.scope) && one.principalId === other.principalId

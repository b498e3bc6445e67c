// Users of databases: the principal of the pods gets a user in the database of the connection, which reads, or reads and writes. The app makes it as an
// administrator of the server. Surprising: one user serves all connections of an identity to a database, and a writer is a reader, too; so what is there and
// what may go depends on what the other members want.
import { databaseUserOf } from '../../../model/database-user.ts'
import type { RoleLimits } from '../../../model/facts.ts'
import { ofKind, parseGrant } from '../../../model/grant.ts'
import { grantedOn, grantFact } from '../../../model/grant-fact.ts'
import type { GrantObject } from '../../../model/managed-objects.ts'
import { sameId } from '../../../model/resource-id.ts'
import type { View } from '../../../model/view.ts'
import type { DatabaseRole, DatabaseUser, FoundUser } from '../../../ports/databases.ts'
import { commandsOf, lines } from '../../by-hand/by-hand.ts'
import { principalOf } from '../principal.ts'
import { databaseServers } from './database-servers.ts'
import { asAdministrator, serverOf } from './database-sign-in.ts'
import { removalOf, statementsFor } from './database-statements.ts'
import { databaseUsers } from './database-users.ts'
import type { Granted, GrantType, Place } from './grant-type.ts'

type Found = Granted & Omit<FoundUser, 'roles'>

// A service principal's client id belongs to its connections.
const clientIdOf = ({ facts, members }: View<'identity'>): string | undefined =>
  facts.clientId ?? members.find(({ servicePrincipal }) => servicePrincipal)?.servicePrincipal?.clientId

const userOf = (view: View<'identity'>, { principalId, clientId = clientIdOf(view) ?? '' }: Place): DatabaseUser => ({
  name: databaseUserOf(view.loop),
  objectId: principalId,
  clientId,
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

/** What they still want where this one goes. */
function keepsOn({ scope, principalId }: GrantObject, view: View<'identity'>): DatabaseRole | undefined {
  if (principalOf(view) !== undefined && principalOf(view) !== principalId) return undefined
  const wanted = wantedOn(scope, view)
  return (['writer', 'reader'] as const).find((role) => wanted.has(role))
}

const roleOf = ({ roleId }: Pick<GrantObject, 'roleId'>): DatabaseRole => (roleId === 'reader' ? 'reader' : 'writer')

export const databaseRole: GrantType<Found> = {
  kind: 'databaseRole',
  byHandIfUnread: true,
  named: databaseUsers,
  rights: { read: Object.values(databaseServers).map(({ read }) => read), write: [] },

  nameOf(_grant, view) {
    const clientId = clientIdOf(view)
    return { name: databaseUserOf(view.loop), ...(clientId === undefined ? {} : { clientId }) }
  },

  async list(place, ports, view) {
    const found = await asAdministrator(place, ports, (at) => ports.databases.find(at, userOf(view, place)))
    return found ? listed(found) : []
  },

  compare(object, there, view) {
    const { id, roleId, scope, principalId } = object
    const wanted = wantedOn(scope, view)
    const isWanted = wanted.has(roleId) && principalId === principalOf(view)
    const rows = view.tracked('assign-roles').filter(({ ownership }) => ownership === 'ours' || ownership === 'intended')
    const made = rows.map((row) => row.object as GrantObject).filter(isDatabaseRole)
    const isMade = made.some((one) => sameId(one.scope, scope) && one.principalId === principalId)
    const mark = isMade ? ({ mark: 'ours', made: true } as const) : ({ mark: 'none' } as const)
    const [any] = there
    // A reader that no member wants is part of a writer that one does.
    const isPart = roleId === 'reader' && !wanted.has('reader') && wanted.has('writer')
    if (!any || isPart) return { id, state: 'absent' }
    if (!any.isSame) {
      // What stands for another principal is none of what goes; and the former one goes before the next is made.
      const isFormer = made.some((one) => sameId(serverOf(one), serverOf(object)) && one.principalId !== principalId)
      if (!isWanted || isFormer) return { id, state: 'absent' }
      return { id, state: 'different', mark: 'foreign', difference: `the user ${object.name} stands for another principal` }
    }
    if (there.some((one) => one.roleId === roleId)) return { id, state: 'same', ...mark }
    if (isWanted && isMade) return { id, state: 'different', ...mark, difference: `it lacks rights of a ${roleId}` }
    // Of a database that was dropped, its user is left.
    if (!isWanted && isMade && any.isUnused) return { id, state: 'different', ...mark, difference: 'it has no rights' }
    return { id, state: 'absent' }
  },

  async make(object, view, ports) {
    await asAdministrator(object, ports, (at) => ports.databases.grant(at, userOf(view, object), roleOf(object)))
    return {}
  },

  async remove(object, _version, ports, view) {
    await asAdministrator(object, ports, (at) => ports.databases.revoke(at, userOf(view, object), keepsOn(object, view)))
    return {}
  },

  async limits(desired, _adopted, thereOf) {
    const limits = desired.flatMap((object): (readonly [string, RoleLimits])[] => {
      const owners = thereOf(object).find(({ notGranted = [] }) => notGranted.length > 0)?.notGranted
      return owners ? [[grantFact(ofKind('databaseRole', object.roleId), object.scope), { what: object.summary, owners }]] : []
    })
    return { limits: Object.fromEntries(limits) }
  },

  byHand: (changes, view) =>
    commandsOf({
      cli: lines(changes, {
        make: (object) => statementsFor(object, userOf(view, object), roleOf(object)),
        remove: ({ object }) => removalOf(object, userOf(view, object), keepsOn(object, view)),
      }),
    }),
}

const listed = ({ roles, ...user }: FoundUser): readonly Found[] =>
  roles.length > 0 ? roles.map((roleId) => ({ ...user, roleId })) : [{ ...user, roleId: 'none' }]

const isDatabaseRole = ({ grant }: GrantObject): boolean => grant === 'databaseRole'

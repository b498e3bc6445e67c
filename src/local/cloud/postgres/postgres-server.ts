// The data plane of Azure Database for PostgreSQL (<server>.postgres.database.azure.com, port 5432): who may come in, who may sign in, and what each may do. All sign
// in with a token of Entra ID; passwords are not simulated.
import { keyOf, sameId } from '../arm/ids.ts'
import { objectOf } from '../arm/provider.ts'
import type { Resource } from '../arm/resources.ts'
import { dataOf } from '../databases/data.ts'
import { letsIn } from '../databases/firewall.ts'
import { administratorsOf, audiences, databasesOf, type Kind, serverAt } from '../databases/flexible-servers.ts'
import type { Entra } from '../entra/entra.ts'
import { locate } from '../locations.ts'
import type { Tunnel } from '../tunnel.ts'
import type { World } from '../world.ts'
import {
  administrators,
  emptyDatabase,
  type PostgresDatabase,
  type PostgresServer,
  type PostgresSession,
  type Roles,
  serviceRoles,
} from './model.ts'
import { type Login, PostgresRefusal } from './protocol.ts'
import { servePostgres } from './session.ts'
import { runOn } from './statements.ts'

type Options = { readonly verify: Entra['verify']; saved(): Promise<void> }

const kind: Kind = { type: 'Microsoft.DBforPostgreSQL/flexibleServers', domain: 'postgres.database.azure.com', port: 5432 }

/** Those that were made in it, by the id of the server, lower case. */
export const postgresRoles = (world: World): Map<string, Roles> => dataOf<Roles>(world, 'postgres-servers')
/** By the id of the database, lower case. */
export const postgresDatabases = (world: World): Map<string, PostgresDatabase> => dataOf<PostgresDatabase>(world, 'postgres-databases')

const databaseKey = ({ id }: Resource, database: string): string => keyOf(`${id}/databases/${database}`)
const namesOf = (world: World, server: Resource): readonly string[] => ['postgres', ...databasesOf(world, server)]

/** Of the resource of the server: its administrators are roles in it. */
const rolesOfResource = (world: World, server: Resource): Roles => ({
  ...serviceRoles,
  [String(server.properties['administratorLogin'])]: { memberOf: [administrators] },
  ...Object.fromEntries(
    administratorsOf(world, server).map(({ name, properties: { principalName } }) => [
      String(principalName),
      { objectId: name, isAdministrator: true as const, memberOf: [administrators] },
    ]),
  ),
})

const serverOf = (world: World, server: Resource): PostgresServer => ({
  roles: { ...postgresRoles(world).get(keyOf(server.id)), ...rolesOfResource(world, server) },
  databases: Object.fromEntries(
    namesOf(world, server).map((name) => [name, postgresDatabases(world).get(databaseKey(server, name)) ?? emptyDatabase]),
  ),
})

function store(world: World, server: Resource, { roles, databases }: PostgresServer): void {
  const ofResource = rolesOfResource(world, server)
  const made = Object.entries(roles).filter(([name]) => !Object.hasOwn(ofResource, name))
  postgresRoles(world).set(keyOf(server.id), Object.fromEntries(made))
  for (const name of namesOf(world, server)) postgresDatabases(world).set(databaseKey(server, name), databases[name] ?? emptyDatabase)
}

const gone = new PostgresRefusal('57P01', 'terminating connection due to administrator command')

export function createPostgresServers(world: World, { verify, saved }: Options): Tunnel {
  const found = (hostname: string): Resource => {
    const server = serverAt(world, hostname, kind)
    if (!server) throw gone
    return server
  }

  /** Names the address that it sees: https://learn.microsoft.com/azure/postgresql/network/concepts-networking-public */
  function admit(server: Resource, { user, database }: Login, location: string, isEncrypted: boolean): void {
    const caller = locate(world, location)
    if (isEncrypted && letsIn(world, server, caller)) return
    const how = isEncrypted ? 'SSL encryption' : 'no encryption'
    throw new PostgresRefusal('28000', `no pg_hba.conf entry for host "${caller.ip}", user "${user}", database "${database}", ${how}`)
  }

  return {
    owns: (hostname, port) => port === kind.port && serverAt(world, hostname, kind) !== undefined,
    serve(socket, { hostname, location, secureContext }) {
      servePostgres<PostgresSession>(socket, {
        secureContext,
        admit: (login, isEncrypted) => admit(found(hostname), login, location, isEncrypted),
        async signIn({ user, database, token }) {
          const claims = await verify(`Bearer ${token}`, audiences)
          const server = found(hostname)
          const { roles, databases } = serverOf(world, server)
          const { objectId } = roles[user] ?? {}
          const takesTokens = objectOf(server.properties['authConfig'])['activeDirectoryAuth'] === 'Enabled'
          if (!takesTokens || objectId === undefined)
            throw new PostgresRefusal('28P01', `password authentication failed for user "${user}"`)
          if (!claims) throw new PostgresRefusal('28000', 'The access token is not valid, or has expired. Acquire a new token and retry')
          if (!sameId(objectId, claims.oid)) throw new PostgresRefusal('28000', `The token is not of the principal of role "${user}"`)
          if (!Object.hasOwn(databases, database)) throw new PostgresRefusal('3D000', `database "${database}" does not exist`)
          return { user, database }
        },
        async run(session, statement, values) {
          const server = found(hostname)
          const { answer, after } = runOn(serverOf(world, server), statement, values, session)
          if (!after) return answer
          store(world, server, after)
          await saved()
          return answer
        },
      })
    },
  }
}

// The data plane of Azure Database for MySQL (<server>.mysql.database.azure.com, port 3306): who may come in, who may sign in, and what each may do. All sign in
// with a token of Entra ID; passwords are not simulated.
import { keyOf, sameId } from '../arm/ids.ts'
import type { Resource } from '../arm/resources.ts'
import { dataOf } from '../databases/data.ts'
import { letsIn } from '../databases/firewall.ts'
import { administratorsOf, audiences, databasesOf, type Kind, serverAt } from '../databases/flexible-servers.ts'
import type { Claims, Entra } from '../entra/entra.ts'
import { locate } from '../locations.ts'
import type { Tunnel } from '../tunnel.ts'
import type { World } from '../world.ts'
import { folded, type MysqlServer, type MysqlSession, type MysqlTables, type MysqlUsers, mayEnter, noUsers } from './model.ts'
import { type Login, MysqlRefusal } from './protocol.ts'
import { serveMysql } from './session.ts'
import { runOn } from './statements.ts'

type Options = { readonly verify: Entra['verify']; saved(): Promise<void> }

const kind: Kind = { type: 'Microsoft.DBforMySQL/flexibleServers', domain: 'mysql.database.azure.com', port: 3306 }
const ownDatabases = ['mysql', 'information_schema', 'performance_schema', 'sys']

/** By the id of the server, lower case. */
export const mysqlUsers = (world: World): Map<string, MysqlUsers> => dataOf<MysqlUsers>(world, 'mysql-servers')
/** By the id of the database, lower case. */
const mysqlTables = (world: World): Map<string, MysqlTables> => dataOf<MysqlTables>(world, 'mysql-databases')

const databaseKey = ({ id }: Resource, database: string): string => keyOf(`${id}/databases/${database}`)

const serverOf = (world: World, server: Resource): MysqlServer => ({
  ...(mysqlUsers(world).get(keyOf(server.id)) ?? noUsers),
  databases: Object.fromEntries([
    ...ownDatabases.map((name) => [name, {}]),
    ...databasesOf(world, server).map((name) => [folded(name), mysqlTables(world).get(databaseKey(server, name)) ?? {}]),
  ]),
})

function store(world: World, server: Resource, { databases, ...users }: MysqlServer): void {
  mysqlUsers(world).set(keyOf(server.id), users)
  for (const name of databasesOf(world, server)) {
    const tables = databases[folded(name)]
    if (tables) mysqlTables(world).set(databaseKey(server, name), tables)
  }
}

/** Of the administrator, and of users that stand for an application, by its client id. */
function sessionOf(world: World, server: Resource, { user, database }: Login, claims: Claims | undefined): MysqlSession {
  const { users } = serverOf(world, server)
  const isAdministrator = administratorsOf(world, server).some(
    ({ properties: { login, sid } }) =>
      login === user && [claims?.oid, claims?.appid].some((id) => id !== undefined && sameId(id, String(sid))),
  )
  const isUser = claims?.appid !== undefined && users[user]?.auth.toLowerCase().includes(claims.appid.toLowerCase())
  if (!isAdministrator && !isUser) throw new MysqlRefusal(1045, '28000', `Access denied for user '${user}'@'%' (using password: YES)`)
  return { user, isAdministrator, database: folded(database), validates: true }
}

function enter(world: World, server: Resource, session: MysqlSession): MysqlSession {
  const { user, isAdministrator, database } = session
  if (database === '') return session
  const known = serverOf(world, server)
  if (!isAdministrator && !mayEnter(known, user, database))
    throw new MysqlRefusal(1044, '42000', `Access denied for user '${user}'@'%' to database '${database}'`)
  if (!Object.hasOwn(known.databases, database)) throw new MysqlRefusal(1049, '42000', `Unknown database '${database}'`)
  return session
}

const gone = new MysqlRefusal(1053, '08S01', 'Server shutdown in progress')

export function createMysqlServers(world: World, { verify, saved }: Options): Tunnel {
  const found = (hostname: string): Resource => {
    const server = serverAt(world, hostname, kind)
    if (!server) throw gone
    return server
  }
  return {
    owns: (hostname, port) => port === kind.port && serverAt(world, hostname, kind) !== undefined,
    // To an address that is not let in nothing is answered.
    reaches: (hostname, location) => letsIn(world, found(hostname), locate(world, location)),
    serve(socket, { hostname, secureContext }) {
      serveMysql<MysqlSession>(socket, {
        secureContext,
        async signIn({ token, ...login }) {
          const claims = await verify(`Bearer ${token}`, audiences)
          const server = found(hostname)
          return enter(world, server, sessionOf(world, server, login, claims))
        },
        async run(session, statement) {
          const server = found(hostname)
          const { answer, after } = runOn(serverOf(world, server), statement, session)
          if (!after) return answer
          store(world, server, after)
          await saved()
          return answer
        },
      })
    },
  }
}

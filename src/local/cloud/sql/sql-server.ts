// The data plane of Azure SQL (<server>.database.windows.net, port 1433): who may come in, who may sign in, and the users of each database. Only
// administrators sign in, with a token of Entra ID; passwords and users of databases are not simulated.

import { sameId } from '../arm/ids.ts'
import { findResource, type Resource, resourcesOf } from '../arm/resources.ts'
import { dataOf } from '../databases/data.ts'
import type { Entra } from '../entra/entra.ts'
import type { Tunnel } from '../tunnel.ts'
import type { World } from '../world.ts'
import { networkRefusal } from './firewall.ts'
import { SqlRefusal } from './protocol.ts'
import { serveSql } from './session.ts'
import { emptyDatabase, runOn, type SqlDatabase } from './statements.ts'

type Options = { readonly verify: Entra['verify']; saved(): Promise<void> }

const host = /^([a-z0-9-]{1,63})\.database\.windows\.net$/i
const audiences = ['https://database.windows.net']

/** By the id of the database, lower case. */
export const sqlDatabases = (world: World): Map<string, SqlDatabase> => dataOf<SqlDatabase>(world, 'sql-databases')

export function createSqlServers(world: World, { verify, saved }: Options): Tunnel {
  const serverNamed = (hostname: string): Resource | undefined => {
    const [, name = ''] = host.exec(hostname) ?? []
    return resourcesOf(world, 'Microsoft.Sql/servers').find((one) => one.name.toLowerCase() === name.toLowerCase())
  }
  return {
    // A server that is not there has no DNS name.
    owns: (hostname, port) => port === 1433 && serverNamed(hostname) !== undefined,
    serve(socket, { hostname, location, secureContext }) {
      serveSql<string>(socket, {
        secureContext,
        async signIn({ database, token }) {
          const server = serverNamed(hostname)
          if (!server) throw new SqlRefusal(40532, `Cannot open server "${hostname}" requested by the login. The login failed.`)
          const refusal = networkRefusal(world, server, location)
          if (refusal) throw refusal
          const claims = await verify(`Bearer ${token}`, audiences)
          if (!claims || !isAdministrator(world, server, [claims.oid, claims.appid]))
            throw new SqlRefusal(18456, "Login failed for user '<token-identified principal>'.")
          const found = findResource(world, `${server.id}/databases/${database}`)
          if (!found) throw new SqlRefusal(4060, `Cannot open database "${database}" requested by the login. The login failed.`)
          return found.id.toLowerCase()
        },
        async run(id, statement) {
          const { answer, after } = runOn(sqlDatabases(world).get(id) ?? emptyDatabase, statement)
          if (!after) return answer
          sqlDatabases(world).set(id, after)
          await saved()
          return answer
        },
      })
    },
  }
}

/** The one administrator of Entra ID, by object id, or an application by its client id. */
const isAdministrator = (world: World, { id }: Resource, ids: readonly string[]): boolean =>
  resourcesOf(world, 'Microsoft.Sql/servers/administrators', id).some(({ properties: { sid } }) =>
    ids.some((one) => sameId(one, String(sid))),
  )

// The databases of the simulated cloud by the rules of the real ones (test/real-databases), through the app's own drivers and its sign-in; and whom their servers
// refuse, and how.
import { describe, expect, it, onTestFinished } from 'vitest'
import { createDatabases } from '../../../src/databases/databases.ts'
import { mysqlIdentifier, mysqlText, postgresIdentifier } from '../../../src/databases/sdk.ts'
import { type Rows, within } from '../../../src/databases/session.ts'
import { dialThrough, openerFor } from '../../../src/databases/sessions.ts'
import { findResource, putResource, removeResource } from '../../../src/local/cloud/arm/resources.ts'
import { principals } from '../../../src/local/cloud/entra/directory.ts'
import { mysqlUsers } from '../../../src/local/cloud/mysql/mysql-server.ts'
import { postgresDatabases, postgresRoles } from '../../../src/local/cloud/postgres/postgres-server.ts'
import type { World } from '../../../src/local/cloud/world.ts'
import type { DatabasePlace } from '../../../src/ports/databases.ts'
import { type Engine, usersOf } from '../../databases/users-suite.ts'
import { armWorld, groupPath } from './arm/arm-world.ts'

const audience = 'https://ossrdbms-aad.database.windows.net'
/** Of a user that stands in a server, in the directory: who gets tokens for it. */
type Known = { readonly oid: string; readonly appId: string }

type Kind = {
  readonly engine: 'postgres' | 'mysql'
  readonly type: string
  readonly host: string
  readonly port: number
  readonly home: string
  quoted(name: string): string
  administrator(principalId: string): { readonly name: string; readonly properties: object }
  known(world: World, id: string, user: string): Known
  takeAll(world: World, id: string, user: string): void
  giveMore(user: string, database: string): string
  users(world: World, id: string): readonly string[]
}

const postgres: Kind = {
  engine: 'postgres',
  type: 'Microsoft.DBforPostgreSQL/flexibleServers',
  host: 'shopdb.postgres.database.azure.com',
  port: 5432,
  home: 'postgres',
  quoted: postgresIdentifier,
  administrator: (principalId) => ({ name: principalId, properties: { principalName: 'connector', principalType: 'ServicePrincipal' } }),
  known(world, id, user) {
    const oid = postgresRoles(world).get(id)?.[user]?.objectId ?? ''
    return { oid, appId: `client of ${oid}` }
  },
  takeAll(world, id, user) {
    const isOther = ({ grantee }: { readonly grantee: string }): boolean => grantee !== user
    for (const [key, { rights, schemas, relations, defaults, ...rest }] of postgresDatabases(world))
      if (key.startsWith(`${id}/`))
        postgresDatabases(world).set(key, {
          ...rest,
          rights: rights.filter(isOther),
          schemas: Object.fromEntries(Object.entries(schemas).map(([name, one]) => [name, { ...one, rights: one.rights.filter(isOther) }])),
          relations: relations.map((one) => ({ ...one, rights: one.rights.filter(isOther) })),
          defaults: defaults.filter(isOther),
        })
  },
  giveMore: (user) => `grant create on schema public to ${postgresIdentifier(user)}`,
  users: (world, id) => Object.keys(postgresRoles(world).get(id) ?? {}),
}

const mysql: Kind = {
  engine: 'mysql',
  type: 'Microsoft.DBforMySQL/flexibleServers',
  host: 'shopdb.mysql.database.azure.com',
  port: 3306,
  home: 'mysql',
  quoted: mysqlIdentifier,
  administrator: (sid) => ({ name: 'ActiveDirectory', properties: { administratorType: 'ActiveDirectory', login: 'connector', sid } }),
  known(world, id, user) {
    const [, appId = ''] = /^AADApp:(.*)$/.exec(mysqlUsers(world).get(id)?.users[user]?.auth ?? '') ?? []
    return { oid: `object of ${appId}`, appId }
  },
  takeAll(world, id, user) {
    const { users = {}, grants = [] } = mysqlUsers(world).get(id) ?? {}
    mysqlUsers(world).set(id, { users, grants: grants.filter((one) => one.user !== user) })
  },
  giveMore: (user, database) => `GRANT CREATE ON ${mysqlIdentifier(database)}.* TO ${mysqlText(user)}@'%'`,
  users: (world, id) => Object.keys(mysqlUsers(world).get(id)?.users ?? {}),
}

const outside = '198.51.100.7'

async function simulated(kind: Kind) {
  const id = `${groupPath('shop')}/providers/${kind.type}/shopdb`
  const { cloud, close } = await armWorld({
    resources: [{ id, location: 'northeurope', allow: ['192.0.2.10'], databases: ['orders'] }],
    locations: [{ name: 'outside', ip: outside }],
  })
  const { world } = cloud
  const child = (what: string, name: string, properties: object): void =>
    putResource(world, {
      id: `${id}/${what}/${name}`,
      name,
      type: `${kind.type}/${what}`,
      location: 'northeurope',
      properties: { ...properties },
    })
  const { name: administrator, properties } = kind.administrator(cloud.app.principalId)
  child('administrators', administrator, properties)
  const place = (database: string): DatabasePlace => ({
    engine: kind.engine,
    host: kind.host,
    port: kind.port,
    database,
    administrator: 'connector',
  })
  const tokenOf = (oid: string, to = audience): Promise<string> => cloud.entra.token({ oid }, to)
  const databasesFrom = (location: string, to = audience, oid = cloud.app.principalId) =>
    createDatabases(
      { getToken: async () => ({ token: await tokenOf(oid, to), expiresOnTimestamp: Date.now() + 3_600_000 }) },
      { HTTPS_PROXY: cloud.proxyUrl(location) },
    )
  async function as(user: string, oid: string, database: string, text: string): Promise<Rows> {
    const signIn = { user, password: await tokenOf(oid), isToken: true }
    const open = openerFor(place(database), signIn, dialThrough({ HTTPS_PROXY: cloud.proxyUrl('functions') }))
    return within(open, database, (session) => session.query(text))
  }
  const key = id.toLowerCase()
  const engine: Engine = {
    databases: databasesFrom('functions'),
    speaks: kind.engine,
    place,
    quoted: kind.quoted,
    administer: (database, text) => as('connector', cloud.app.principalId, database, text),
    use(user, database, text) {
      const known = kind.known(world, key, user)
      principals(world).set(known.oid, { ...known, kind: 'app', name: user, createdAt: 0, visibleAt: 0 })
      return as(user, known.oid, database, text)
    },
    makeDatabase: async (name) => child('databases', name, {}),
    dropDatabase: async (name) => removeResource(world, `${id}/databases/${name}`),
    async giveMore(user, database) {
      await engine.administer(database, kind.giveMore(user, database))
    },
    takeAll: async (user) => kind.takeAll(world, key, user),
    users: async () => kind.users(world, key),
  }
  const set = (properties: object): void => {
    const server = findResource(world, id) ?? expect.fail('no server')
    putResource(world, { ...server, properties: { ...server.properties, ...properties } })
  }
  return { engine, cloud, set, databasesFrom, close }
}

const kinds = [postgres, mysql]
for (const kind of kinds)
  usersOf(`the simulated ${kind.engine}`, async () => {
    const { engine, close } = await simulated(kind)
    return { ...engine, close, runs: 2 }
  })

const user = { name: 'sc_user', objectId: 'aaaaaaaa-0000-4000-8000-aaaaaaaaaaaa', clientId: 'bbbbbbbb-0000-4000-8000-bbbbbbbbbbbb' }

describe.each(kinds)('the simulated server of $engine', (kind) => {
  it('refuses as the real one does, and does nothing of it', async () => {
    const { engine, cloud, set, databasesFrom, close } = await simulated(kind)
    onTestFinished(close)
    const grant = (by: ReturnType<typeof databasesFrom>, database = 'orders') => by.grant(engine.place(database), user, 'writer')
    const failed = (code: string, message = '') =>
      expect.objectContaining({
        fields: expect.objectContaining({ code, about: expect.objectContaining({ message: expect.stringContaining(message) }) }),
      })

    const seen = kind === postgres ? `no pg_hba.conf entry for host "${outside}"` : 'The proxy answered 504'
    await expect(grant(databasesFrom('outside'))).rejects.toEqual(failed('DatabaseUnreachable', seen))
    await expect(grant(databasesFrom('functions', 'https://database.windows.net'))).rejects.toEqual(failed('NotDatabaseAdministrator'))
    await expect(
      grant(
        databasesFrom(
          'functions',
          audience,
          [...principals(cloud.world).keys()].find((one) => one !== cloud.app.principalId),
        ),
      ),
    ).rejects.toEqual(failed('NotDatabaseAdministrator'))
    await expect(grant(engine.databases, 'nothing')).rejects.toEqual(failed('DatabaseMissing'))
    for (const shut of [
      { state: 'Stopped' },
      { network: { publicNetworkAccess: 'Disabled' } },
      { network: { publicNetworkAccess: 'Enabled', delegatedSubnetResourceId: '/subnets/data' } },
    ]) {
      set(shut)
      await expect(grant(engine.databases)).rejects.toEqual(failed('DatabaseUnreachable'))
      set({ state: 'Ready', network: { publicNetworkAccess: 'Enabled' } })
    }
    const plain = { user: 'connector', password: 'token', isToken: false }
    const open = openerFor(engine.place('orders'), plain, dialThrough({ HTTPS_PROXY: cloud.proxyUrl('functions') }))
    await expect(open('orders')).rejects.toThrow(/no encryption|insecure transport/)
    expect(await engine.users()).toEqual([])

    await grant(engine.databases)
    await expect(engine.administer('orders', 'VACUUM')).rejects.toThrow(/understands the statements of the app only/)
    await expect(engine.use(user.name, kind.home, `DROP USER IF EXISTS 'x'@'%'`)).rejects.toThrow()
    expect(await engine.users()).toEqual([user.name])
  })
})

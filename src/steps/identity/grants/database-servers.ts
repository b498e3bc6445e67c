// Where the servers of databases are, and by which names the app may be an administrator of Entra ID there: an entry for each ARM type. An administrator can
// be a group; whether the app is in it shows when it signs in.
import * as z from 'zod'
import { inShape } from '../../../model/answer-shape.ts'
import { sameId } from '../../../model/resource-id.ts'
import type { DatabasePlace, Engine } from '../../../ports/databases.ts'
import type { Ports } from '../../../ports/ports.ts'
import { resourceOf } from '../../../targets/catalogue.ts'

export type DatabaseAdministrators = {
  /** ARM action that the list of administrators takes. */
  readonly read: string
  at(id: string, ports: ServerPorts): Promise<Pick<DatabasePlace, 'engine' | 'host' | 'port'> | undefined>
  /** Empty: the app is none of them. */
  administrators(id: string, ports: ServerPorts): Promise<readonly Administrator[]>
}
export type ServerPorts = Pick<Ports, 'arm' | 'ownIds'>
/** `isOwn`: the app itself; otherwise a group that it may be in. */
export type Administrator = { readonly name: string; readonly isOwn: boolean }

const located =
  (armType: string, engine: Engine) =>
  async (id: string, ports: ServerPorts): Promise<Pick<DatabasePlace, 'engine' | 'host' | 'port'> | undefined> => {
    const resource = resourceOf(armType)
    const body = resource && (await ports.arm.get(id, resource.apiVersion))
    const [service] = body ? Object.values(resource.read(body).services) : []
    if (!service) return undefined
    const { hostname, port } = new URL(service.endpoint)
    return { engine, host: hostname, port: Number(port) }
  }

const postgresSchema = z.array(
  z.looseObject({
    name: z.string(),
    properties: z.looseObject({ principalName: z.string(), principalType: z.string().nullish(), objectId: z.string().nullish() }),
  }),
)
const loginSchema = z.array(z.looseObject({ properties: z.looseObject({ login: z.string(), sid: z.string().nullish() }) }))

const sqlSchema = z.array(
  z.looseObject({
    properties: z.looseObject({
      administratorType: z.string().nullish(),
      principalType: z.string().nullish(),
      login: z.string(),
      sid: z.string().nullish(),
    }),
  }),
)

const sql = 'microsoft.sql/servers'
const postgres = 'microsoft.dbforpostgresql/flexibleservers'
const mysql = 'microsoft.dbformysql/flexibleservers'

export const databaseServers: Readonly<Record<string, DatabaseAdministrators>> = {
  [postgres]: {
    read: 'Microsoft.DBforPostgreSQL/flexibleServers/administrators/read',
    at: located(postgres, 'postgres'),
    async administrators(id, ports) {
      const own = await ports.ownIds()
      const all = inShape(postgresSchema, await ports.arm.list(`${id}/administrators`, resourceOf(postgres)?.apiVersion ?? ''))
      const isOwn = (one: (typeof all)[number]): boolean => own.some((other) => sameId(other, one.properties.objectId ?? one.name))
      const groups = all.filter((one) => one.properties.principalType === 'Group' && !isOwn(one))
      return [...all.filter(isOwn), ...groups].map((one) => ({ name: one.properties.principalName, isOwn: isOwn(one) }))
    },
  },
  [mysql]: {
    read: 'Microsoft.DBforMySQL/flexibleServers/administrators/read',
    at: located(mysql, 'mysql'),
    // There is one; a group does not say that it is one.
    async administrators(id, ports) {
      const own = await ports.ownIds()
      const all = inShape(loginSchema, await ports.arm.list(`${id}/administrators`, resourceOf(mysql)?.apiVersion ?? ''))
      return all.map(({ properties: { login, sid } }) => ({ name: login, isOwn: own.some((one) => sameId(one, sid ?? '')) }))
    },
  },
  [sql]: {
    read: 'Microsoft.Sql/servers/administrators/read',
    at: located(sql, 'sqlserver'),
    // There is one, known by its object id, or an application by its client id.
    async administrators(id, ports) {
      const own = await ports.ownIds()
      const all = inShape(sqlSchema, await ports.arm.list(`${id}/administrators`, resourceOf(sql)?.apiVersion ?? ''))
      const isOwn = ({ properties: { sid } }: (typeof all)[number]): boolean => own.some((one) => sameId(one, sid ?? ''))
      const mayBe = (one: (typeof all)[number]): boolean => isOwn(one) || !/^(user|application)$/i.test(one.properties.principalType ?? '')
      return all.filter(mayBe).map((one) => ({ name: one.properties.login, isOwn: isOwn(one) }))
    },
  },
}

// Everything used of the drivers of databases. It is a separate file in the deployment (build.mjs), read at first use: docs/adr/0008-sdks-apart.md.
import { escape as mysqlEscape, escapeId as mysqlEscapeId } from 'mysql2'
import pg from 'pg'

export { createConnection as createMysqlConnection } from 'mysql2/promise'
export { Connection as SqlServerConnection, Request as SqlServerRequest } from 'tedious'
export const PostgresClient = pg.Client
/** A name of PostgreSQL, quoted. */
export const postgresIdentifier = (name: string): string => pg.escapeIdentifier(name)
/** A name of MySQL, quoted; a dot in it is part of it. */
export const mysqlIdentifier = (name: string): string => mysqlEscapeId(name, true)
export const mysqlText = (value: string): string => mysqlEscape(value)

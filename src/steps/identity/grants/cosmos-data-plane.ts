// The data planes of Cosmos DB, one for each API, and what their roles are on. Surprising: a scope is spelt `/dbs/<name>/colls/<name>` whatever the API calls
// its parts, and all tables are in the database `TablesDB`. In another case than its own it would mean the whole account
// (https://learn.microsoft.com/azure/cosmos-db/table/glossary).
import type { CosmosRoleKind } from '../../../model/grant.ts'
import type { GrantObject } from '../../../model/managed-objects.ts'
import { resourceId, sameId } from '../../../model/resource-id.ts'
import type { CosmosType } from '../../../targets/resources/cosmos-account.ts'
import type { Place } from './grant-type.ts'

export type CosmosDataPlane = {
  /** Of the accounts that have it. */
  readonly type: CosmosType
  /** Before `RoleAssignments` and `RoleDefinitions` in ARM. */
  readonly api: 'sql' | 'table' | 'gremlin' | 'cassandra' | 'mongoMI'
  readonly apiVersion: string
  /** The ARM types below the account of what a connection names: a database, or a collection in one. */
  readonly children: readonly string[]
  /** The database of all collections, where ARM has no type for it. */
  readonly database?: string
}

/** https://learn.microsoft.com/rest/api/cosmos-db-resource-provider/operation-groups */
const apiVersion = '2026-03-15'

export const cosmosDataPlanes: Readonly<Record<CosmosRoleKind, CosmosDataPlane>> = {
  cosmosDataRole: { type: 'cosmos-sql', api: 'sql', apiVersion: '2025-10-15', children: ['sqlDatabases'] },
  cosmosTableRole: { type: 'cosmos-table', api: 'table', apiVersion, children: ['tables'], database: 'TablesDB' },
  cosmosGremlinRole: { type: 'cosmos-gremlin', api: 'gremlin', apiVersion, children: ['gremlinDatabases', 'graphs'] },
  cosmosCassandraRole: { type: 'cosmos-cassandra', api: 'cassandra', apiVersion, children: ['cassandraKeyspaces'] },
  cosmosMongoRole: { type: 'cosmos-mongo', api: 'mongoMI', apiVersion, children: ['mongodbDatabases'] },
}

const words = ['dbs', 'colls']

/** As the data plane spells it. */
export function dataScope({ database }: Pick<CosmosDataPlane, 'database'>, { scope, owner }: Pick<Place, 'scope' | 'owner'>): string {
  if (owner === undefined) return scope
  const [, ...names] = resourceId(scope).names
  return [owner, ...[...(database ? [database] : []), ...names].flatMap((name, depth) => [words[depth], name])].join('/')
}

/** The ARM id that a scope of the data plane stands for; one of anything that no connection names is none of the app's. */
export function armScope({ children, database }: CosmosDataPlane, account: string, scope: string): string | undefined {
  if (sameId(scope, account)) return account
  const path = scope.slice(account.length + 1).split('/')
  const names = path.filter((_, index) => index % 2 === 1).slice(database ? 1 : 0)
  const id = [account, ...children.flatMap((type, depth) => [type, names[depth] ?? ''])].join('/')
  const isOne = names.length === children.length && !names.includes('')
  return isOne && sameId(dataScope({ ...(database ? { database } : {}) }, { scope: id, owner: account }), scope) ? id : undefined
}

export const assignmentsOf = ({ api }: CosmosDataPlane, { scope, owner = scope }: Pick<Place, 'scope' | 'owner'>): string =>
  `${owner}/${api}RoleAssignments`

/** What ARM is sent for one: its id, and its properties. */
export type CosmosAssignment = {
  readonly account: string
  readonly id: string
  readonly properties: Readonly<Record<'roleDefinitionId' | 'scope' | 'principalId', string>>
}

export function assignmentOf(plane: CosmosDataPlane, object: GrantObject): CosmosAssignment {
  const { scope, owner: account = scope, principalId, roleId, name } = object
  return {
    account,
    id: `${assignmentsOf(plane, object)}/${name}`,
    properties: {
      roleDefinitionId: `${account}/${plane.api}RoleDefinitions/${roleId}`,
      scope: dataScope(plane, object),
      principalId,
    },
  }
}

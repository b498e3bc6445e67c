// The data planes of Cosmos DB as ARM sees them: their built-in roles, and where a scope of theirs is. Ids and actions:
// https://learn.microsoft.com/azure/cosmos-db/nosql/reference-data-plane-security, …/table/…, …/gremlin/…, …/cassandra/…, …/mongodb/…

export type CosmosPlane = {
  readonly api: 'sql' | 'table' | 'gremlin' | 'cassandra' | 'mongoMI'
  readonly label: string
  /** Whose list of assignments it shows. */
  readonly storedAs: 'sql' | 'gremlin' | 'cassandra' | 'mongoMI'
  /** The types of databases and of collections in ARM. Of tables there is one database, which has no type. */
  readonly children: readonly (string | undefined)[]
  /** In the names of actions. */
  readonly words: readonly [data: string, item: string]
  /** Reader, then contributor. */
  readonly roles: readonly [number, number]
}

export const cosmosPlanes: readonly CosmosPlane[] = [
  {
    ...{ api: 'sql', label: 'SQL', storedAs: 'sql', roles: [1, 2] },
    ...{ children: ['sqlDatabases', 'containers'], words: ['sqlDatabases', 'items'] },
  },
  {
    ...{ api: 'table', label: 'Table', storedAs: 'sql', roles: [1, 2] },
    ...{ children: [undefined, 'tables'], words: ['tables', 'entities'] },
  },
  {
    ...{ api: 'gremlin', label: 'Gremlin', storedAs: 'gremlin', roles: [3, 4] },
    ...{ children: ['gremlinDatabases', 'graphs'], words: ['gremlin', 'entities'] },
  },
  {
    ...{ api: 'cassandra', label: 'Cassandra', storedAs: 'cassandra', roles: [3, 4] },
    ...{ children: ['cassandraKeyspaces', 'tables'], words: ['cassandra', 'entities'] },
  },
  {
    ...{ api: 'mongoMI', label: 'MongoMI', storedAs: 'mongoMI', roles: [3, 4] },
    ...{ children: ['mongodbDatabases', 'collections'], words: ['mongoMI', 'entities'] },
  },
]

export function builtInRoles({ api, words: [data, item], roles: [reader, contributor] }: CosmosPlane, accountId: string) {
  const of = 'Microsoft.DocumentDB/databaseAccounts'
  const containers = `${of}/${data}/containers`
  const reads = [`${containers}/executeQuery`, `${containers}/readChangeFeed`, `${containers}/${item}/read`]
  const throughput = reader === 3 ? [`${of}/throughputSettings/read`] : []
  const changes = [...(api === 'sql' ? [] : [`${of}/${data}/*`]), `${containers}/*`, `${containers}/${item}/*`]
  return (
    [
      [reader, 'Reader', [...throughput, ...reads]],
      [contributor, 'Contributor', [...throughput, ...throughput.map((read) => read.replace('/read', '/write')), ...changes]],
    ] as const
  ).map(([role, word, actions]) => {
    const name = `00000000-0000-0000-0000-00000000000${role}`
    return {
      id: `${accountId}/${api}RoleDefinitions/${name}`,
      name,
      type: `${of}/${api}RoleDefinitions`,
      properties: {
        roleName: `Cosmos DB Built-in Data ${word}`,
        type: 'BuiltInRole',
        assignableScopes: [accountId],
        permissions: [{ dataActions: [`${of}/readMetadata`, ...actions], notDataActions: [] }],
      },
    }
  })
}

/**
 * The ARM id of what must exist for an assignment on the scope. `undefined`: nothing, as on the account, on the database of all tables, or where the scope
 * names none.
 */
export function placeOfScope({ children: [database, collection] }: CosmosPlane, accountId: string, scope: string): string | undefined {
  const [, first = '', second] = /^\/dbs\/([^/]+)(?:\/colls\/([^/]+))?$/i.exec(scope.slice(accountId.length)) ?? []
  if (first === '') return undefined
  if (database === undefined) return first === 'TablesDB' && second !== undefined ? `${accountId}/${collection}/${second}` : undefined
  return [accountId, database, first, ...(second === undefined ? [] : [collection, second])].join('/')
}

// The Secrets of Azure SQL databases, by password. https://learn.microsoft.com/azure/service-connector/how-to-integrate-sql-database
import { adoValue, jdbcValue } from '../quoting.ts'
import { childName, host, provided, type Row, type SecretInput, type SecretTable, text, withProvided } from '../secret-table.ts'

const key = (name: string): string => `AZURE_SQL_${name}`
const database = (of: SecretInput): string => String(childName()(of))
const source = (of: SecretInput): string => `Data Source=${host(of)},1433;Initial Catalog=${adoValue(database(of))}`
export const sqlJdbc = (of: SecretInput): string => `jdbc:sqlserver://${host(of)}:1433;databaseName=${jdbcValue(database(of))};`
const connectionString = key('CONNECTIONSTRING')
/** Where the database is; languages differ in the names. */
const place = (server: string, name = 'DATABASE'): Row => ({ [key(server)]: host, [key('PORT')]: text('1433'), [key(name)]: childName() })

export const sqlByPassword: NonNullable<SecretTable['secret']> = (() => {
  const dotnet = {
    [connectionString]: withProvided((password, user, of) => `${source(of)};User ID=${adoValue(user)};Password=${adoValue(password)}`),
  }
  const signIn = (user: string, password = 'PASSWORD'): Row => ({ [key(user)]: provided.userName, [key(password)]: provided.secret })
  return {
    dotnet,
    'dotnet-internal': dotnet,
    java: {
      [connectionString]: withProvided((password, user, of) => `${sqlJdbc(of)}user=${jdbcValue(user)};password=${jdbcValue(password)};`),
    },
    springBoot: {
      'spring.datasource.url': sqlJdbc,
      'spring.datasource.username': provided.userName,
      'spring.datasource.password': provided.secret,
    },
    python: { ...place('SERVER'), ...signIn('USER') },
    django: { ...place('HOST', 'NAME'), ...signIn('USER') },
    go: {
      [connectionString]: withProvided(
        (password, user, of) =>
          `server=${host(of)};port=1433;database=${adoValue(database(of))};user id=${adoValue(user)};password=${adoValue(password)};`,
      ),
    },
    nodejs: { ...place('SERVER'), ...signIn('USERNAME') },
    php: { [key('SERVERNAME')]: (of) => `${host(of)},1433`, [key('DATABASE')]: childName(), ...signIn('UID') },
    ruby: { ...place('HOST'), ...signIn('USERNAME') },
    none: { ...place('HOST'), ...signIn('USERNAME') },
  }
})()

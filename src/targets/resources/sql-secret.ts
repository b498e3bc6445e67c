// The Secrets of Azure SQL databases. https://learn.microsoft.com/azure/service-connector/how-to-integrate-sql-database
import { adoValue, jdbcValue } from '../quoting.ts'
import {
  childName,
  type Expression,
  host,
  identity,
  provided,
  type Row,
  type SecretInput,
  type SecretTable,
  servicePrincipal,
  text,
  withProvided,
} from '../secret-table.ts'

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

type SignIn = {
  /** After the place, in the forms of the drivers. */
  readonly dotnet: Expression
  readonly java: Expression
  readonly springBoot: Row
  readonly python: Row
  readonly nodejs: Row
  readonly none: Row
  /** Beside a connection string for .NET. */
  readonly before?: Row
}

const withTokens = ({ dotnet, java, springBoot, python, nodejs, none, before = {} }: SignIn): Readonly<Record<string, Row>> => {
  const asText = { ...before, [connectionString]: dotnet }
  return {
    dotnet: asText,
    'dotnet-internal': asText,
    java: { [connectionString]: java },
    springBoot,
    python: { ...place('SERVER'), ...python },
    nodejs: { ...place('SERVER'), [key('AUTHENTICATIONTYPE')]: usual, ...nodejs },
    none: { ...place('HOST'), [key('AUTHENTICATION')]: usual, ...none },
  }
}
const usual = text('azure-active-directory-default')

const msiJdbc: Expression = (of) => `${sqlJdbc(of)}msiClientId=${identity.clientId(of)};authentication=ActiveDirectoryMSI;`
/** `ActiveDirectoryManagedIdentity` and `ActiveDirectoryMSI` are what Azure Service Connector writes: the notes of the type say what pods need instead. */
export const sqlByIdentity: NonNullable<SecretTable['workload-identity']> = withTokens({
  dotnet: (of) => `${source(of)};User ID=${identity.clientId(of)};Authentication=ActiveDirectoryManagedIdentity`,
  java: msiJdbc,
  springBoot: { 'spring.datasource.url': msiJdbc },
  python: { [key('USER')]: identity.principalId, [key('AUTHENTICATION')]: text('ActiveDirectoryMsi') },
  nodejs: { [key('CLIENTID')]: identity.clientId },
  none: { [key('USERNAME')]: identity.clientId },
})

const withSecret = (write: (secret: string, clientId: string, of: SecretInput) => string): Expression => {
  return (of) => servicePrincipal.clientSecret(of).map((secret) => write(secret, servicePrincipal.clientId(of), of))
}
export const sqlByPrincipal: NonNullable<SecretTable['service-principal']> = withTokens({
  before: {
    [key('CLIENTID')]: servicePrincipal.clientId,
    [key('CLIENTSECRET')]: servicePrincipal.clientSecret,
    [key('TENANTID')]: servicePrincipal.tenantId,
  },
  dotnet: withSecret(
    (secret, id, of) => `${source(of)};User ID=${id};Password=${adoValue(secret)};Authentication=ActiveDirectoryServicePrincipal`,
  ),
  java: withSecret(
    (secret, id, of) => `${sqlJdbc(of)}user=${id};password=${jdbcValue(secret)};authentication=ActiveDirectoryServicePrincipal;`,
  ),
  springBoot: {
    'spring.datasource.url': (of) => `${sqlJdbc(of)}authentication=ActiveDirectoryServicePrincipal;`,
    'spring.datasource.username': servicePrincipal.clientId,
    'spring.datasource.password': servicePrincipal.clientSecret,
  },
  // The word that Azure Service Connector writes.
  python: {
    [key('USER')]: servicePrincipal.clientId,
    [key('AUTHENTICATION')]: text('ActiveDirectoryServerPrincipal'),
    [key('PASSWORD')]: servicePrincipal.clientSecret,
  },
  nodejs: {
    [key('CLIENTID')]: servicePrincipal.clientId,
    [key('CLIENTSECRET')]: servicePrincipal.clientSecret,
    [key('TENANTID')]: servicePrincipal.tenantId,
  },
  none: { [key('USERNAME')]: servicePrincipal.clientId, [key('PASSWORD')]: servicePrincipal.clientSecret },
})

// The Secrets of MySQL servers. https://learn.microsoft.com/azure/service-connector/how-to-integrate-mysql
import { adoValue, queryPart, urlPart } from '../quoting.ts'
import {
  childName,
  databaseUser,
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

const key = (name: string): string => `AZURE_MYSQL_${name}`
const database = (of: SecretInput): string => String(childName()(of))
export const mysqlJdbc = (of: SecretInput): string => `jdbc:mysql://${host(of)}:3306/${urlPart(database(of))}?sslmode=required`

/** Connection strings in the forms of their drivers. `password`: absent where a token takes its place. */
const forms = {
  dotnet: (of: SecretInput, user: string, password?: string) =>
    `Server=${host(of)};Database=${adoValue(database(of))};Port=3306;User Id=${adoValue(user)};${
      password === undefined ? 'SSL Mode=Required;' : `Password=${adoValue(password)};SSL Mode=Required`
    }`,
  java: (of: SecretInput, user: string, password?: string) =>
    `${mysqlJdbc(of)}&user=${queryPart(user)}${password === undefined ? '' : `&password=${urlPart(password)}`}`,
  // The last `@` before the address counts, so a password needs no escape: https://github.com/go-sql-driver/mysql#dsn-data-source-name
  go: (of: SecretInput, user: string, password?: string) =>
    `${user}${password === undefined ? '' : `:${password}`}@tcp(${host(of)}:3306)/${urlPart(database(of))}?tls=true`,
}

type SignIn = {
  readonly user: Expression
  readonly before: Row
  readonly after: Row
  readonly spring: { readonly before: Row; readonly after: Row }
  text(write: (of: SecretInput, user: string, password?: string) => string): Expression
}

function rows({ user, before, after, spring, text: written }: SignIn): Readonly<Record<string, Row>> {
  const asText = (form: keyof typeof forms): Row => ({ ...before, [key('CONNECTIONSTRING')]: written(forms[form]) })
  const row = (values: Row): Row => ({ ...before, ...values, ...after })
  const django = row({ [key('NAME')]: childName(), [key('HOST')]: host, [key('USER')]: user })
  const parts = (userKey: string): Row =>
    row({
      [key('HOST')]: host,
      [key(userKey)]: user,
      [key('DATABASE')]: childName(),
      [key('PORT')]: text('3306'),
      [key('SSL')]: text('true'),
    })
  return {
    dotnet: asText('dotnet'),
    'dotnet-internal': asText('dotnet'),
    java: asText('java'),
    go: asText('go'),
    python: django,
    django,
    nodejs: parts('USER'),
    none: parts('USERNAME'),
    php: row({
      [key('DBNAME')]: childName(),
      [key('HOST')]: host,
      [key('PORT')]: text('3306'),
      [key('FLAG')]: text('MYSQL_CLIENT_SSL'),
      [key('USERNAME')]: user,
    }),
    ruby: row({ [key('DATABASE')]: childName(), [key('HOST')]: host, [key('USERNAME')]: user, [key('SSLMODE')]: text('required') }),
    springBoot: { ...spring.before, 'spring.datasource.url': mysqlJdbc, 'spring.datasource.username': user, ...spring.after },
  }
}

/** `user`: as the server wants it. */
export const mysqlByPassword = (user: (of: SecretInput) => string = provided.userName): NonNullable<SecretTable['secret']> =>
  rows({
    user,
    before: {},
    after: { [key('PASSWORD')]: provided.secret },
    spring: { before: {}, after: { 'spring.datasource.password': provided.secret } },
    text: (write) => withProvided((password, _user, of) => write(of, user(of), password)),
  })

const byToken =
  (write: (of: SecretInput, user: string) => string): Expression =>
  (of) =>
    write(of, databaseUser(of))
const springCredential = 'spring.cloud.azure.credential'
const passwordless = { 'spring.datasource.azure.passwordless-enabled': text('true') }

export const mysqlByIdentity: NonNullable<SecretTable['workload-identity']> = rows({
  user: databaseUser,
  before: { [key('CLIENTID')]: identity.clientId },
  after: {},
  spring: {
    before: {
      ...passwordless,
      [`${springCredential}.client-id`]: identity.clientId,
      [`${springCredential}.client-managed-identity-enabled`]: text('true'),
    },
    after: {},
  },
  text: byToken,
})

export const mysqlByPrincipal: NonNullable<SecretTable['service-principal']> = rows({
  user: databaseUser,
  before: {
    [key('CLIENTID')]: servicePrincipal.clientId,
    [key('CLIENTSECRET')]: servicePrincipal.clientSecret,
    [key('TENANTID')]: servicePrincipal.tenantId,
  },
  after: {},
  spring: {
    before: {
      ...passwordless,
      [`${springCredential}.client-id`]: servicePrincipal.clientId,
      [`${springCredential}.client-secret`]: servicePrincipal.clientSecret,
      [`${springCredential}.tenant-id`]: servicePrincipal.tenantId,
    },
    after: {},
  },
  text: byToken,
})

// The Secrets of PostgreSQL servers, which differ in how pods sign in only. https://learn.microsoft.com/azure/service-connector/how-to-integrate-postgres
// Surprising: Spring reads `managed-identity-enabled`; the documented key with `client-` before it has no effect there, and the default chain of
// credentials finds the token of the pod.
import { adoValue, libpqValue, queryPart, urlPart } from '../quoting.ts'
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

export const sqlClients = [
  ...(['none', 'dotnet', 'dotnet-internal', 'java', 'python', 'nodejs', 'go', 'php', 'ruby', 'django', 'springBoot'] as const),
]

/** Connection strings in the forms of their drivers. `password`: absent where a token takes its place. */
const forms = {
  dotnet: (of: SecretInput, user: string, password?: string) =>
    `Server=${host(of)};Database=${adoValue(database(of))};Port=5432;Ssl Mode=Require;User Id=${adoValue(user)};${password === undefined ? '' : `Password=${adoValue(password)};`}`,
  java: (of: SecretInput, user: string, password?: string) =>
    `${postgresJdbc(of)}&user=${queryPart(user)}${password === undefined ? '' : `&password=${queryPart(password)}`}`,
  python: (of: SecretInput, user: string, password?: string) =>
    `dbname=${libpqValue(database(of))} host=${host(of)} port=5432 sslmode=require ${who(user, password)}`,
  go: (of: SecretInput, user: string, password?: string) =>
    `host=${host(of)} dbname=${libpqValue(database(of))} sslmode=require ${who(user, password)}`,
  php: (of: SecretInput, user: string, password?: string) =>
    `host=${host(of)} port=5432 dbname=${libpqValue(database(of))} sslmode=require ${who(user, password)}`,
}

const database = (of: SecretInput): string => String(childName()(of))
export const postgresJdbc = (of: SecretInput): string => `jdbc:postgresql://${host(of)}:5432/${urlPart(database(of))}?sslmode=require`
const who = (user: string, password?: string): string =>
  `user=${libpqValue(user)}${password === undefined ? '' : ` password=${libpqValue(password)}`}`

/** `prefix`: `AZURE_POSTGRESQL`. */
type SignIn = {
  readonly prefix: string
  readonly user: Expression
  /** What stands before the place: who signs in. */
  readonly before: Row
  /** What stands after it. */
  readonly after: Row
  readonly spring: { readonly before: Row; readonly after: Row }
  text(write: (of: SecretInput, user: string, password?: string) => string): Expression
}

function rows({ prefix, user, before, after, spring, text: written }: SignIn): Readonly<Record<string, Row>> {
  const key = (name: string): string => `${prefix}_${name}`
  const asText = (form: keyof typeof forms): Row => ({ ...before, [key('CONNECTIONSTRING')]: written(forms[form]) })
  const parts = (userKey: string): Row => ({
    ...before,
    [key('HOST')]: host,
    [key(userKey)]: user,
    [key('DATABASE')]: childName(),
    [key('PORT')]: text('5432'),
    [key('SSL')]: text('true'),
    ...after,
  })
  return {
    dotnet: asText('dotnet'),
    'dotnet-internal': asText('dotnet'),
    java: asText('java'),
    python: asText('python'),
    go: asText('go'),
    php: asText('php'),
    ruby: asText('php'),
    django: { ...before, [key('NAME')]: childName(), [key('HOST')]: host, [key('USER')]: user, ...after },
    nodejs: parts('USER'),
    none: parts('USERNAME'),
    springBoot: { ...spring.before, 'spring.datasource.url': postgresJdbc, 'spring.datasource.username': user, ...spring.after },
  }
}

/** `user`: as the server wants it. */
export const byPassword = (prefix: string, user: (of: SecretInput) => string = provided.userName): NonNullable<SecretTable['secret']> =>
  rows({
    prefix,
    user,
    before: {},
    after: { [`${prefix}_PASSWORD`]: provided.secret },
    spring: { before: {}, after: { 'spring.datasource.password': provided.secret } },
    text: (write) => withProvided((password, _user, of) => write(of, user(of), password)),
  })

const springCredential = 'spring.cloud.azure.credential'
const passwordless = { 'spring.datasource.azure.passwordless-enabled': text('true') }
const byToken = (write: (of: SecretInput, user: string) => string): Expression => {
  return (of) => write(of, databaseUser(of))
}

export const byIdentity = (prefix: string): NonNullable<SecretTable['workload-identity']> =>
  rows({
    prefix,
    user: databaseUser,
    before: { [`${prefix}_CLIENTID`]: identity.clientId },
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

export const byPrincipal = (prefix: string): NonNullable<SecretTable['service-principal']> =>
  rows({
    prefix,
    user: databaseUser,
    before: {
      [`${prefix}_CLIENTID`]: servicePrincipal.clientId,
      [`${prefix}_CLIENTSECRET`]: servicePrincipal.clientSecret,
      [`${prefix}_TENANTID`]: servicePrincipal.tenantId,
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

// The Secrets of Azure Cache for Redis and of Azure Managed Redis, which have the same keys. The endpoint is a URL: its scheme says whether TLS is on.
// Surprising: the key stands in a URL, and one with `/` or `+` in it would be read wrongly there; clients decode it, so it is encoded. `spring.redis.*`
// is what Azure Service Connector writes and Spring Boot 2 reads; `spring.data.redis.*`, which Boot 3 reads, stands beside it
// (https://github.com/spring-projects/spring-boot/wiki/Spring-Boot-3.0-Migration-Guide#redis-properties).
import { credential, type Expression, type Row, type SecretTable, type ServiceBinding, text, withCredential } from '../secret-table.ts'

const isEncrypted = (endpoint: string): boolean => endpoint.startsWith('rediss:')
/** Without it a scheme that is not special has no default port. */
const placeOf = (endpoint: string): URL => new URL(endpoint.replace(/^rediss?:/, 'https:'))

export const redisHost: Expression = ({ service }) => placeOf(service.endpoint).hostname
const port: Expression = ({ service }) => placeOf(service.endpoint).port || '443'
const placeWithPort: Expression = (of) => `${redisHost(of)}:${port(of)}`
const ssl: Expression = ({ service }) => String(isEncrypted(service.endpoint))

const inSpring = (prefix: string, tls: string, database: Expression): Row => ({
  [`${prefix}.host`]: redisHost,
  [`${prefix}.port`]: port,
  [`${prefix}.database`]: database,
  [`${prefix}.password`]: credential,
  [`${prefix}.${tls}`]: ssl,
})

/** `database`: its number. */
export const byKey = (database: Expression): NonNullable<SecretTable['secret']> => {
  const url = withCredential((key, of) => `${of.service.endpoint.replace('//', `//:${encodeURIComponent(key)}@`)}/${database(of)}`)
  const options = withCredential((key, of) => {
    const { host } = placeOf(of.service.endpoint)
    return `${host},password=${key},ssl=${isEncrypted(of.service.endpoint) ? 'True' : 'False'},defaultDatabase=${database(of)}`
  })
  const inDotnet = { AZURE_REDIS_CONNECTIONSTRING: options }
  const elsewhere = { AZURE_REDIS_CONNECTIONSTRING: url }
  return {
    dotnet: inDotnet,
    'dotnet-internal': inDotnet,
    java: elsewhere,
    python: elsewhere,
    go: elsewhere,
    nodejs: elsewhere,
    springBoot: { ...inSpring('spring.redis', 'ssl', database), ...inSpring('spring.data.redis', 'ssl.enabled', database) },
    none: {
      AZURE_REDIS_HOST: redisHost,
      AZURE_REDIS_PORT: port,
      AZURE_REDIS_DATABASE: database,
      AZURE_REDIS_PASSWORD: credential,
      AZURE_REDIS_SSL: ssl,
    },
  }
}

export const redisBinding = (database: Expression): ServiceBinding => ({
  type: 'redis',
  entries: { host: redisHost, port, ssl, uri: ({ service }) => service.endpoint },
  secret: { password: credential, database },
})

/** https://docs.dapr.io/reference/components-reference/supported-state-stores/setup-redis/ */
export const redisInDapr = {
  metadata: { redisHost: placeWithPort, enableTLS: ssl },
  tokens: { useEntraID: text('true') },
  key: { redisPassword: credential },
} as const

export const redisClients = ['none', 'dotnet', 'dotnet-internal', 'java', 'python', 'nodejs', 'go', 'springBoot'] as const

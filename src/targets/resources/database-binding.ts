// Databases in the shape of the Service Binding specification, in the entries that Spring Cloud Bindings, Quarkus and kube-service-bindings read.
// https://github.com/spring-cloud/spring-cloud-bindings#auto-configurations
import { childName, databaseUser, type Expression, host, provided, type SecretInput, type ServiceBinding, text } from '../secret-table.ts'

type Database = {
  /** As clients look for it. */
  readonly type: 'postgresql' | 'mysql' | 'sqlserver'
  readonly port: string
  /** Without user and password. TLS stands only in it: without it Spring Cloud Bindings would write one from the other entries. */
  jdbc(of: SecretInput): string
  /** With a password, as the server wants it. */
  readonly user?: Expression
}

export const databaseBinding = ({ type, port, jdbc, user = provided.userName }: Database): ServiceBinding => ({
  type,
  entries: {
    host,
    port: text(port),
    database: childName(),
    'jdbc-url': jdbc,
    uri: (of) => jdbc(of).replace('jdbc:', ''),
  },
  secret: { username: user, password: provided.secret },
  tokens: { username: databaseUser },
})

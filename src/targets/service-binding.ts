// The Secret of a connection in the shape of the Service Binding specification, for frameworks that read that: `type`, `provider`, and entries under
// names of their own. https://github.com/servicebinding/spec#well-known-secret-entries
//
// A target type whose clients know a type of the specification (`redis`, `mongodb`, `kafka`, `amqp`, databases) says its entries; all others have these.
import type { ConnectionSpec } from '../model/connection.ts'
import type { Secret } from '../model/secret.ts'
import { type Expression, endpoint, identity, keysIn, type Row, rowOf, servicePrincipal, valuesOf } from './secret-table.ts'
import { type Credentials, type Known, secretInputOf } from './secret-values.ts'
import type { Target } from './target-type.ts'

/** The type in the specification's words; also the end of the Secret's own type. */
export const bindingTypeOf = ({ type, serviceBinding }: Target): string => serviceBinding?.type ?? type

export const serviceBindingOf = (
  target: Target,
  self: ConnectionSpec,
  known: Known,
  credentials: Credentials,
): Readonly<Record<string, string | Secret<string>>> => ({
  type: bindingTypeOf(target),
  ...('armType' in target.on ? { provider: 'azure' } : {}),
  ...valuesOf({ ...(target.serviceBinding?.entries ?? place), ...ofAuth(target, self) }, secretInputOf(self, known, credentials)),
})

const place: Row = {
  host: ({ service }) => URL.parse(service.endpoint)?.hostname ?? service.endpoint,
  uri: endpoint,
}

function ofAuth(target: Target, { auth }: ConnectionSpec): Row {
  const signIn: Readonly<Partial<Record<typeof auth, Row>>> = {
    'workload-identity': { 'client-id': identity.clientId, 'tenant-id': identity.tenantId, ...target.serviceBinding?.tokens },
    'service-principal': {
      'client-id': servicePrincipal.clientId,
      'client-secret': servicePrincipal.clientSecret,
      'tenant-id': servicePrincipal.tenantId,
      ...target.serviceBinding?.tokens,
    },
    secret: target.serviceBinding?.secret ?? connectionString(target),
  }
  return signIn[auth] ?? {}
}

/** What the Secret of the connection itself has, where it has a connection string; otherwise the key. */
function connectionString({ secret: table }: Target): Row {
  const key = keysIn(table, 'secret', 'none').find((name) => /CONNECTION_?STRING$/.test(name))
  const expression: Expression | undefined = key === undefined ? undefined : rowOf(table, 'secret', 'none')[key]
  return expression ? { 'connection-string': expression } : { password: keyOf }
}

const keyOf: Expression = ({ credential, provided }) => {
  const key = credential ?? provided?.secret
  if (key === undefined) throw new TypeError('The service binding of a connection with a key needs it')
  return key
}

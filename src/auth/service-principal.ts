// A service principal and its client secret. Its author provides both: the app makes no applications in Entra ID.
import * as z from 'zod'
import { secret } from '../model/secret.ts'
import type { AuthType } from './auth-type.ts'
import { modeOf, parsedAs, rolesOf, withRoles } from './wire.ts'

const schema = z.strictObject({
  ...withRoles,
  clientId: z.guid(),
  principalId: z.guid(),
  /** Key Vault takes 25 KB. If left out, the previous secret stays. */
  secret: z.string().min(1).max(25_000).transform(secret).nullish(),
})

export const servicePrincipalAuth: AuthType<'service-principal'> = {
  name: 'service-principal',
  identity: 'principal',
  secret: {
    what: 'client secret',
    field: 'authInfo.secret',
    hint: 'a client secret of the service principal; it is kept in the Key Vault of the app and never answered',
    holder: {
      word: 'service principal',
      of: ({ servicePrincipal }) => servicePrincipal && `${servicePrincipal.clientId} ${servicePrincipal.principalId}`,
    },
  },
  features: [],
  serviceAccount: false,

  wire: {
    authType: 'servicePrincipalSecret',
    schema,
    from(authInfo, addIssue) {
      const read = parsedAs(schema, authInfo, addIssue)
      if (!read) return {}
      return {
        auth: 'service-principal',
        servicePrincipal: { clientId: read.clientId.toLowerCase(), principalId: read.principalId.toLowerCase() },
        ...(read.secret ? { rawSecret: read.secret } : {}),
        ...rolesOf(read, addIssue),
      }
    },
    // Without the secret: put again like this, the one that is stored stays.
    to: (connection) => ({
      authType: 'servicePrincipalSecret',
      authMode: modeOf(connection),
      ...connection.servicePrincipal,
      roles: connection.roles,
    }),
  },
}

// A key or connection string of the target itself, read from Azure each time that the Secret is written. Databases and servers outside of Azure give out
// none: there the author provides a user and its password, or names where the password is kept.
import * as z from 'zod'
import type { AuthType } from './auth-type.ts'
import { infoOf, secretInfo, secretOf } from './secret-info.ts'
import { authMode, parsedAs, text } from './wire.ts'

const schema = z.strictObject({
  authType: text,
  authMode,
  /** Of the user. */
  name: z.string().min(1).max(128).nullish(),
  secretInfo,
})

export const secretAuth: AuthType<'secret'> = {
  name: 'secret',
  identity: 'none',
  secret: 'fetched',
  instead: {
    what: 'password',
    field: 'authInfo.secretInfo',
    hint: 'secretInfo with secretType rawValue and the password as value, which is kept in the Key Vault of the app and never answered; or keyVaultSecretUri or keyVaultSecretReference, which name a secret of your own vault',
    // Names of users differ by upper and lower case.
    holder: { word: 'user', of: ({ userName }) => userName && Buffer.from(userName).toString('hex') },
  },
  features: [],
  serviceAccount: false,
  brings: ({ secret }) => ({ connectionStringReference: secret }),

  wire: {
    authType: 'secret',
    schema,
    from(authInfo, addIssue) {
      const read = parsedAs(schema, authInfo, addIssue)
      if (read?.authMode === 'optOutAllAuth')
        addIssue(
          'authInfo.authMode',
          'a secret cannot be opted out of, nothing would be left of the connection',
          'optInAllAuth, or authType userAssignedIdentity',
        )
      return { auth: 'secret', ...(read?.name ? { userName: read.name } : {}), ...secretOf(read?.secretInfo) }
    },
    // Without the password: put again like this, the one that is stored stays.
    to: (connection) => ({
      authType: 'secret',
      authMode: 'optInAllAuth',
      ...(connection.userName === undefined ? {} : { name: connection.userName }),
      ...infoOf(connection),
    }),
  },
}

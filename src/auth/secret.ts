// A credential of the target itself: a key or connection string, read from Azure each time that the Secret is written.
import * as z from 'zod'
import type { AuthType } from './auth-type.ts'
import { anything, authMode, parsedAs, text } from './wire.ts'

const schema = z.strictObject({ authType: text, authMode, name: anything, secretInfo: anything })

export const secretAuth: AuthType<'secret'> = {
  name: 'secret',
  identity: 'none',
  secret: 'fetched',
  features: [],
  serviceAccount: false,

  wire: {
    authType: 'secret',
    schema,
    from(authInfo, addIssue) {
      const read = parsedAs(schema, authInfo, addIssue)
      if (read?.name || read?.secretInfo)
        addIssue('authInfo.secretInfo', 'the key of this target is read from Azure, none can be provided', 'leave out name and secretInfo')
      if (read?.authMode === 'optOutAllAuth')
        addIssue(
          'authInfo.authMode',
          'a secret cannot be opted out of, nothing would be left of the connection',
          'optInAllAuth, or authType userAssignedIdentity',
        )
      return { auth: 'secret' }
    },
    to: () => ({ authType: 'secret', authMode: 'optInAllAuth' }),
  },
}

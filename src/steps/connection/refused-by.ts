// What the settings of a target refuse, whatever is done for the connection: then nothing is done (memberships.ts), and the problem names another way.
import { authTypeOf } from '../../auth/catalogue.ts'
import type { Connection } from '../../model/connection.ts'
import { type GrantKind, parseGrant } from '../../model/grant.ts'
import type { Fault } from '../../model/problem.ts'
import { resourceId } from '../../model/resource-id.ts'
import type { View } from '../../model/view.ts'
import { nameOf } from '../../model/words.ts'
import { targetOf } from '../../targets/catalogue.ts'

export function refusedBy(self: Connection, view: View<'connection'>): Fault | undefined {
  const { localAuth, tokenAuth, ignoresRoles } = view.of(self.target)
  // Keys and passwords are switched off together.
  if (localAuth === false && authTypeOf(self).secret === 'fetched') return keysRefused(self)
  if (tokenAuth === false && authTypeOf(self).identity !== 'none')
    return { code: 'TokensNotAccepted', about: { target: nameOf(self.target) } }
  const has = (kind: GrantKind): boolean => self.roles.some((grant) => parseGrant(grant).kind === kind)
  if (ignoresRoles) return has('azureRole') ? rolesIgnored(self) : undefined
  return has('vaultAccessPolicy') ? { code: 'AzureRolesOnly', about: { target: nameOf(self.target) } } : undefined
}

/** Names another auth type of the target type, if it has one. */
function keysRefused(self: Connection): Fault {
  const other = targetOf(self.type)?.auth.find((auth) => authTypeOf({ auth }).secret !== 'fetched')
  return { code: 'SharedKeyDisabled', about: { target: nameOf(self.target), ...(other ? { other } : {}) } }
}

function rolesIgnored({ target }: Connection): Fault {
  const { subscription, group } = resourceId(target.id)
  return { code: 'AccessPoliciesOnly', about: { target: nameOf(target), subscription, group } }
}

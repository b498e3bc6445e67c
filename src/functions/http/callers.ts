// Who calls, and whether the caller may. App Service authentication checks the token and passes its claims on in a header that it strips from outside
// requests: https://learn.microsoft.com/azure/app-service/configure-authentication-user-identities#decoding-the-client-principal-header Without that
// header access is denied. With authentication off, anyone could write the header: infra/ turns it on together with the app.

import type { HttpRequest } from '@azure/functions'
import * as z from 'zod'
import type { Author } from '../../model/author.ts'
import { Refusal } from './answers.ts'
import type { HandlerContext } from './handler-context.ts'

/** The app's own app roles: infra/ declares them. */
export type Role = 'Connections.Read' | 'Connections.Write' | 'Policies.Write'
export type Caller = {
  readonly objectId: string
  readonly author: Author
  readonly roles: ReadonlySet<string>
  /** Object id, client id of its application, and groups, lower case: what policies name callers by. */
  readonly ids: ReadonlySet<string>
}

const principalSchema = z.looseObject({
  auth_typ: z.string(),
  claims: z.array(z.looseObject({ typ: z.string(), val: z.string() })).max(1000),
  role_typ: z.string().optional(),
})

/** The platform uses long names for some claims. */
const longNames: Readonly<Record<string, string>> = {
  roles: 'http://schemas.microsoft.com/ws/2008/06/identity/claims/role',
  oid: 'http://schemas.microsoft.com/identity/claims/objectidentifier',
  sub: 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier',
  tid: 'http://schemas.microsoft.com/identity/claims/tenantid',
  groups: 'http://schemas.microsoft.com/ws/2008/06/identity/claims/groups',
}
const armAudience =
  /^https:\/\/management\.(core\.windows\.net|azure\.com|usgovcloudapi\.net|core\.usgovcloudapi\.net|chinacloudapi\.cn|core\.chinacloudapi\.cn)\/*$/i

/** @throws Refusal unless the caller has one of `needed`. */
export function callerOf(
  request: Pick<HttpRequest, 'headers'>,
  services: Pick<HandlerContext, 'audiences' | 'installation'>,
  needed: readonly Role[],
): Caller {
  const header = request.headers.get('x-ms-client-principal')
  const how = `Get a token with: az account get-access-token --resource ${services.audiences[0] ?? '<application id uri>'}`
  if (!header) throw unauthorized('AuthenticationRequired', `There is no signed-in caller. ${how}`)
  const principal = parsePrincipal(header)
  if (!principal)
    throw unauthorized('InvalidAuthenticationInfo', 'The header x-ms-client-principal is not what App Service authentication writes.')
  if (principal.auth_typ.toLowerCase() !== 'aad')
    throw unauthorized('InvalidAuthenticationInfo', `Callers sign in with Microsoft Entra ID only. ${how}`)
  const claims = (name: string): readonly string[] =>
    principal.claims
      .filter(({ typ }) => typ === name || typ === longNames[name] || (name === 'roles' && typ === principal.role_typ))
      .map(({ val }) => val)

  const audiences = claims('aud')
  if (audiences.some((audience) => armAudience.test(audience)))
    throw unauthorized(
      'InvalidAuthenticationTokenAudience',
      `The token was issued for Azure Resource Manager. Its holder could change all of Azure, so this app does not accept it. ${how}`,
    )
  if (audiences.length === 0 || !audiences.every((audience) => services.audiences.includes(audience)))
    throw unauthorized('InvalidAuthenticationTokenAudience', `The token is not meant for this app. ${how}`)
  if (claims('tid').some((tenant) => tenant.toLowerCase() !== services.installation.tenant.toLowerCase()))
    throw unauthorized(
      'InvalidAuthenticationTokenTenant',
      `The token is of another tenant. ${how} --tenant ${services.installation.tenant}`,
    )

  // Tokens of version 1 have `appid`, those of version 2 `azp`: https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
  const ids = ['oid', 'appid', 'azp', 'groups'].flatMap(claims).map((id) => id.toLowerCase())
  const objectId = claims('oid')[0] ?? 'unknown'
  // The subject of an application's own token is its object id; that of a person is a name for this app only.
  const isApplication = claims('idtyp').includes('app') || claims('sub').includes(objectId)
  const author: Author = { by: objectId, type: isApplication ? 'Application' : 'User' }
  const caller: Caller = { objectId, author, roles: new Set(claims('roles')), ids: new Set(ids) }
  if (!needed.some((role) => caller.roles.has(role))) {
    const message = `The caller has no app role ${needed.join(' or ')} of this app. An administrator assigns it: Entra ID > Enterprise applications > this app > Users and groups.`
    throw new Refusal(403, { code: 'AuthorizationFailed', message })
  }
  return caller
}

/** The right to write includes reading. */
export const rolesFor = (role: Role): readonly Role[] =>
  role === 'Connections.Read' ? ['Connections.Read', 'Connections.Write', 'Policies.Write'] : [role]

function parsePrincipal(header: string): z.infer<typeof principalSchema> | undefined {
  try {
    return principalSchema.parse(JSON.parse(Buffer.from(header, 'base64').toString('utf8')))
  } catch {
    return undefined
  }
}

const unauthorized = (code: string, message: string): Refusal => new Refusal(401, { code, message }, { 'www-authenticate': 'Bearer' })

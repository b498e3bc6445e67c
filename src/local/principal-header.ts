// What App Service authentication tells the app about a caller: four headers, which only the front may set.
// https://learn.microsoft.com/azure/app-service/configure-authentication-user-identities#access-user-claims-in-app-code

import type { Claims } from './cloud/entra/entra.ts'

const schemas = 'http://schemas.microsoft.com/identity/claims'
const names: Readonly<Record<string, string>> = {
  oid: `${schemas}/objectidentifier`,
  tid: `${schemas}/tenantid`,
  sub: 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier',
  upn: 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn',
  idp: `${schemas}/identityprovider`,
}

export function principalHeaders(claims: Claims): Record<string, string> {
  const all = Object.entries(claims).flatMap(([name, value]) =>
    [value].flat().map((each) => ({ typ: names[name] ?? name, val: String(each) })),
  )
  const principal = {
    auth_typ: 'aad',
    claims: all,
    name_typ: 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name',
    role_typ: 'http://schemas.microsoft.com/ws/2008/06/identity/claims/role',
  }
  return {
    'x-ms-client-principal': Buffer.from(JSON.stringify(principal)).toString('base64'),
    'x-ms-client-principal-id': claims.oid,
    'x-ms-client-principal-name': (claims as { readonly upn?: string }).upn ?? claims.appid,
    'x-ms-client-principal-idp': 'aad',
  }
}

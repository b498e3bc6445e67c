// How the data plane of Key Vault refuses: https://learn.microsoft.com/azure/key-vault/general/rest-error-codes

import { type Claims, tenant } from '../entra/entra.ts'
import type { CloudResponse } from '../http.ts'
import type { State } from './secrets.ts'

export const refuse = (status: number, code: string, message: string, inner?: string): CloudResponse => ({
  status,
  body: { error: { code, message, ...(inner === undefined ? {} : { innererror: { code: inner } }) } },
})
/** `what`: `secret`, `deleted secret`, `key` or `certificate`. */
export const notFound = (name: string, what = 'secret'): CloudResponse =>
  refuse(
    404,
    what === 'key' ? 'KeyNotFound' : what === 'certificate' ? 'CertificateNotFound' : 'SecretNotFound',
    `A ${what} with (name/id) ${name} was not found in this key vault. If you recently deleted this ${what} you may be able to recover it using the correct recovery command.`,
  )

/** https://learn.microsoft.com/azure/key-vault/general/rest-error-codes */
export const forbidden = (claims: Claims, dataAction: string, scope: string, vault: string): CloudResponse =>
  refuse(
    403,
    'Forbidden',
    `Caller is not authorized to perform action on resource.\nIf role assignments, deny assignments or role definitions were changed recently, please observe propagation time.\nCaller: appid=${claims.appid};oid=${claims.oid};iss=https://sts.windows.net/${tenant}/\nAction: '${dataAction}'\nResource: '${scope.toLowerCase()}'\nAssignment: (not found)\nDenyAssignmentId: null\nDecisionReason: null \nVault: ${vault}`,
    'ForbiddenByRbac',
  )

/** https://learn.microsoft.com/azure/key-vault/general/rest-error-codes#http-403-insufficient-permissions */
export function forbiddenByNetwork(
  claims: Claims,
  by: 'firewall' | 'connection',
  ip: string,
  vault: string,
  location: string,
): CloudResponse {
  const caller = `Caller: appid=${claims.appid};oid=${claims.oid};iss=https://sts.windows.net/${tenant}/\r\nVault: ${vault};location=${location}`
  return by === 'firewall'
    ? refuse(
        403,
        'Forbidden',
        `Client address is not authorized and caller is not a trusted service.\r\nClient address: ${ip}\r\n${caller}`,
        'ForbiddenByFirewall',
      )
    : refuse(
        403,
        'Forbidden',
        `Public network access is disabled and request is not from a trusted service nor via an approved private link.\r\n${caller}`,
        'ForbiddenByConnection',
      )
}

export const forbiddenByPolicy = (claims: Claims, permission: string, vault: string, location: string): CloudResponse =>
  refuse(
    403,
    'Forbidden',
    `The user, group or application 'appid=${claims.appid};oid=${claims.oid};numgroups=0;iss=https://sts.windows.net/${tenant}/' does not have ${permission} permission on key vault '${vault};location=${location}'. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125287`,
    'ForbiddenByPolicy',
  )

/** https://learn.microsoft.com/azure/key-vault/general/soft-delete-overview#purge-protection */
export const purgeProtected = (name: string): CloudResponse =>
  refuse(
    403,
    'Forbidden',
    `Operation "purge" is not allowed on this secret ${name}: purge protection is enabled for its vault.`,
    'ForbiddenByPurgeProtection',
  )

export const unauthorized: CloudResponse = {
  status: 401,
  headers: { 'www-authenticate': `Bearer authorization="https://login.microsoftonline.com/${tenant}", resource="https://vault.azure.net"` },
  body: { error: { code: 'Unauthorized', message: 'AKV10000: Request is missing a Bearer or PoP token.' } },
}

export const taken: Readonly<Partial<Record<State, { readonly code: string; message(name: string): string }>>> = {
  deleting: {
    code: 'ObjectIsBeingDeleted',
    message: (name) => `Secret ${name} is currently being deleted and cannot be re-created; retry later.`,
  },
  deleted: {
    code: 'ObjectIsDeletedButRecoverable',
    message: (name) =>
      `Secret ${name} is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the secret can only be recovered or purged.`,
  },
  recovering: {
    code: 'ObjectIsBeingRecovered',
    message: (name) => `Secret ${name} is currently being recovered and cannot be updated; retry later.`,
  },
}

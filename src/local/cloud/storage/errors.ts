// Storage's error answers: XML from blobs and queues, OData JSON from tables, and the code in a header.
// https://learn.microsoft.com/rest/api/storageservices/common-rest-api-error-codes

import { randomUUID } from 'node:crypto'
import { tenant } from '../entra/directory.ts'
import type { CloudResponse } from '../http.ts'
import type { StorageService } from './azurite.ts'

export type StorageFault = { readonly status: number; readonly code: string; readonly text: string; readonly detail?: string }

const signIn = 'Server failed to authenticate the request. Please refer to the information in the www-authenticate header.'
const badSignature =
  'Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly including the signature.'

export const faults = {
  network: { status: 403, code: 'AuthorizationFailure', text: 'This request is not authorized to perform this operation.' },
  permission: {
    status: 403,
    code: 'AuthorizationPermissionMismatch',
    text: 'This request is not authorized to perform this operation using this permission.',
  },
  keysOff: {
    status: 403,
    code: 'KeyBasedAuthenticationNotPermitted',
    text: 'Key based authentication is not permitted on this storage account.',
  },
  noToken: { status: 401, code: 'NoAuthenticationInformation', text: signIn },
  badToken: {
    status: 401,
    code: 'InvalidAuthenticationInfo',
    text: signIn,
    detail: 'Signature, issuer, audience or time of the token is not valid.',
  },
  badUri: { status: 400, code: 'InvalidUri', text: 'The requested URI does not represent any resource on the server.' },
  gone: { status: 404, code: 'ResourceNotFound', text: 'The specified resource does not exist.' },
  signature: (detail: string): StorageFault => ({ status: 403, code: 'AuthenticationFailed', text: badSignature, detail }),
  /** Not Azure's: the simulator says plainly what it does not have. */
  notSimulated: (what: string): StorageFault => ({
    status: 501,
    code: 'NotImplemented',
    text: `The simulated storage does not take ${what}.`,
  }),
} as const

export function faultResponse(service: StorageService, fault: StorageFault, now: number): CloudResponse {
  const requestId = randomUUID()
  const time = new Date(now).toISOString()
  const message = `${fault.text}\nRequestId:${requestId}\nTime:${time}`
  const headers: Record<string, string> = {
    'x-ms-request-id': requestId,
    'x-ms-version': '2021-12-02',
    'x-ms-error-code': fault.code,
    date: new Date(now).toUTCString(),
    ...(fault.status === 401
      ? {
          'www-authenticate': `Bearer authorization_uri=https://login.microsoftonline.com/${tenant}/oauth2/authorize resource_id=https://storage.azure.com`,
        }
      : {}),
  }
  if (service === 'table')
    return {
      status: fault.status,
      headers: { ...headers, 'content-type': 'application/json;odata=minimalmetadata;streaming=true;charset=utf-8' },
      body: JSON.stringify({ 'odata.error': { code: fault.code, message: { lang: 'en-US', value: message } } }),
    }
  const detail = fault.detail === undefined ? '' : `<AuthenticationErrorDetail>${escapeXml(fault.detail)}</AuthenticationErrorDetail>`
  return {
    status: fault.status,
    headers: { ...headers, 'content-type': 'application/xml' },
    body: `\uFEFF<?xml version="1.0" encoding="utf-8"?><Error><Code>${fault.code}</Code><Message>${escapeXml(message)}</Message>${detail}</Error>`,
  }
}

const escapeXml = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

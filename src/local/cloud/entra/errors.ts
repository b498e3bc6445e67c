// Entra's error answers: code, OAuth error, status and text as the real ones have them. Clients show the text to people and switch on the
// number, so both are taken from answers that people have published.
// https://learn.microsoft.com/entra/identity-platform/reference-error-codes

import { randomUUID } from 'node:crypto'
import type { CloudResponse } from '../http.ts'

const kinds = {
  invalid_request: 400,
  unauthorized_client: 400,
  invalid_scope: 400,
  unsupported_grant_type: 400,
  invalid_client: 401,
} as const

export type EntraFault = { readonly code: number; readonly error: keyof typeof kinds; readonly text: string }

const see = 'https://learn.microsoft.com/entra/workload-id/workload-identity-federation'
const check = `Check your federated identity credential Subject, Audience and Issuer against the presented assertion. ${see}`

export const faults = {
  tenantNotFound: (tenant: string): EntraFault => ({
    code: 90002,
    error: 'invalid_request',
    text: `Tenant '${tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.`,
  }),
  missing: (parameter: string): EntraFault => ({
    code: 900144,
    error: 'invalid_request',
    text: `The request body must contain the following parameter: '${parameter}'.`,
  }),
  grant: (grant: string): EntraFault => ({
    code: 70003,
    error: 'unsupported_grant_type',
    text: `The app requested an unsupported grant type '${grant}'.`,
  }),
  scope: (scope: string): EntraFault => ({
    code: 1002012,
    error: 'invalid_scope',
    text: `The provided value for scope ${scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).`,
  }),
  unknownApp: (appId: string, directory: string): EntraFault => ({
    code: 700016,
    error: 'unauthorized_client',
    text: `Application with identifier '${appId}' was not found in the directory '${directory}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.`,
  }),
  wrongSecret: (appId: string): EntraFault => ({
    code: 7000215,
    error: 'invalid_client',
    text: `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${appId}'.`,
  }),
  noCredential: (): EntraFault => ({
    code: 7000218,
    error: 'invalid_client',
    text: "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
  }),
  malformedAssertion: (): EntraFault => ({
    code: 50027,
    error: 'invalid_request',
    text: 'JWT token is invalid or malformed.',
  }),
  /** Nothing matches, or what matches has not spread yet: the two look the same from outside. */
  noMatch: (issuer: string, subject: string, audience: string): EntraFault => ({
    code: 70021,
    error: 'invalid_request',
    text: `No matching federated identity record found for presented assertion. Assertion Issuer: '${issuer}'. Assertion Subject: '${subject}'. Assertion Audience: '${audience}'. ${see}`,
  }),
  noIssuer: (issuer: string): EntraFault => ({
    code: 700211,
    error: 'invalid_client',
    text: `No matching federated identity record found for presented assertion issuer '${issuer}'. ${check}`,
  }),
  noAudience: (audience: string): EntraFault => ({
    code: 700212,
    error: 'invalid_client',
    text: `No matching federated identity record found for presented assertion audience '${audience}'. ${check}`,
  }),
  noSubject: (subject: string): EntraFault => ({
    code: 700213,
    error: 'invalid_client',
    text: `No matching federated identity record found for presented assertion subject '${subject}'. ${check}`,
  }),
  subjectCase: (subject: string): EntraFault => ({
    code: 7002138,
    error: 'invalid_client',
    text: `No matching federated identity record found for presented assertion subject '${subject}'. The subject matches with case-insensitive comparison, but not with case-sensitive comparison. ${check}`,
  }),
  outsideTime: (now: Date, from: Date, until: Date): EntraFault => ({
    code: 700024,
    error: 'invalid_client',
    text: `Client assertion is not within its valid time range. Current time: ${now.toISOString()}, assertion valid from ${from.toISOString()}, expiry time of assertion ${until.toISOString()}. Review the documentation at https://learn.microsoft.com/entra/identity-platform/certificate-credentials .`,
  }),
  issuerUnreachable: (): EntraFault => ({ code: 90061, error: 'invalid_request', text: 'Request to External OIDC endpoint failed.' }),
  unknownKey: (kid: string, issuer: string): EntraFault => ({
    code: 7000272,
    error: 'invalid_client',
    text: `The certificate with identifier ${kid} used to sign the federated credential could not be found in the metadata of identity provider ${issuer}. Please validate that your Identity Provider's metadata exposes the key used to sign the incoming token.`,
  }),
  badSignature: (): EntraFault => ({
    code: 700027,
    error: 'invalid_client',
    text: 'Client assertion failed signature validation.',
  }),
} as const

export function faultResponse(fault: EntraFault, now: number): CloudResponse {
  const timestamp = `${new Date(now).toISOString().slice(0, 19).replace('T', ' ')}Z`
  const trace = randomUUID()
  const correlation = randomUUID()
  const body = {
    error: fault.error,
    error_description: `AADSTS${fault.code}: ${fault.text} Trace ID: ${trace} Correlation ID: ${correlation} Timestamp: ${timestamp}`,
    error_codes: [fault.code],
    timestamp,
    trace_id: trace,
    correlation_id: correlation,
    error_uri: `https://login.microsoftonline.com/error?code=${fault.code}`,
  }
  return { status: kinds[fault.error], headers: { 'cache-control': 'no-store, no-cache', pragma: 'no-cache' }, body }
}

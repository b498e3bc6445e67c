// What clients read before they ask for a token: instance discovery, OpenID metadata and signing keys, in the v1.0 and v2.0 forms.
// https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc

import type { JWK } from 'jose'
import type { CloudRequest, CloudResponse } from '../http.ts'
import { tenant } from './directory.ts'
import { faultResponse, faults } from './errors.ts'

const host = 'https://login.microsoftonline.com'
export const issuer = `https://sts.windows.net/${tenant}/`

/** The names under which the one tenant is asked for. */
export const isOurs = (name: string): boolean =>
  name.toLowerCase() === tenant || name === 'common' || name === 'organizations' || name === 'contoso.onmicrosoft.com'

const instances = {
  api_version: '1.1',
  metadata: [
    {
      preferred_network: 'login.microsoftonline.com',
      preferred_cache: 'login.windows.net',
      aliases: ['login.microsoftonline.com', 'login.windows.net', 'login.microsoft.com', 'sts.windows.net'],
    },
  ],
}

const openIdMetadata = (asked: string, v2: boolean) => ({
  token_endpoint: `${host}/${asked}/oauth2${v2 ? '/v2.0' : ''}/token`,
  token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
  jwks_uri: `${host}/${asked}/discovery${v2 ? '/v2.0' : ''}/keys`,
  response_modes_supported: ['query', 'fragment', 'form_post'],
  subject_types_supported: ['pairwise'],
  id_token_signing_alg_values_supported: ['RS256'],
  response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
  scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
  issuer: v2 ? `${host}/${tenant}/v2.0` : issuer,
  authorization_endpoint: `${host}/${asked}/oauth2${v2 ? '/v2.0' : ''}/authorize`,
  tenant_region_scope: 'EU',
  cloud_instance_name: 'microsoftonline.com',
  cloud_graph_host_name: 'graph.windows.net',
  msgraph_host: 'graph.microsoft.com',
  rbac_url: 'https://pas.windows.net',
})

/** Answers what is metadata; undefined = something else was asked for. */
export function metadata(request: CloudRequest, key: JWK, now: number): CloudResponse | undefined {
  if (request.method !== 'GET') return undefined
  const path = request.url.pathname
  if (path === '/common/discovery/instance') {
    const asked = request.url.searchParams.get('authorization_endpoint')?.split('/')[3] ?? tenant
    return { status: 200, body: { tenant_discovery_endpoint: `${host}/${asked}/v2.0/.well-known/openid-configuration`, ...instances } }
  }
  const [, asked = '', rest = ''] = /^\/([^/]+)\/(.*)$/.exec(path) ?? []
  const answer =
    rest === '.well-known/openid-configuration'
      ? openIdMetadata(asked, false)
      : rest === 'v2.0/.well-known/openid-configuration'
        ? openIdMetadata(asked, true)
        : rest === 'discovery/keys' || rest === 'discovery/v2.0/keys'
          ? { keys: [{ ...key, issuer: rest === 'discovery/keys' ? issuer : `${host}/${tenant}/v2.0` }] }
          : undefined
  if (!answer) return undefined
  return isOurs(asked) ? { status: 200, body: answer } : faultResponse(faults.tenantNotFound(asked), now)
}

// The simulated Microsoft Entra ID: tokens for client credentials (a federated assertion or a client secret), metadata, and the check
// of a token that the other services ask for.
//
// The surprising part: every access token is a version 1.0 one (issuer sts.windows.net), as those for ARM and Storage are, whichever
// endpoint it was got from. https://learn.microsoft.com/entra/identity-platform/access-tokens

import { createHash, randomUUID, timingSafeEqual } from 'node:crypto'
import { jwtVerify, SignJWT } from 'jose'
import type { CloudRequest, CloudResponse, CloudService } from '../http.ts'
import type { World } from '../world.ts'
import { type Principal, principalByAppId, principalByOid, rolesFor, sameAudience, tenant } from './directory.ts'
import { faultResponse, faults } from './errors.ts'
import { refuse } from './federation.ts'
import { signingKey } from './keys.ts'
import { isOurs, issuer, metadata } from './metadata.ts'

export { tenant } from './directory.ts'

export type Claims = {
  readonly oid: string
  readonly appid: string
  readonly tid: string
  readonly aud: string
  readonly roles: readonly string[]
  readonly exp: number
  readonly sub: string
}

export type Entra = {
  readonly service: CloudService
  /** `authorization` = the header, `Bearer …`. Undefined = no token, or one that is not good for any of `audiences`. */
  verify(authorization: string | undefined, audiences: readonly string[]): Promise<Claims | undefined>
  token(principal: { readonly oid: string }, audience: string): Promise<string>
}

/**
 * An application's own token is about the application. The subject of a person is another one for each application, and never the object id:
 * https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference#payload-claims
 */
const subjectOf = ({ kind, oid }: Principal, audience: string): string =>
  kind === 'user' ? createHash('sha256').update(`${oid} ${audience}`).digest('base64url') : oid

const hosts = ['login.microsoftonline.com', 'login.windows.net', 'login.microsoft.com', 'sts.windows.net']
const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** Managed identities get a day, all others an hour. */
const lifetime = (principal: Pick<Principal, 'kind'>): number => (principal.kind === 'managed-identity' ? 86_400 : 3_600)

export async function createEntra(
  world: World,
  { dispatch }: { readonly dispatch: (request: CloudRequest) => Promise<CloudResponse> },
): Promise<Entra> {
  const key = await signingKey(world)
  const seconds = (): number => Math.floor(world.clock.now() / 1000)
  const verified = new Map<string, Claims>()

  const sign = (principal: Principal, audience: string): Promise<string> =>
    new SignJWT({
      appid: principal.appId,
      appidacr: principal.kind === 'user' ? '0' : '2',
      idp: issuer,
      ...(principal.kind === 'user' ? { upn: principal.name, name: principal.name } : { idtyp: 'app' }),
      oid: principal.oid,
      roles: rolesFor(principal, audience),
      tid: tenant,
      uti: randomUUID(),
      ver: '1.0',
      ...(principal.resourceId ? { xms_mirid: principal.resourceId } : {}),
    })
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: key.kid, x5t: key.kid })
      .setIssuer(issuer)
      .setSubject(subjectOf(principal, audience))
      .setAudience(audience)
      .setIssuedAt(seconds())
      .setNotBefore(seconds())
      .setExpirationTime(seconds() + lifetime(principal))
      .sign(key.privateKey)

  async function issue(request: CloudRequest): Promise<CloudResponse> {
    const form = new URLSearchParams(request.body.toString('utf8'))
    const fail = (fault: Parameters<typeof faultResponse>[0]): CloudResponse => faultResponse(fault, world.clock.now())
    for (const parameter of ['grant_type', 'client_id', 'scope']) if (!form.get(parameter)) return fail(faults.missing(parameter))
    const [grant, clientId, scope] = [form.get('grant_type') ?? '', form.get('client_id') ?? '', form.get('scope') ?? '']
    if (grant !== 'client_credentials') return fail(faults.grant(grant))
    const audience = scope
      .split(' ')
      .find((each) => each.endsWith('/.default'))
      ?.slice(0, -'/.default'.length)
    if (!audience) return fail(faults.scope(scope))
    const principal = principalByAppId(world, clientId)
    if (!principal) return fail(faults.unknownApp(clientId, tenant))
    const assertion = form.get('client_assertion')
    const secret = form.get('client_secret')
    if (assertion !== null) {
      if (form.get('client_assertion_type') !== assertionType) return fail(faults.missing('client_assertion_type'))
      const fault = await refuse(world, dispatch, principal, assertion)
      if (fault) return fail(fault)
    } else if (secret === null) return fail(faults.noCredential())
    else if (!principal.secrets?.some((each) => sameText(each, secret))) return fail(faults.wrongSecret(clientId))
    const life = lifetime(principal) - 1
    return {
      status: 200,
      headers: { 'cache-control': 'no-store, no-cache', pragma: 'no-cache' },
      body: { token_type: 'Bearer', expires_in: life, ext_expires_in: life, access_token: await sign(principal, audience) },
    }
  }

  return {
    service: {
      name: 'entra',
      owns: (hostname) => hosts.includes(hostname.toLowerCase()),
      async handle(request) {
        const known = metadata(request, key.publicJwk, world.clock.now())
        if (known) return known
        const [, asked] = /^\/([^/]+)\/oauth2\/v2\.0\/token$/.exec(request.url.pathname) ?? []
        if (!asked) return { status: 404, body: 'The simulated Entra has metadata, keys and /{tenant}/oauth2/v2.0/token only.' }
        if (request.method !== 'POST') return { status: 405, headers: { allow: 'POST' } }
        if (!isOurs(asked)) return faultResponse(faults.tenantNotFound(asked), world.clock.now())
        return issue(request)
      },
    },

    async verify(authorization, audiences) {
      const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization ?? '')?.[1]
      if (!token) return undefined
      let claims = verified.get(token)
      if (!claims) {
        try {
          // Only the signature: `exp` is looked at below, each time. `nbf` is not: MSAL's process-wide cache may hand a token from a
          // world that was further in (virtual) time to a later one.
          const options = { issuer, algorithms: ['RS256'], currentDate: new Date(world.clock.now()), clockTolerance: 1e9 }
          claims = (await jwtVerify<Claims>(token, key.publicKey, options)).payload
        } catch {
          return undefined
        }
        if (verified.size >= 1000) verified.clear()
        verified.set(token, claims)
      }
      const { aud, exp } = claims
      return exp > seconds() && audiences.some((each) => sameAudience(each, aud)) ? claims : undefined
    },

    async token({ oid }, audience) {
      const principal = principalByOid(world, oid)
      if (!principal) throw new Error(`The simulated directory has no principal '${oid}' (yet)`)
      return sign(principal, audience)
    },
  }
}

function sameText(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}

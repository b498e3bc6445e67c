// The token proxy of clusters with identity bindings: a pod with the annotation sends its sign-in there instead of to Entra ID. The proxy checks the
// token of the ServiceAccount, the binding and `use-managed-identity` in the cluster, and signs in with a token of the managed identity's own issuer.
// https://learn.microsoft.com/azure/aks/identity-bindings-concepts The words of its refusals are not documented.
import { bindingAudience, bindingIssuer, bindingIssuerHost, bindingSubject, bindingsOf } from '../arm/identity-binding.ts'
import type { CloudRequest, CloudResponse, CloudService } from '../http.ts'
import type { World } from '../world.ts'
import { accountMay } from './rbac.ts'
import { documentsOf, issuerKey, signToken } from './service-account-tokens.ts'
import { type Cluster, clustersOf, storeOf } from './store.ts'

export const tokenProxyAudience = 'api://AKSIdentityBinding'
export const useIdentity = { verb: 'use-managed-identity', group: 'cid.wi.aks.azure.com' } as const

const suffix = '.ests.aks'
export const tokenProxyHost = ({ uid }: Pick<Cluster, 'uid'>): string => `${uid.toLowerCase()}${suffix}`

type Verify = (
  cluster: Cluster,
  token: string,
  audience: string,
) => Promise<{ readonly namespace: string; readonly name: string } | undefined>

export function createTokenProxy(world: World, verify: Verify, dispatch: (request: CloudRequest) => Promise<CloudResponse>): CloudService {
  const at = (hostname: string): Cluster | undefined =>
    [...clustersOf(world).values()].find((cluster) => tokenProxyHost(cluster) === hostname.toLowerCase())

  async function handle(request: CloudRequest): Promise<CloudResponse> {
    const cluster = at(request.url.hostname)
    if (!cluster) return { status: 0 }
    const form = new URLSearchParams(request.body.toString('utf8'))
    const clientId = (form.get('client_id') ?? '').toLowerCase()
    const account = await verify(cluster, form.get('client_assertion') ?? '', tokenProxyAudience)
    if (!account) return denied(401, `the assertion is not a token of this cluster for ${tokenProxyAudience}`)
    const binding = bindingsOf(world, cluster.id).find((one) => one.clientId.toLowerCase() === clientId)
    if (binding?.state !== 'Succeeded') return denied(403, `no identity binding of this cluster has client id ${clientId}`)
    if (!accountMay(storeOf(world, cluster.id), account, { ...useIdentity, resource: clientId }))
      return denied(403, `system:serviceaccount:${account.namespace}:${account.name} may not use-managed-identity ${clientId}`)
    const issuer = bindingIssuer(binding.clientId)
    const now = Math.floor(world.clock.now() / 1000)
    const claims = { iss: issuer, sub: bindingSubject, aud: bindingAudience, iat: now, nbf: now, exp: now + 600, jti: world.uuid() }
    form.set('client_assertion', signToken(await issuerKey(world), claims))
    const url = new URL(`https://login.microsoftonline.com${request.url.pathname}`)
    return dispatch({ ...request, url, body: Buffer.from(form.toString()) })
  }

  return { name: 'token-proxy', owns: (hostname) => at(hostname) !== undefined, handle }
}

const denied = (status: number, why: string): CloudResponse => ({
  status,
  body: { error: 'unauthorized_client', error_description: `The token proxy of the cluster refused: ${why}.` },
})

/** The public documents of an identity's issuer; `undefined`: another host's. */
export async function bindingIssuerDocument(world: World, url: URL): Promise<CloudResponse | undefined> {
  if (url.hostname !== bindingIssuerHost) return undefined
  const [, issuer, document] = /^(.*?)\/(\.well-known\/openid-configuration|openid\/v1\/jwks)$/.exec(`${url.origin}${url.pathname}`) ?? []
  if (issuer === undefined) return { status: 404, body: 'The specified resource does not exist.' }
  return documentsOf(issuer, `${issuer}/openid/v1/jwks`, document === 'openid/v1/jwks', await issuerKey(world))
}

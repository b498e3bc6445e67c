// ServiceAccount tokens, their keys, and the public OIDC documents from which Entra reads them.
// https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#bound-service-account-tokens
import { createHash, createPrivateKey, createPublicKey, generateKeyPair, type JsonWebKey, sign } from 'node:crypto'
import { promisify } from 'node:util'
import { compactVerify, importSPKI } from 'jose'
import type { CloudResponse } from '../http.ts'
import type { World } from '../world.ts'
import type { KubernetesObject } from './object.ts'
import { clustersOf } from './store.ts'

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

async function freshKey(): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

/** Of the issuers of identity bindings: one key for all of them. */
export async function issuerKey(world: World): Promise<string> {
  const keys = world.table<string>('identity-binding-keys')
  const made = keys.get('issuer') ?? (await freshKey())
  const pem = keys.get('issuer') ?? made
  keys.set('issuer', pem)
  return pem
}

/** Made when first needed: RSA keys are slow to make, and most simulated clusters never sign anything. */
async function signingKey(world: World, id: string): Promise<string> {
  const known = clustersOf(world).get(id)?.signingKey
  if (known !== undefined) return known
  const pem = await freshKey()
  const cluster = clustersOf(world).get(id)
  if (!cluster) throw new Error(`There is no cluster ${id}`)
  if (cluster.signingKey !== undefined) return cluster.signingKey // another call was faster
  clustersOf(world).set(id, { ...cluster, signingKey: pem })
  return pem
}

const keyId = (pem: string): string =>
  createHash('sha256')
    .update(createPublicKey(pem).export({ type: 'spki', format: 'der' }))
    .digest('base64url')

export async function serviceAccountToken(
  world: World,
  cluster: string,
  account: KubernetesObject,
  of: { readonly issuer: string; readonly audiences: readonly string[]; readonly seconds: number },
): Promise<string> {
  const pem = await signingKey(world, cluster)
  const now = Math.floor(world.clock.now() / 1000)
  const { name, namespace, uid } = account.metadata
  const claims = {
    aud: of.audiences,
    exp: now + of.seconds,
    iat: now,
    iss: of.issuer,
    jti: world.uuid(),
    'kubernetes.io': { namespace, serviceaccount: { name, uid } },
    nbf: now,
    sub: `system:serviceaccount:${namespace}:${name}`,
  }
  return signToken(pem, claims)
}

export function signToken(pem: string, claims: object): string {
  const signed = `${part({ alg: 'RS256', kid: keyId(pem) })}.${part(claims)}`
  return `${signed}.${sign('sha256', Buffer.from(signed), createPrivateKey(pem)).toString('base64url')}`
}

/** Whose token it is; `undefined`: it is not a valid one of this cluster for the audience. */
export async function accountOfToken(
  world: World,
  cluster: string,
  token: string,
  audience: string,
): Promise<{ readonly namespace: string; readonly name: string } | undefined> {
  const key = createPublicKey(await signingKey(world, cluster))
    .export({ type: 'spki', format: 'pem' })
    .toString()
  const verified = await compactVerify(token, await importSPKI(key, 'RS256')).catch(() => undefined)
  if (!verified) return undefined
  const { aud, exp, sub } = JSON.parse(Buffer.from(verified.payload).toString()) as {
    readonly aud: readonly string[]
    readonly exp: number
    readonly sub: string
  }
  const [, , namespace, name] = sub.split(':')
  if (!aud.includes(audience) || exp * 1000 <= world.clock.now() || namespace === undefined || name === undefined) return undefined
  return { namespace, name }
}

const publicKeys = (pem: string): readonly JsonWebKey[] => [
  { ...createPublicKey(pem).export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: keyId(pem) },
]

/** `<issuer>/.well-known/openid-configuration` and `<issuer>/openid/v1/jwks`. */
export async function issuerDocument(world: World, clusterOf: (issuer: string) => string | undefined, url: URL): Promise<CloudResponse> {
  const [, base, document] = /^(.*?\/)(\.well-known\/openid-configuration|openid\/v1\/jwks)$/.exec(`${url.origin}${url.pathname}`) ?? []
  const id = base === undefined ? undefined : clusterOf(base)
  if (base === undefined || id === undefined) return { status: 404, body: 'The specified resource does not exist.' }
  return documentsOf(base, `${base}openid/v1/jwks`, document === 'openid/v1/jwks', await signingKey(world, id))
}

/** `isKeys`: the keys; otherwise the metadata that lead to them. */
export const documentsOf = (issuer: string, keysAt: string, isKeys: boolean, pem: string): CloudResponse => ({
  status: 200,
  body: isKeys
    ? { keys: publicKeys(pem) }
    : {
        issuer,
        jwks_uri: keysAt,
        response_types_supported: ['id_token'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
      },
})

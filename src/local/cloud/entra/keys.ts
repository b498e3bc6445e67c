// Entra's signing key. It is part of the world, as JWK, so that tokens stay valid over a restart.
//
// The surprising part: worlds of one process share the key that is made there. Making one takes a tenth of a second and a test run has
// hundreds of worlds; and MSAL's managed identity tokens outlive a world (see managed-identity.ts). No harm: what a token may do is looked
// up in its world.

import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose'
import type { World } from '../world.ts'

export type SigningKey = { readonly kid: string; readonly privateKey: CryptoKey; readonly publicKey: CryptoKey; readonly publicJwk: JWK }

let made: Promise<JWK> | undefined

async function makeKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  const jwk = await exportJWK(privateKey)
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), alg: 'RS256', use: 'sig' }
}

export async function signingKey(world: World): Promise<SigningKey> {
  const table = world.table<JWK>('entra-keys')
  let jwk = table.get('signing')
  if (!jwk) {
    made ??= makeKey()
    jwk = await made
    table.set('signing', jwk)
  }
  const { kty, n, e, kid, alg, use } = jwk
  if (!kty || !n || !e || !kid) throw new Error("The world's signing key of Entra is no RSA key")
  const publicJwk = { kty, n, e, kid, alg, use } as JWK
  return {
    kid,
    publicJwk,
    privateKey: (await importJWK(jwk, 'RS256')) as CryptoKey,
    publicKey: (await importJWK(publicJwk, 'RS256')) as CryptoKey,
  }
}

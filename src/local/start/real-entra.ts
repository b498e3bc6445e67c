// What App Service authentication does in Azure, for `--azure`: a caller's token is checked with the tenant's own signing keys.
// https://learn.microsoft.com/entra/identity-platform/access-tokens#validate-tokens
//
// Version 1.0 and 2.0 tokens have different issuers and audiences; which one comes is decided by the app registration, not by the caller.

import { Agent, request } from 'node:https'
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey, jwtVerify } from 'jose'
import type { Claims, Entra } from '../cloud/entra/entra.ts'

const host = 'https://login.microsoftonline.com'
/** Unknown keys do not cause reads more often than this. */
const refreshEvery = 60_000

export function realEntra(tenant: string, audiences: readonly string[], env: NodeJS.ProcessEnv): Pick<Entra, 'verify'> {
  const agent = new Agent({ keepAlive: true, proxyEnv: env })
  let keys: { readonly find: JWTVerifyGetKey; readonly at: number } | undefined
  const load = async (): Promise<JWTVerifyGetKey> => {
    const find = createLocalJWKSet(await getJson<JSONWebKeySet>(`${host}/${tenant}/discovery/v2.0/keys`, agent))
    keys = { find, at: Date.now() }
    return find
  }
  const issuer = [`https://sts.windows.net/${tenant}/`, `${host}/${tenant}/v2.0`]

  const check = async (token: string, find: JWTVerifyGetKey): Promise<Claims> => {
    const options = { issuer, audience: [...audiences], algorithms: ['RS256'], requiredClaims: ['exp', 'oid'], clockTolerance: 300 }
    const { payload } = await jwtVerify<Omit<Claims, 'appid' | 'roles'> & { appid?: string; azp?: string; roles?: string[] }>(
      token,
      find,
      options,
    )
    return { ...payload, appid: payload.appid ?? payload.azp ?? '', roles: payload.roles ?? [] }
  }

  return {
    async verify(authorization) {
      const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization ?? '')?.[1]
      if (token === undefined) return undefined
      try {
        return await check(token, keys?.find ?? (await load()))
      } catch (error) {
        // The tenant rolls its keys now and then. Anything else is not good: fail closed.
        const rolled = error instanceof errors.JWKSNoMatchingKey && Date.now() - (keys?.at ?? 0) > refreshEvery
        return rolled ? await check(token, await load()).catch(() => undefined) : undefined
      }
    },
  }
}

function getJson<T>(url: string, agent: Agent): Promise<T> {
  return new Promise((done, failed) => {
    const asked = request(url, { agent, timeout: 10_000 }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('error', failed)
      response.on('end', () => {
        if (response.statusCode !== 200) return failed(new Error(`${url} answered ${response.statusCode}`))
        try {
          done(JSON.parse(Buffer.concat(parts).toString()) as T)
        } catch (error) {
          failed(error as Error)
        }
      })
    })
    asked.on('timeout', () => asked.destroy(new Error(`${url} did not answer within 10 s`)))
    asked.on('error', failed)
    asked.end()
  })
}

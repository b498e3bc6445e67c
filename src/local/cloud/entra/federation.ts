// Workload identity federation: is this outside token one that the identity trusts, and is it genuine? Entra reads the issuer's published
// keys over the network, as it does for a real cluster: an issuer that answers wrongly is found out here.
// https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations

import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, errors, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose'
import type { CloudRequest, CloudResponse } from '../http.ts'
import type { World } from '../world.ts'
import { credentialsOf, type FederatedCredential, type Principal } from './directory.ts'
import { type EntraFault, faults } from './errors.ts'

type Dispatch = (request: CloudRequest) => Promise<CloudResponse>

/** The fault for which the assertion is refused; undefined = it is good. */
export async function refuse(world: World, dispatch: Dispatch, principal: Principal, assertion: string): Promise<EntraFault | undefined> {
  let claims: JWTPayload
  let kid: string
  try {
    claims = decodeJwt(assertion)
    kid = decodeProtectedHeader(assertion).kid ?? ''
  } catch {
    return faults.malformedAssertion()
  }
  const { iss = '', sub = '' } = claims
  const audience = [claims.aud ?? ''].flat()[0] ?? ''
  const now = world.clock.now()
  const mismatch = unmatched(credentialsOf(world, principal), iss, sub, audience, now)
  if (mismatch) return mismatch

  const from = (claims.nbf ?? claims.iat ?? 0) * 1000
  const until = (claims.exp ?? 0) * 1000
  const skew = 5 * 60_000
  if (now < from - skew || now >= until + skew) return faults.outsideTime(new Date(now), new Date(from), new Date(until))

  const keys = await publishedKeys(dispatch, iss)
  if (!keys) return faults.issuerUnreachable()
  try {
    await jwtVerify(assertion, createLocalJWKSet(keys), { algorithms: ['RS256'], currentDate: new Date(now), clockTolerance: skew / 1000 })
    return undefined
  } catch (error) {
    return error instanceof errors.JWKSNoMatchingKey ? faults.unknownKey(kid, iss) : faults.badSignature()
  }
}

function unmatched(
  all: readonly FederatedCredential[],
  issuer: string,
  subject: string,
  audience: string,
  now: number,
): EntraFault | undefined {
  const effective = all.filter((each) => each.effectiveAt <= now)
  const matches = (each: FederatedCredential): boolean =>
    each.issuer === issuer && each.subject === subject && each.audiences.includes(audience)
  if (effective.some(matches)) return undefined
  if (effective.length === 0 || all.some(matches)) return faults.noMatch(issuer, subject, audience)
  const ofIssuer = effective.filter((each) => each.issuer === issuer)
  if (ofIssuer.length === 0) return faults.noIssuer(issuer)
  if (ofIssuer.some((each) => each.subject === subject)) return faults.noAudience(audience)
  const otherCase = ofIssuer.some((each) => each.subject.toLowerCase() === subject.toLowerCase())
  return otherCase ? faults.subjectCase(subject) : faults.noSubject(subject)
}

async function publishedKeys(dispatch: Dispatch, issuer: string): Promise<JSONWebKeySet | undefined> {
  try {
    const metadata = (await readJson(dispatch, `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`)) as Record<string, unknown>
    if (metadata['issuer'] !== issuer) return undefined
    return (await readJson(dispatch, String(metadata['jwks_uri']))) as JSONWebKeySet
  } catch {
    return undefined
  }
}

async function readJson(dispatch: Dispatch, url: string): Promise<unknown> {
  const answer = await dispatch({ method: 'GET', url: new URL(url), headers: {}, body: Buffer.alloc(0), location: 'internet' })
  if (answer.status !== 200) throw new Error(`${url} answered ${answer.status}`)
  return Buffer.isBuffer(answer.body) || typeof answer.body === 'string' ? JSON.parse(answer.body.toString()) : answer.body
}

// Federated identity credentials of a user-assigned identity: at most 20, written one at a time, effective after a while
// (https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations).

import { type FederatedCredential, federatedCredentials } from '../entra/directory.ts'
import { latencies } from '../latencies.ts'
import type { World } from '../world.ts'
import { type ArmError, refuse, resourceNotFound } from './errors.ts'
import { keyOf } from './ids.ts'
import { createOverlapGuard } from './overlap.ts'
import { type Body, type Call, objectOf, type Provider, page, textOf } from './provider.ts'
import type { Resource } from './resources.ts'
import { type Buckets, createBuckets } from './throttling.ts'
import { findIdentity, identityType } from './user-assigned-identity.ts'

const parent = `/subscriptions/{subscription}/resourceGroups/{group}/providers/${identityType}/{name}`
const list = `${parent}/federatedIdentityCredentials`
const path = `${list}/{credential}`
const most = 20
/** Per identity (https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/known-issues); the burst is a guess. */
const limit = { burst: 8, perSecond: 0.25 }

function identityOf(call: Call): Resource {
  const id = call.path.slice(0, call.path.toLowerCase().indexOf('/federatedidentitycredentials'))
  const found = findIdentity(call.world, id)
  if (!found) throw resourceNotFound(identityType, call.parameters['name'] ?? '', call.parameters['group'] ?? '')
  return found
}

const of = (world: World, identity: Resource): FederatedCredential[] =>
  [...federatedCredentials(world).values()].filter(({ identityId }) => keyOf(identityId) === keyOf(identity.id))

const keyIn = (identity: Resource, name: string): string => `${keyOf(identity.id)}/${name.toLowerCase()}`

export function removeCredentialsOf(world: World, identityId: string): void {
  const prefix = `${keyOf(identityId)}/`
  for (const key of [...federatedCredentials(world).keys()]) if (key.startsWith(prefix)) federatedCredentials(world).delete(key)
}

const idOf = ({ identityId, name }: FederatedCredential): string => `${identityId}/federatedIdentityCredentials/${name}`
const bodyOf = (credential: FederatedCredential): object => ({
  id: idOf(credential),
  name: credential.name,
  type: `${identityType}/federatedIdentityCredentials`,
  properties: { issuer: credential.issuer, subject: credential.subject, audiences: credential.audiences },
})

const bad = (message: string): ArmError => refuse(400, 'BadRequest', message)

function read(call: Call, identity: Resource): FederatedCredential {
  const name = call.parameters['credential'] ?? ''
  const properties: Body = objectOf(call.body['properties'])
  const [issuer, subject] = [textOf(properties['issuer']), textOf(properties['subject'])]
  const audiences = properties['audiences']
  if (!/^[a-zA-Z0-9][\w-]{2,119}$/.test(name)) throw bad(`Federated Identity Credential name '${name}' is invalid.`)
  if (!issuer || !subject) throw bad('Federated Identity Credential from HTTP body has empty properties')
  if (!Array.isArray(audiences) || audiences.length !== 1 || typeof audiences[0] !== 'string')
    throw bad('Federated identity credentials must have exactly one audience.')
  if (issuer.length > 600 || subject.length > 600)
    throw bad('The issuer and the subject of a federated identity credential have at most 600 characters.')
  const effectiveAt = call.world.clock.now() + latencies(call.world).federatedCredential * (0.3 + 0.7 * call.world.random())
  return { identityId: identity.id, name, issuer, subject, audiences: [audiences[0]], effectiveAt }
}

function write(call: Call) {
  const identity = identityOf(call)
  const credential = read(call, identity)
  const others = of(call.world, identity).filter(({ name }) => name.toLowerCase() !== credential.name.toLowerCase())
  // matched exactly, case included
  if (others.some(({ issuer, subject }) => issuer === credential.issuer && subject === credential.subject))
    throw bad('Issuer and subject combination already exists for this Managed Identity.')
  // the code and text of this one are not known
  if (others.length >= most) throw bad(`Too many Federated Identity Credentials for this Managed Identity: at most ${most} are allowed.`)
  const key = keyIn(identity, credential.name)
  const before = federatedCredentials(call.world).get(key)
  const same =
    before &&
    before.issuer === credential.issuer &&
    before.subject === credential.subject &&
    before.audiences[0] === credential.audiences[0]
  const stored = same ? before : credential
  federatedCredentials(call.world).set(key, stored)
  return before ? { status: 200, body: bodyOf(stored) } : { status: 201, headers: { location: idOf(stored) }, body: bodyOf(stored) }
}

function remove(call: Call) {
  return { status: federatedCredentials(call.world).delete(keyIn(identityOf(call), call.parameters['credential'] ?? '')) ? 200 : 204 }
}

export function federatedCredentialsProvider(): Provider {
  const alone = createOverlapGuard()
  let buckets: Buckets | undefined
  const written = (call: Call, work: (call: Call) => { readonly status: number }) => {
    const identity = identityOf(call)
    buckets ??= createBuckets(call.world.clock)
    const taken = buckets.take(keyOf(identity.id), limit.burst, limit.perSecond)
    if ('wait' in taken)
      throw refuse(429, 'TooManyRequests', 'Too many requests for this managed identity.', {}, { 'retry-after': String(taken.wait) })
    const refusal = (): ArmError =>
      refuse(
        409,
        'ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity',
        `Too many Federated Identity Credentials are written concurrently for the managed identity '${identity.id}'. Concurrent Federated Identity Credentials writes under the same managed identity are not supported.`,
      )
    return alone(keyOf(identity.id), refusal, () => work(call))
  }
  return {
    namespace: 'Microsoft.ManagedIdentity',
    routes: [
      { method: 'GET', path: list, handle: (call) => page(call, of(call.world, identityOf(call)).map(bodyOf)) },
      {
        method: 'GET',
        path,
        handle: (call) => {
          const found = federatedCredentials(call.world).get(keyIn(identityOf(call), call.parameters['credential'] ?? ''))
          if (found) return { status: 200, body: bodyOf(found) }
          const { name = '', credential = '', group = '' } = call.parameters
          throw resourceNotFound(`${identityType}/federatedIdentityCredentials`, `${name}/${credential}`, group)
        },
      },
      { method: 'PUT', path, handle: (call) => written(call, write) },
      { method: 'DELETE', path, handle: (call) => written(call, remove) },
    ],
  }
}

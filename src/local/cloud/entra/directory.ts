// The directory: who exists, and which outside tokens an identity trusts. Plain tables, written also by the simulated ARM
// (managed identities and their federated credentials); this file only says their form and how Entra looks things up.
//
// The surprising part: what is written is not seen at once. A principal is there from `visibleAt`, a credential from `effectiveAt`.

import type { World } from '../world.ts'

/** The simulated tenant. */
export const tenant = '6f1d3c52-8a0e-4b57-9d21-3e7c5a94b0f8'

export type Principal = {
  readonly oid: string
  /** The client id. */
  readonly appId: string
  readonly kind: 'managed-identity' | 'app' | 'user'
  readonly name: string
  readonly resourceId?: string
  readonly createdAt: number
  readonly visibleAt: number
  readonly deleted?: boolean
  /** By audience (an application id URI such as `api://connector`): the app roles that this principal has there. */
  readonly appRoles?: Readonly<Record<string, readonly string[]>>
  /** Client secrets of an app registration. */
  readonly secrets?: readonly string[]
}

export type FederatedCredential = {
  readonly identityId: string
  readonly name: string
  readonly issuer: string
  readonly subject: string
  readonly audiences: readonly string[]
  readonly effectiveAt: number
}

/** Key = object id. */
export const principals = (world: World): Map<string, Principal> => world.table<Principal>('principals')

/** Key = `<lower-cased identity id>/<name>`. */
export const federatedCredentials = (world: World): Map<string, FederatedCredential> =>
  world.table<FederatedCredential>('federated-credentials')

const isThere = (world: World, principal: Principal | undefined): principal is Principal =>
  principal !== undefined && !principal.deleted && principal.visibleAt <= world.clock.now()

export function principalByOid(world: World, oid: string): Principal | undefined {
  const found = principals(world).get(oid)
  return isThere(world, found) ? found : undefined
}

export function principalByAppId(world: World, appId: string): Principal | undefined {
  for (const principal of principals(world).values())
    if (principal.appId.toLowerCase() === appId.toLowerCase() && isThere(world, principal)) return principal
  return undefined
}

/** All credentials of an identity, those that are not effective yet among them. */
export function credentialsOf(world: World, principal: Principal): readonly FederatedCredential[] {
  const id = principal.resourceId?.toLowerCase()
  return id === undefined ? [] : [...federatedCredentials(world).values()].filter((each) => each.identityId.toLowerCase() === id)
}

/** An audience names a resource with or without a slash at its end. */
export const sameAudience = (one: string, other: string): boolean => one.replace(/\/$/, '') === other.replace(/\/$/, '')

export const rolesFor = (principal: Principal, audience: string): readonly string[] =>
  Object.entries(principal.appRoles ?? {})
    .filter(([of]) => sameAudience(of, audience))
    .flatMap(([, roles]) => roles)

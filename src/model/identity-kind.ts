// What an identity's loop is about. Only a managed identity is a resource that the app can read, create or add credentials to.
import { addonOf } from './addon-identity.ts'
import type { Loop } from './loop.ts'
import { servicePrincipalOf } from './service-principal.ts'

export type IdentityKind = 'managed' | 'principal' | 'addon'

export function identityKindOf(loop: Pick<Loop, 'id'>): IdentityKind {
  if (servicePrincipalOf(loop) !== undefined) return 'principal'
  return addonOf(loop) === undefined ? 'managed' : 'addon'
}

// A service principal that an author provides with its client secret. It is not an ARM resource, so its loop is named after its object id, to which
// roles are assigned. The client id belongs to the connection: only its author states that the two belong together.
import { type Loop, loop } from './loop.ts'

export type ServicePrincipal = { readonly clientId: string; readonly principalId: string }

const prefix = '/servicePrincipals/'

export const servicePrincipalLoop = ({ principalId }: ServicePrincipal): Loop<'identity'> => loop('identity', `${prefix}${principalId}`)

/** The object id, if the loop is that of a service principal; every other identity is an ARM resource. */
export const servicePrincipalOf = ({ id }: Pick<Loop, 'id'>): string | undefined =>
  id.startsWith(prefix) ? id.slice(prefix.length) : undefined

/** Only a pattern that begins with this word matches service principals. */
export const principalPrefix = 'servicePrincipals'

/** How policy patterns see it, in place of `subscription/group/name`. */
export const shortPrincipal = ({ clientId, principalId }: ServicePrincipal): string => `${principalPrefix}/${clientId}/${principalId}`

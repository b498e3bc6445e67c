// A service principal that an author brings along with its client secret. It is no resource of ARM, so its loop is named by its object id, which is
// what roles are assigned to. The client id belongs to the connection: only its author says that the two belong together.
import { type Loop, loop } from './loop.ts'

export type ServicePrincipal = { readonly clientId: string; readonly principalId: string }

/** Where a secret lies that an author gave: `https://<vault>.vault.azure.net/secrets/<name>`, and its version. Never its value. */
export type SecretRef = { readonly id: string; readonly version: string }

const prefix = '/servicePrincipals/'

export const servicePrincipalLoop = ({ principalId }: ServicePrincipal): Loop<'identity'> => loop('identity', `${prefix}${principalId}`)

/** The object id, where the loop is that of a service principal; every other identity is a resource of ARM. */
export const servicePrincipalOf = ({ id }: Pick<Loop, 'id'>): string | undefined =>
  id.startsWith(prefix) ? id.slice(prefix.length) : undefined

/** Only a pattern that begins with this word matches service principals. */
export const principalPrefix = 'servicePrincipals'

/** As patterns of policies see it, in place of `subscription/group/name`. */
export const shortPrincipal = ({ clientId, principalId }: ServicePrincipal): string => `${principalPrefix}/${clientId}/${principalId}`

// The `authInfo` of a linker's body: how the connection signs in, with which identity and roles. A raw secret is wrapped at once, and no validation
// issue repeats a value that could be one.
import type { z } from 'zod'
import type { ConnectionInput } from '../declare/connection-input.ts'
import type { Secret } from '../model/secret.ts'
import type { ServicePrincipal } from '../model/service-principal.ts'
import { sanitize } from '../model/validation-issue.ts'
import { type AddIssue, identitySchema, type Properties, parsedAs, principalSchema, secretSchema } from './body.ts'

/** A provided identity as Azure Service Connector names it; the handler looks up its ARM id. */
type IdentityRef = { readonly clientId: string; readonly subscriptionId?: string }
export type LinkerAuth = Pick<ConnectionInput, 'auth' | 'identity' | 'roles'> & {
  readonly identityRef?: IdentityRef
  readonly servicePrincipal?: ServicePrincipal
  /** A raw secret, wrapped; the handler writes it to the Key Vault, and nothing else ever reads it. */
  readonly rawSecret?: Secret<string>
}

export function authOf({ authInfo }: Properties, addIssue: AddIssue): LinkerAuth {
  const type = authInfo?.authType.toLowerCase()
  if (!authInfo || type === undefined) return {}
  if (type === 'secret') {
    const read = parsedAs(secretSchema, authInfo, addIssue)
    if (read?.name || read?.secretInfo)
      addIssue('authInfo.secretInfo', 'the key of this target is read from Azure, none can be provided', 'leave out name and secretInfo')
    if (read?.authMode === 'optOutAllAuth')
      addIssue(
        'authInfo.authMode',
        'a secret cannot be opted out of, nothing would be left of the connection',
        'optInAllAuth, or authType userAssignedIdentity',
      )
    return { auth: 'secret' }
  }
  if (type === 'userassignedidentity') return identityAuthOf(authInfo, addIssue)
  if (type === 'serviceprincipalsecret') return principalAuthOf(authInfo, addIssue)
  addIssue(
    'authInfo.authType',
    `'${sanitize(authInfo.authType)}' is not supported by this version`,
    'secret, servicePrincipalSecret, or userAssignedIdentity (on AKS this is workload identity)',
  )
  return {}
}

function principalAuthOf(authInfo: object, addIssue: AddIssue): LinkerAuth {
  const read = parsedAs(principalSchema, authInfo, addIssue)
  if (!read) return {}
  return {
    auth: 'service-principal',
    servicePrincipal: { clientId: read.clientId.toLowerCase(), principalId: read.principalId.toLowerCase() },
    ...(read.secret ? { rawSecret: read.secret } : {}),
    ...rolesOf(read, addIssue),
  }
}

function identityAuthOf(authInfo: object, addIssue: AddIssue): LinkerAuth {
  const read = parsedAs(identitySchema, authInfo, addIssue)
  if (!read) return {}
  if (read.subscriptionId && !read.clientId && !read.identityId)
    addIssue(
      'authInfo.clientId',
      'it is missing beside subscriptionId',
      'the client id of the identity; leave out both and an identity is made',
    )
  const named = read.identityId
    ? { identity: read.identityId }
    : read.clientId
      ? { identityRef: { clientId: read.clientId, ...(read.subscriptionId ? { subscriptionId: read.subscriptionId } : {}) } }
      : {}
  return {
    auth: 'workload-identity',
    ...named,
    ...rolesOf(read, addIssue),
  }
}

type OfBoth = Pick<z.infer<typeof identitySchema>, 'authMode' | 'roles' | 'userName' | 'deleteOrUpdateBehavior'>

/** What managed identities and service principals have in common. */
function rolesOf({ authMode: mode, roles, userName, deleteOrUpdateBehavior }: OfBoth, addIssue: AddIssue): Pick<LinkerAuth, 'roles'> {
  if (userName) addIssue('authInfo.userName', 'users of databases are not made by this version', 'leave it out')
  if (deleteOrUpdateBehavior === 'ForcedCleanup')
    addIssue('authInfo.deleteOrUpdateBehavior', 'what others made is never deleted', 'Default, or leave it out')
  const optOut = mode === 'optOutAllAuth'
  const isNamed = roles && roles.length > 0
  if (optOut && isNamed) addIssue('authInfo.roles', 'with authMode optOutAllAuth no role is assigned', 'leave out one of the two')
  return optOut ? { roles: [] } : isNamed ? { roles } : {}
}

// The `authInfo` of a linker, in its three forms: how one is read and how one is answered. A raw secret is closed before anything can see it, and no
// issue repeats a value that could be one.
import * as z from 'zod'
import type { Auth } from '../model/auth.ts'
import type { Connection } from '../model/connection.ts'
import type { IdentityFacts } from '../model/facts.ts'
import type { Secret } from '../model/secret.ts'
import type { KeptSecret } from '../model/secret-ref.ts'
import type { ServicePrincipal } from '../model/service-principal.ts'
import { sanitize, type ValidationIssue } from '../model/validation-issue.ts'

/** A provided identity as Azure Service Connector names it; the handler finds its ARM id. */
type IdentityRef = { readonly clientId: string; readonly subscriptionId?: string }
export type LinkerAuth = {
  readonly auth?: Auth
  readonly identity?: string
  readonly roles?: readonly string[]
  /** How the identity trusts the pods, as its author wrote it. */
  readonly federation?: string
  readonly identityRef?: IdentityRef
  readonly servicePrincipal?: ServicePrincipal
  /** Of the user that the raw secret belongs to. */
  readonly userName?: string
  /** Where a secret of the author's is kept. `vault`: absent where the body names it elsewhere. */
  readonly keptSecret?: Omit<KeptSecret, 'vault'> & Partial<Pick<KeptSecret, 'vault'>>
  /** A raw secret, closed; the handler hands it to the Key Vault, and nothing else ever sees it. */
  readonly rawSecret?: Secret<string>
}

export type Wire = {
  readonly authType: string
  /** `targetService.resourceProperties` that ask for it, where `authType` alone does not tell. */
  readonly resourceProperties?: Readonly<Record<string, string | boolean>>
  /** With what in words, where that is not plain: for the list of all. */
  readonly note?: string
  /** Its form, for the OpenAPI document; `from` parses by it. */
  readonly schema: z.ZodObject
  from(authInfo: object, addIssue: AddIssue): LinkerAuth
  /** Never with a secret. What is answered can be put again and changes nothing. */
  to(connection: Connection, identity: Partial<IdentityFacts>): object
}

export type AddIssue = (field: string, message: string, hint: string) => void

const docs = 'as docs/http-api.md shows it'
export const issuesOf = (error: z.ZodError, below: string): readonly ValidationIssue[] =>
  error.issues.slice(0, 20).map((issue) => {
    const field = sanitize([below, ...issue.path.map(String)].filter((part) => part !== '').join('.')) || 'body'
    return { field, message: sanitize(issue.message), hint: docs }
  })

export function parsedAs<T>(schema: z.ZodType<T>, authInfo: unknown, addIssue: AddIssue): T | undefined {
  const parsed = schema.safeParse(authInfo)
  if (parsed.success) return parsed.data
  for (const { field, message, hint } of issuesOf(parsed.error, 'authInfo')) addIssue(field, message, hint)
  return undefined
}

export const text = z.string().max(2048)
export const anything = z.unknown().optional()
export const authMode = z.enum(['optInAllAuth', 'optOutAllAuth']).nullish()

/** The fields of everything that roles can be assigned to. */
export const withRoles = {
  authType: text,
  authMode,
  roles: z.array(text).max(50).nullish(),
  userName: anything,
  deleteOrUpdateBehavior: z.enum(['Default', 'ForcedCleanup']).nullish(),
}
type WithRoles = z.infer<z.ZodObject<typeof withRoles>>

export function rolesOf(
  { authMode: mode, roles, userName, deleteOrUpdateBehavior }: Omit<WithRoles, 'authType'>,
  addIssue: AddIssue,
): Pick<LinkerAuth, 'roles'> {
  if (userName) addIssue('authInfo.userName', 'the app names the users of databases itself', 'leave it out')
  if (deleteOrUpdateBehavior === 'ForcedCleanup')
    addIssue('authInfo.deleteOrUpdateBehavior', 'what others made is never deleted', 'Default, or leave it out')
  const optOut = mode === 'optOutAllAuth'
  const isNamed = roles && roles.length > 0
  if (optOut && isNamed) addIssue('authInfo.roles', 'with authMode optOutAllAuth no role is assigned', 'leave out one of the two')
  return optOut ? { roles: [] } : isNamed ? { roles } : {}
}

export const modeOf = ({ roles }: Connection): string => (roles.length > 0 ? 'optInAllAuth' : 'optOutAllAuth')

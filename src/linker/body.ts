// The schema of a linker's body as people and Azure Service Connector's tools send it: which fields there are, before their meaning is known. Loose
// where those tools send fields without meaning; fields with content that have no meaning here are refused by name in request.ts.
import * as z from 'zod'
import { secret } from '../model/secret.ts'
import { sanitize, type ValidationIssue } from '../model/validation-issue.ts'

const text = z.string().max(2048)
const anything = z.unknown().optional()
const guid = z.guid()
const action = z.enum(['enable', 'optOut']).nullish()
const cleanUp = z.enum(['Default', 'ForcedCleanup']).nullish()
const authMode = z.enum(['optInAllAuth', 'optOutAllAuth']).nullish()

export const bodySchema = z.looseObject({
  properties: z.strictObject({
    targetService: z.looseObject({ type: text, id: text.nullish(), resourceProperties: anything }),
    authInfo: z.looseObject({ authType: text }).nullish(),
    clientType: text.nullish(),
    scope: text.nullish(),
    vNetSolution: z.looseObject({ type: text.nullish() }).nullish(),
    secretStore: z.looseObject({ keyVaultId: text.nullish() }).nullish(),
    publicNetworkSolution: z.looseObject({ action, firewallRules: anything, deleteOrUpdateBehavior: cleanUp }).nullish(),
    configurationInfo: z
      .looseObject({ action, customizedKeys: z.record(z.string().max(253), text).nullish(), deleteOrUpdateBehavior: cleanUp })
      .nullish(),
    /** Specific to this app: Azure Service Connector has only one transport. */
    kubernetesTransport: text.nullish(),
    // Fields of answers that no one can set.
    provisioningState: anything,
    kubernetesResourceName: anything,
    origin: anything,
    problems: anything,
    warning: anything,
    timeline: anything,
  }),
})
export type Properties = z.infer<typeof bodySchema>['properties']

export const secretSchema = z.strictObject({ authType: text, authMode, name: anything, secretInfo: anything })

export const identitySchema = z.strictObject({
  authType: text,
  authMode,
  clientId: guid.nullish(),
  subscriptionId: guid.nullish(),
  /** Specific to this app: the ARM id; Azure Service Connector has only the client id. */
  identityId: text.nullish(),
  roles: z.array(text).max(50).nullish(),
  userName: anything,
  deleteOrUpdateBehavior: cleanUp,
})

export const principalSchema = z.strictObject({
  authType: text,
  authMode,
  clientId: guid,
  principalId: guid,
  /** Key Vault takes 25 KB. If left out, the previous secret stays. */
  secret: z.string().min(1).max(25_000).transform(secret).nullish(),
  roles: z.array(text).max(50).nullish(),
  userName: anything,
  deleteOrUpdateBehavior: cleanUp,
})

export type AddIssue = (field: string, wrong: string, write: string) => void

const docs = 'as docs/http-api.md shows it'
export const issuesOf = (error: z.ZodError, below: string): readonly ValidationIssue[] =>
  error.issues.slice(0, 20).map((issue) => {
    const field = sanitize([below, ...issue.path.map(String)].filter((part) => part !== '').join('.')) || 'body'
    return { field, wrong: sanitize(issue.message), write: docs }
  })

export function parsedAs<T>(schema: z.ZodType<T>, authInfo: unknown, addIssue: AddIssue): T | undefined {
  const parsed = schema.safeParse(authInfo)
  if (parsed.success) return parsed.data
  for (const { field, wrong, write } of issuesOf(parsed.error, 'authInfo')) addIssue(field, wrong, write)
  return undefined
}

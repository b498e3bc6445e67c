// The wire format of the original, `Microsoft.ServiceLinker/linkers`: its body -> what is asked for, and what is desired -> its body.
// https://learn.microsoft.com/rest/api/servicelinker/linker/create-or-update
// What this version cannot do is refused by name: an answer that silently did less would be a lie. No complaint repeats a value that could be
// a secret, and no body that we answer holds one. What GET answers can be PUT again and changes nothing.
import { z } from 'zod'
import type { Asked, Complaint, Field, Read } from './asked.ts'
import { shown } from './asked.ts'
import { type Connection, linkerId } from './connection.ts'
import type { ConnectionFacts, IdentityFacts } from './facts.ts'
import { secretName, serviceAccountName } from './names.ts'
import { parseResourceId, resourceId } from './resource-id.ts'
import { type Secret, secret } from './secret.ts'
import type { ServicePrincipal } from './service-principal.ts'
import { exampleOf, ownerOf, type TargetType, targetTypeOf } from './target-type.ts'

export const apiVersions = ['2022-05-01', '2022-11-01-preview', '2023-04-01-preview', '2024-04-01', '2024-07-01-preview'] as const

export const linkerFields: Readonly<Record<Field, string>> = {
  name: 'name',
  namespace: 'properties.scope',
  workload: 'workload',
  auth: 'properties.authInfo.authType',
  client: 'properties.clientType',
  identity: 'properties.authInfo.identityId',
  roles: 'properties.authInfo.roles',
  customizedKeys: 'properties.configurationInfo.customizedKeys',
  transport: 'properties.kubernetesTransport',
}

/** A given identity as the original names it; the door finds its ARM id. */
type IdentityRef = { readonly clientId: string; readonly subscriptionId?: string }
export type LinkerAsk = Pick<
  Asked,
  'type' | 'targetOwner' | 'namespace' | 'auth' | 'client' | 'identity' | 'roles' | 'firewall' | 'customizedKeys' | 'transport'
> & {
  readonly identityRef?: IdentityRef
  readonly servicePrincipal?: ServicePrincipal
  /** A raw secret, closed; the door hands it to the Key Vault, and nothing else ever sees it. */
  readonly rawSecret?: Secret<string>
}

const text = z.string().max(2048)
const anything = z.unknown().optional()
const guid = z.guid()
const action = z.enum(['enable', 'optOut']).nullish()
const cleanUp = z.enum(['Default', 'ForcedCleanup']).nullish()
const authMode = z.enum(['optInAllAuth', 'optOutAllAuth']).nullish()

const bodySchema = z.looseObject({
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
    /** Of ours: the original knows one way into a cluster only. */
    kubernetesTransport: text.nullish(),
    // What we answer and nobody can set.
    provisioningState: anything,
    kubernetesResourceName: anything,
    origin: anything,
    problems: anything,
    warning: anything,
    timeline: anything,
  }),
})
const secretSchema = z.strictObject({ authType: text, authMode, name: anything, secretInfo: anything })
const identitySchema = z.strictObject({
  authType: text,
  authMode,
  clientId: guid.nullish(),
  subscriptionId: guid.nullish(),
  /** Of ours: the ARM id, where the original has only the client id. */
  identityId: text.nullish(),
  roles: z.array(text).max(50).nullish(),
  userName: anything,
  deleteOrUpdateBehavior: cleanUp,
})

const principalSchema = z.strictObject({
  authType: text,
  authMode,
  clientId: guid,
  principalId: guid,
  /** Key Vault takes 25 KB. Left out, the one given before stays. */
  secret: z.string().min(1).max(25_000).transform(secret).nullish(),
  roles: z.array(text).max(50).nullish(),
  userName: anything,
  deleteOrUpdateBehavior: cleanUp,
})

type Properties = z.infer<typeof bodySchema>['properties']
type Auth = Pick<LinkerAsk, 'auth' | 'identity' | 'identityRef' | 'roles' | 'servicePrincipal' | 'rawSecret'>
type Complain = (field: string, wrong: string, write: string) => void

export function askOf(body: unknown, types: readonly TargetType[]): Read<LinkerAsk> {
  const complaints: Complaint[] = []
  const complain: Complain = (field, wrong, write) => void complaints.push({ field: `properties.${field}`, wrong, write })
  const parsed = bodySchema.safeParse(body)
  if (!parsed.success) return { complaints: complaintsOf(parsed.error, '') }
  const { properties } = parsed.data
  const target = targetOf(properties, types, complain)
  const auth = authOf(properties, complain)
  refuseLeftOut(properties, complain)
  if (!target || complaints.length > 0) return { complaints }
  const keys = properties.configurationInfo?.customizedKeys
  return {
    value: {
      ...target,
      ...auth,
      namespace: properties.scope ?? undefined,
      client: properties.clientType ?? undefined,
      firewall: properties.publicNetworkSolution?.action === 'optOut' ? 'keep' : 'open',
      ...(keys ? { customizedKeys: keys } : {}),
      ...(properties.kubernetesTransport ? { transport: properties.kubernetesTransport } : {}),
    },
  }
}

const docs = 'as docs/http-api.md shows it'
const complaintsOf = (error: z.ZodError, below: string): readonly Complaint[] =>
  error.issues.slice(0, 20).map((issue) => {
    const field = shown([below, ...issue.path.map(String)].filter((part) => part !== '').join('.')) || 'body'
    return { field, wrong: shown(issue.message), write: docs }
  })

function targetOf(
  { targetService }: Properties,
  types: readonly TargetType[],
  complain: Complain,
): Pick<LinkerAsk, 'type' | 'targetOwner'> | undefined {
  if (targetService.type.toLowerCase() !== 'azureresource')
    complain('targetService.type', `'${shown(targetService.type)}' cannot be connected by this version`, 'AzureResource')
  if (targetService.resourceProperties)
    complain('targetService.resourceProperties', 'it has no meaning for the targets of this version', 'leave it out')
  const id = parseResourceId(targetService.id)
  const type = id && targetTypeOf(id, types)
  const targetOwner = id && type && ownerOf(id, type)
  if (type && targetOwner !== undefined) return { type, targetOwner }
  const known = types.map((other) => `${exampleOf(other)} (${other.displayName})`).join(', or ')
  complain('targetService.id', `'${shown(targetService.id ?? '')}' is not the id of a resource that can be connected`, known)
  return undefined
}

function authOf({ authInfo }: Properties, complain: Complain): Auth {
  const type = authInfo?.authType.toLowerCase()
  if (!authInfo || type === undefined) return {}
  if (type === 'secret') {
    const read = parsedAs(secretSchema, authInfo, complain)
    if (read?.name || read?.secretInfo)
      complain('authInfo.secretInfo', 'the key of this target is read from Azure, none can be given', 'leave out name and secretInfo')
    if (read?.authMode === 'optOutAllAuth')
      complain(
        'authInfo.authMode',
        'a secret cannot be opted out of, nothing would be left of the connection',
        'optInAllAuth, or authType userAssignedIdentity',
      )
    return { auth: 'secret' }
  }
  if (type === 'userassignedidentity') return identityAuthOf(authInfo, complain)
  if (type === 'serviceprincipalsecret') return principalAuthOf(authInfo, complain)
  complain(
    'authInfo.authType',
    `'${shown(authInfo.authType)}' is not supported by this version`,
    'secret, servicePrincipalSecret, or userAssignedIdentity (on AKS this is workload identity)',
  )
  return {}
}

function principalAuthOf(authInfo: object, complain: Complain): Auth {
  const read = parsedAs(principalSchema, authInfo, complain)
  if (!read) return {}
  return {
    auth: 'service-principal',
    servicePrincipal: { clientId: read.clientId.toLowerCase(), principalId: read.principalId.toLowerCase() },
    ...(read.secret ? { rawSecret: read.secret } : {}),
    ...rolesOf(read, complain),
  }
}

function identityAuthOf(authInfo: object, complain: Complain): Auth {
  const read = parsedAs(identitySchema, authInfo, complain)
  if (!read) return {}
  if (read.subscriptionId && !read.clientId && !read.identityId)
    complain(
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
    ...rolesOf(read, complain),
  }
}

type OfBoth = Pick<z.infer<typeof identitySchema>, 'authMode' | 'roles' | 'userName' | 'deleteOrUpdateBehavior'>

/** What managed identities and service principals have in common. */
function rolesOf({ authMode: mode, roles, userName, deleteOrUpdateBehavior }: OfBoth, complain: Complain): Pick<Auth, 'roles'> {
  if (userName) complain('authInfo.userName', 'users of databases are not made by this version', 'leave it out')
  if (deleteOrUpdateBehavior === 'ForcedCleanup')
    complain('authInfo.deleteOrUpdateBehavior', 'what others made is never deleted', 'Default, or leave it out')
  const optOut = mode === 'optOutAllAuth'
  const isNamed = roles && roles.length > 0
  if (optOut && isNamed) complain('authInfo.roles', 'with authMode optOutAllAuth no role is assigned', 'leave out one of the two')
  return optOut ? { roles: [] } : isNamed ? { roles } : {}
}

function parsedAs<T>(schema: z.ZodType<T>, authInfo: unknown, complain: Complain): T | undefined {
  const parsed = schema.safeParse(authInfo)
  if (parsed.success) return parsed.data
  for (const { field, wrong, write } of complaintsOf(parsed.error, 'authInfo')) complain(field, wrong, write)
  return undefined
}

function refuseLeftOut(properties: Properties, complain: Complain): void {
  const { vNetSolution, secretStore, publicNetworkSolution: network, configurationInfo: configuration } = properties
  const leaveOut = 'leave it out'
  if (vNetSolution?.type) complain('vNetSolution', 'service endpoints and private links are not supported by this version', leaveOut)
  if (secretStore?.keyVaultId) complain('secretStore', 'keeping the secret in a Key Vault is not supported by this version', leaveOut)
  if (network && asksForRules(network.firewallRules))
    complain('publicNetworkSolution.firewallRules', "only the cluster's own outbound addresses are let in", leaveOut)
  if (network?.deleteOrUpdateBehavior === 'ForcedCleanup')
    complain('publicNetworkSolution.deleteOrUpdateBehavior', 'what others made is never deleted', 'Default, or leave it out')
  if (!configuration) return
  if (configuration.action === 'optOut')
    complain(
      'configurationInfo.action',
      'opting out of configuration (configinfo) is not supported: the Secret is the connection',
      'enable, or leave it out',
    )
  if (configuration.deleteOrUpdateBehavior === 'ForcedCleanup')
    complain('configurationInfo.deleteOrUpdateBehavior', 'what others made is never deleted', 'Default, or leave it out')
  for (const name of ['additionalConfigurations', 'additionalConnectionStringProperties', 'configurationStore', 'daprProperties'])
    if (hasContent(configuration[name])) complain(`configurationInfo.${name}`, 'it is not supported by this version', leaveOut)
}

const hasContent = (value: unknown): boolean =>
  value !== undefined && value !== null && (typeof value !== 'object' || Object.values(value).some(hasContent))
/** The original's tools write `azureServices: "false"` where nothing is asked for. */
const asksForRules = (rules: unknown): boolean =>
  typeof rules === 'object' && rules !== null && Object.values(rules).some((rule) => hasContent(rule) && rule !== false && rule !== 'false')

/** What is known of a connection besides what is desired. */
export type Shown = {
  readonly provisioningState: string
  readonly facts: Partial<ConnectionFacts>
  readonly identity: Partial<IdentityFacts>
  readonly problems: readonly unknown[]
  readonly warning?: string | undefined
  /** Absent in lists. */
  readonly timeline?: readonly unknown[]
}

export function linkerOf(connection: Connection, { provisioningState, facts, identity, problems, warning, timeline }: Shown): object {
  const account =
    facts.serviceAccount ??
    (connection.auth === 'workload-identity' && identity.clientId ? serviceAccountName(identity.clientId) : undefined)
  return {
    id: linkerId(connection.cluster.id, connection.name),
    name: connection.name,
    type: 'microsoft.servicelinker/linkers',
    properties: {
      targetService: { type: 'AzureResource', id: connection.targetId },
      authInfo: wireAuth(connection, identity),
      clientType: connection.client,
      scope: connection.namespace,
      publicNetworkSolution: { action: connection.firewall === 'keep' ? 'optOut' : 'enable' },
      ...(connection.customizedKeys ? { configurationInfo: { action: 'enable', customizedKeys: connection.customizedKeys } } : {}),
      ...(connection.transport === 'direct' ? {} : { kubernetesTransport: connection.transport }),
      provisioningState,
      kubernetesResourceName: {
        secret: facts.secretName ?? secretName(connection.name),
        ...(account === undefined ? {} : { serviceAccount: account }),
      },
      origin: connection.origin,
      problems,
      ...(warning === undefined ? {} : { warning }),
      ...(timeline === undefined ? {} : { timeline }),
    },
  }
}

function wireAuth(connection: Connection, identity: Partial<IdentityFacts>): object {
  if (connection.auth === 'secret') return { authType: 'secret', authMode: 'optInAllAuth' }
  const mode = connection.roles.length > 0 ? 'optInAllAuth' : 'optOutAllAuth'
  // Without the secret: put again like this, the one that is kept stays.
  if (connection.servicePrincipal)
    return { authType: 'servicePrincipalSecret', authMode: mode, ...connection.servicePrincipal, roles: connection.roles }
  // The client id of an identity that we made is left out: put again, it would mean an identity that its author brings along.
  const given = connection.given && connection.identity ? resourceId(connection.identity.id) : undefined
  return {
    authType: 'userAssignedIdentity',
    authMode: mode,
    ...(given
      ? { identityId: given.id, subscriptionId: given.subscription, ...(identity.clientId ? { clientId: identity.clientId } : {}) }
      : {}),
    roles: connection.roles,
  }
}

// Turns the body of a linker into connection input. What this version cannot do is refused by name: an answer that silently did less would be a lie.

import { authTypeNamed, isFetched } from '../auth/catalogue.ts'
import { type AddIssue, issuesOf, type LinkerAuth } from '../auth/wire.ts'
import type { ConnectionInput } from '../declare/connection-input.ts'
import { parseResourceId } from '../model/resource-id.ts'
import type { KeptSecret } from '../model/secret-ref.ts'
import type { TargetType } from '../model/target-type.ts'
import type { Read, ValidationIssue } from '../model/validation-issue.ts'
import { authOf } from './auth.ts'
import { bodySchema, type Properties } from './body.ts'
import { extensionIn } from './resource-properties.ts'
import { targetOf } from './target-service.ts'

export type LinkerRequest = Omit<LinkerAuth, 'keptSecret'> &
  Pick<
    ConnectionInput,
    | 'type'
    | 'target'
    | 'keptSecret'
    | 'namespace'
    | 'client'
    | 'firewall'
    | 'customizedKeys'
    | 'keyNaming'
    | 'shape'
    | 'dapr'
    | 'additionalConfigurations'
    | 'vaultObjects'
    | 'kubernetesExtension'
    | 'additionalConnectionStringProperties'
    | 'transport'
    | 'paused'
    | 'onDelete'
  >

export function parseLinkerBody(body: unknown, types: readonly TargetType[]): Read<LinkerRequest> {
  const issues: ValidationIssue[] = []
  const addIssue: AddIssue = (field, message, hint) => void issues.push({ field: `properties.${field}`, message, hint })
  const parsed = bodySchema.safeParse(body)
  if (!parsed.success) return { issues: issuesOf(parsed.error, '') }
  const { properties } = parsed.data
  const target = targetOf(properties, types, addIssue)
  const auth = authOf(properties, addIssue)
  if (target && auth.auth && authTypeNamed(auth.auth).wire.resourceProperties && !target.type.auth.includes(auth.auth))
    addIssue(
      'targetService.resourceProperties',
      `auth ${auth.auth} is not offered for ${target.type.type} by this version`,
      `leave it out; ${target.type.type} has ${target.type.auth.join(', ')}`,
    )
  if (target) refuseSecret(auth, target, addIssue)
  const keptSecret = keptIn(auth, properties, addIssue)
  const byExtension = extensionIn(properties.targetService.resourceProperties, addIssue)
  refuseUnsupported(properties, addIssue)
  if (!target || issues.length > 0) return { issues }
  const {
    customizedKeys: keys,
    keyNaming,
    shape,
    daprProperties,
    additionalConfigurations: added,
    additionalConnectionStringProperties: appended,
  } = properties.configurationInfo ?? {}
  return {
    value: {
      ...target,
      ...auth,
      keptSecret,
      namespace: properties.scope ?? undefined,
      client: properties.clientType ?? undefined,
      firewall: properties.publicNetworkSolution?.action === 'optOut' ? 'keep' : 'open',
      ...(keys ? { customizedKeys: keys } : {}),
      ...(keyNaming ? { keyNaming } : {}),
      ...(shape ? { shape } : {}),
      ...(daprProperties && hasContent(daprProperties) ? { dapr: daprOf(daprProperties) } : {}),
      ...(added ? { additionalConfigurations: added } : {}),
      ...(properties.secretProviderClass?.objects ? { vaultObjects: properties.secretProviderClass.objects } : {}),
      ...(byExtension ? { kubernetesExtension: true } : {}),
      ...(appended ? { additionalConnectionStringProperties: appended } : {}),
      ...(properties.kubernetesTransport ? { transport: properties.kubernetesTransport } : {}),
      paused: properties.paused === true,
      onDelete: properties.onDelete ?? undefined,
    },
  }
}

/** Where Azure gives out the credential, none can be provided. */
function refuseSecret(
  { auth, userName, rawSecret, keptSecret }: LinkerAuth,
  { type }: Pick<ConnectionInput, 'type'>,
  addIssue: AddIssue,
): void {
  if (auth === undefined || !isFetched({ auth, type }) || !(userName || rawSecret || keptSecret)) return
  addIssue('authInfo.secretInfo', 'the key of this target is read from Azure, none can be provided', 'leave out name and secretInfo')
}

/** A reference names the secret, and `secretStore` its vault. */
function keptIn({ keptSecret }: LinkerAuth, { secretStore }: Properties, addIssue: AddIssue): KeptSecret | undefined {
  const vaultId = secretStore?.keyVaultId ?? undefined
  const id = vaultId === undefined ? undefined : parseResourceId(vaultId)
  if (vaultId !== undefined && !keptSecret)
    addIssue('secretStore', 'keeping the secret in a Key Vault is not supported by this version', 'leave it out')
  if (!keptSecret) return undefined
  const vault = keptSecret.vault ?? (id?.type === 'microsoft.keyvault/vaults' ? id.name : undefined)
  if (vault !== undefined && (id === undefined || id.name.toLowerCase() === vault.toLowerCase()))
    return { ...keptSecret, vault: vault.toLowerCase() }
  addIssue(
    'secretStore.keyVaultId',
    'the vault of the secret is missing, or another one than that of the secret',
    'the id of the Key Vault: /subscriptions/<subscription>/resourceGroups/<group>/providers/Microsoft.KeyVault/vaults/<name>',
  )
  return undefined
}

function refuseUnsupported(properties: Properties, addIssue: AddIssue): void {
  const { vNetSolution, publicNetworkSolution: network, configurationInfo: configuration } = properties
  const leaveOut = 'leave it out'
  if (vNetSolution?.type)
    addIssue(
      'vNetSolution',
      'service endpoints and private endpoints are not made by this app',
      "leave it out. Where the cluster's network has a private endpoint or a service endpoint of its own for the target, write publicNetworkSolution: { action: 'optOut' }; otherwise the cluster's outbound addresses are let in",
    )
  if (network && asksForRules(network.firewallRules))
    addIssue('publicNetworkSolution.firewallRules', "only the cluster's own outbound addresses are let in", leaveOut)
  if (network?.deleteOrUpdateBehavior === 'ForcedCleanup')
    addIssue('publicNetworkSolution.deleteOrUpdateBehavior', 'what others made is never deleted', 'Default, or leave it out')
  if (!configuration) return
  if (configuration.action === 'optOut')
    addIssue(
      'configurationInfo.action',
      'opting out of configuration (configinfo) is not supported: the Secret is the connection',
      'enable, or leave it out',
    )
  if (configuration.deleteOrUpdateBehavior === 'ForcedCleanup')
    addIssue('configurationInfo.deleteOrUpdateBehavior', 'what others made is never deleted', 'Default, or leave it out')
  if (configuration.daprProperties) refuseSecretsOf(configuration.daprProperties, addIssue)
  if (hasContent(configuration['configurationStore']))
    addIssue('configurationInfo.configurationStore', 'it is not supported by this version', leaveOut)
}

type Dapr = NonNullable<NonNullable<Properties['configurationInfo']>['daprProperties']>

const daprOf = ({ componentType, version, metadata, scopes }: Dapr): ConnectionInput['dapr'] => ({
  componentType: componentType ?? undefined,
  version: version ?? undefined,
  metadata: (metadata ?? []).flatMap(({ name, value }) => (value == null ? [] : [{ name, value }])),
  scopes: scopes ?? [],
})

/** Secrets of a component are those that the app writes. */
function refuseSecretsOf({ secretStoreComponent, metadata }: Dapr, addIssue: AddIssue): void {
  const field = 'configurationInfo.daprProperties'
  if (secretStoreComponent)
    addIssue(`${field}.secretStoreComponent`, 'what a component needs of secrets is in a Secret that the app writes', 'leave it out')
  if (metadata?.some(({ secretRef }) => secretRef))
    addIssue(`${field}.metadata`, 'a secret that the app does not write cannot be referred to', 'leave out secretRef')
}

const hasContent = (value: unknown): boolean =>
  value !== undefined && value !== null && (typeof value !== 'object' || Object.values(value).some(hasContent))
/** Azure Service Connector's tools write `azureServices: "false"` if no rule is requested. */
const asksForRules = (rules: unknown): boolean =>
  typeof rules === 'object' && rules !== null && Object.values(rules).some((rule) => hasContent(rule) && rule !== false && rule !== 'false')

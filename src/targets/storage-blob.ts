// Azure Blob Storage; what stands in the Secret is in storage-blob-secret.ts.
// Surprising: IP rules do nothing for callers in the account's own region, and single addresses must not be written as /32
// (https://learn.microsoft.com/azure/storage/common/storage-network-security-limitations).
import * as z from 'zod'
import type { TargetFacts } from '../domain/facts.ts'
import { keyOf } from '../domain/loop.ts'
import { resourceId } from '../domain/resource-id.ts'
import { storageBlobSecret } from './storage-blob-secret.ts'
import type { Target } from './target.ts'

const armType = 'microsoft.storage/storageaccounts'

/** Looser than the API's description: a field of an unknown form must not make the account unreadable. */
const accountSchema = z.looseObject({
  id: z.string(),
  kind: z.string().optional(),
  location: z.string(),
  properties: z.looseObject({
    primaryEndpoints: z.looseObject({ blob: z.string().optional() }).nullish(),
    publicNetworkAccess: z.string().nullish(),
    allowSharedKeyAccess: z.boolean().nullish(),
    creationTime: z.string().nullish(),
    keyCreationTime: z.record(z.string(), z.string().nullable()).nullish(),
    networkAcls: z
      .looseObject({
        defaultAction: z.string().nullish(),
        bypass: z.string().nullish(),
        ipRules: z.array(z.looseObject({ value: z.string(), action: z.string().nullish() })).nullish(),
        virtualNetworkRules: z.array(z.looseObject({ id: z.string(), state: z.string().nullish() })).nullish(),
      })
      .nullish(),
  }),
})
type Account = z.infer<typeof accountSchema>

/** Clients that the original documents with tokens; springBoot is documented with keys only. */
const withTokens = ['none', 'dotnet', 'dotnet-internal', 'java', 'python', 'nodejs']

export const storageBlob: Target = {
  type: 'storage-blob',
  displayName: 'Azure Blob Storage',
  armType,
  apiVersion: '2024-01-01',
  child: 'blobServices/default',
  aliases: ['blob', 'storageblob'],
  auth: ['workload-identity', 'secret', 'service-principal'],
  clients: ['none', 'dotnet', 'dotnet-internal', 'java', 'python', 'nodejs', 'springBoot'],
  clientsByAuth: { 'workload-identity': withTokens, 'service-principal': withTokens },
  roles: [
    { id: 'ba92f5b4-2d11-453d-a403-e96b0029c9fe', name: 'Storage Blob Data Contributor' },
    { id: '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1', name: 'Storage Blob Data Reader' },
    { id: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b', name: 'Storage Blob Data Owner' },
  ],
  // 400: https://learn.microsoft.com/azure/azure-resource-manager/management/azure-subscription-service-limits#azure-storage-limits
  firewall: { family: 'array', max: 400, serviceEndpoint: 'Microsoft.Storage' },

  read(resource) {
    const account = accountSchema.parse(resource)
    const endpoint = account.properties.primaryEndpoints?.blob
    if (!endpoint) {
      const about = { target: resourceId(account.id).name, service: 'blob service', kind: account.kind ?? 'of no known kind' }
      return { code: 'TargetWithoutService', about }
    }
    const keys = keysOf(account)
    return {
      location: account.location.replace(/\s/g, '').toLowerCase(),
      endpoint,
      network: networkOf(account),
      // Storage goes on listing keys that it does not accept any more
      auth: [...(account.properties.allowSharedKeyAccess === false ? [] : ['secret']), 'service-principal', 'workload-identity'],
      allowedIps: ipRules(account).sort(),
      ...subnetsOf(account),
      ...bypassOf(account),
      ...(account.properties.publicNetworkAccess === 'SecuredByPerimeter' ? { perimeter: true as const } : {}),
      ...(keys === undefined ? {} : { keys }),
      ...(account.properties.creationTime ? { createdAt: account.properties.creationTime } : {}),
    }
  },

  firewallIps: (resource) => ipRules(accountSchema.parse(resource)),

  // `networkAcls` is replaced as a whole by a PATCH: all else in it is sent back as it was read
  firewallBody(resource, ips) {
    const { networkAcls } = accountSchema.parse(resource).properties
    const before = new Map((networkAcls?.ipRules ?? []).map((rule) => [rule.value, rule]))
    return { properties: { networkAcls: { ...networkAcls, ipRules: ips.map((value) => before.get(value) ?? { value, action: 'Allow' }) } } }
  },

  credential: {
    action: 'listKeys',
    query: 'keys[0].value',
    pick(answer) {
      const { keys } = z.looseObject({ keys: z.array(z.looseObject({ value: z.string().min(1) })).min(1) }).parse(answer)
      return keys[0]?.value ?? ''
    },
  },

  // Containers are listed by all roles above: https://learn.microsoft.com/rest/api/storageservices/list-containers2#permissions
  probe: {
    scope: 'https://storage.azure.com/.default',
    roles: ['ba92f5b4-2d11-453d-a403-e96b0029c9fe', '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1', 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'],
    request: ({ endpoint }) => ({ url: new URL('/?comp=list&maxresults=1', endpoint).href, headers: { 'x-ms-version': '2021-12-02' } }),
    // `AuthorizationFailure` is the firewall: https://learn.microsoft.com/troubleshoot/azure/azure-storage/blobs/authentication/storage-troubleshoot-403-errors
    isRoleMissing: ({ status, error }) => status === 403 && error === 'AuthorizationPermissionMismatch',
  },

  ...storageBlobSecret,
}

/** `SecuredByPerimeter`: a network security perimeter decides, whatever the rules say. */
function networkOf({ properties: { publicNetworkAccess, networkAcls } }: Account): TargetFacts['network'] {
  if (publicNetworkAccess === 'Disabled' || publicNetworkAccess === 'SecuredByPerimeter') return 'closed'
  return networkAcls?.defaultAction === 'Deny' ? 'rules' : 'open'
}

const ipRules = ({ properties }: Account): string[] => (properties.networkAcls?.ipRules ?? []).map((rule) => rule.value)

function bypassOf({ properties }: Account): Pick<TargetFacts, 'bypass'> {
  const bypass = properties.networkAcls?.bypass
  return bypass && bypass !== 'AzureServices' ? { bypass } : {}
}

/** A rule outlives its subnet, and lets nobody in then. */
function subnetsOf({ properties }: Account): Pick<TargetFacts, 'allowedSubnets'> {
  const rules = (properties.networkAcls?.virtualNetworkRules ?? []).filter(({ state }) => state !== 'NetworkSourceDeleted')
  return rules.length > 0 ? { allowedSubnets: [...new Set(rules.map(({ id }) => id.toLowerCase()))].sort() } : {}
}

/** Changes when a key is regenerated. */
function keysOf({ properties: { keyCreationTime } }: Account): string | undefined {
  const times = Object.entries(keyCreationTime ?? {}).filter(([, time]) => time !== null)
  return times.length > 0
    ? keyOf(
        times
          .map((entry) => entry.join('='))
          .sort()
          .join(';'),
      )
    : undefined
}

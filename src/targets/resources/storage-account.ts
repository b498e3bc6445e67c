// A storage account: four services behind one firewall and one pair of keys.
// Surprising: IP rules do nothing for callers in the account's own region, and single addresses must not be written as /32
// (https://learn.microsoft.com/azure/storage/common/storage-network-security-limitations).
import * as z from 'zod'
import { inShape } from '../../model/answer-shape.ts'
import { keyOf } from '../../model/loop.ts'
import type { Body, Network } from '../firewall/firewall.ts'
import { inBody } from '../firewall/in-body.ts'
import type { Resource } from '../resource.ts'
import { networkRulesByHand } from './storage-by-hand.ts'

const armType = 'microsoft.storage/storageaccounts'
const action = (name: string): string => `Microsoft.Storage/storageAccounts/${name}`
const apiVersion = '2024-01-01'

/** Looser than the API's description: an unknown shape of a field must not make the account unreadable. */
const accountSchema = z.looseObject({
  kind: z.string().optional(),
  location: z.string(),
  properties: z.looseObject({
    primaryEndpoints: z.record(z.string(), z.unknown()).nullish(),
    allowSharedKeyAccess: z.boolean().nullish(),
    creationTime: z.string().nullish(),
    keyCreationTime: z.record(z.string(), z.string().nullable()).nullish(),
  }),
})
const networkSchema = z.looseObject({
  publicNetworkAccess: z.string().nullish(),
  networkAcls: z
    .looseObject({
      defaultAction: z.string().nullish(),
      bypass: z.string().nullish(),
      virtualNetworkRules: z.array(z.looseObject({ id: z.string(), state: z.string().nullish() })).nullish(),
    })
    .nullish(),
})

/** Which of them an account offers depends on its kind: https://learn.microsoft.com/azure/storage/common/storage-account-overview */
const services = { 'storage-blob': 'blob', 'storage-queue': 'queue', 'storage-table': 'table', 'storage-file': 'file' } as const

const keysSchema = z.looseObject({ keys: z.array(z.looseObject({ keyName: z.string(), value: z.string().min(1) })) })
const nameOf = { primary: 'key1', secondary: 'key2' } as const

export const storageAccount: Resource = {
  armType,
  apiVersion,
  label: 'storage account',

  read(body) {
    const { kind, location, properties } = inShape(accountSchema, body)
    const keyVersion = keyVersionOf(properties.keyCreationTime ?? {})
    return {
      location: location.replace(/\s/g, '').toLowerCase(),
      // It still lists keys that it no longer accepts.
      localAuth: properties.allowSharedKeyAccess !== false,
      services: Object.fromEntries(
        Object.entries(services).flatMap(([type, service]) => {
          const endpoint = properties.primaryEndpoints?.[service]
          return typeof endpoint === 'string' && endpoint !== '' ? [[type, { endpoint }]] : []
        }),
      ),
      sort: kind ?? 'of no known kind',
      ...(keyVersion === undefined ? {} : { keyVersion }),
      ...(properties.creationTime ? { createdAt: properties.creationTime } : {}),
    }
  },

  firewall: inBody({
    apiVersion,
    at: 'networkAcls',
    list: 'ipRules',
    field: 'value',
    rest: { action: 'Allow' },
    // https://learn.microsoft.com/azure/azure-resource-manager/management/azure-subscription-service-limits#azure-storage-limits
    max: 400,
    serviceEndpoint: { name: 'Microsoft.Storage', service: 'Azure Storage', allow: 'storage account network-rule add --account-name' },
    sameRegionIsPrivate: true,
    network: networkOf,
    byHand: networkRulesByHand,
  }),

  credentials: {
    '*': {
      action: 'listKeys',
      query: (slot) => `keys[?keyName=='${nameOf[slot]}'].value | [0]`,
      pick(answer, slot) {
        const found = inShape(keysSchema, answer).keys.find(({ keyName }) => keyName === nameOf[slot])
        if (!found) throw new TypeError(`The account lists no ${nameOf[slot]}`)
        return found.value
      },
    },
  },
  renewal: { action: 'regenerateKey', body: (slot) => ({ keyName: nameOf[slot] }) },

  notes: [
    'IP rules have [no effect](https://learn.microsoft.com/azure/storage/common/storage-network-security-limitations) on callers in its own region',
  ],

  rights: {
    read: [action('read')],
    firewall: [action('write')],
    credential: [action('listKeys/action')],
    renewal: [action('regenerateKey/action')],
  },
  events: [action('write'), action('delete'), action('regenerateKey/action')],
}

/** `SecuredByPerimeter`: a network security perimeter decides, whatever the rules say. */
function networkOf(properties: Body): Network {
  const { publicNetworkAccess, networkAcls } = inShape(networkSchema, properties)
  const isClosed = publicNetworkAccess === 'Disabled' || publicNetworkAccess === 'SecuredByPerimeter'
  const bypass = networkAcls?.bypass
  // A rule outlives its subnet, and allows nothing then.
  const subnets = (networkAcls?.virtualNetworkRules ?? []).filter(({ state }) => state !== 'NetworkSourceDeleted')
  return {
    network: isClosed ? 'closed' : networkAcls?.defaultAction === 'Deny' ? 'rules' : 'open',
    ...(subnets.length > 0 ? { allowedSubnets: [...new Set(subnets.map(({ id }) => id.toLowerCase()))].sort() } : {}),
    ...(bypass && bypass !== 'AzureServices' ? { bypass } : {}),
    ...(publicNetworkAccess === 'SecuredByPerimeter' ? { perimeter: true as const } : {}),
  }
}

/** Changes when a key is regenerated. */
function keyVersionOf(keyCreationTime: Readonly<Record<string, string | null>>): string | undefined {
  const times = Object.entries(keyCreationTime).filter(([, time]) => time !== null)
  const sorted = times.map((entry) => entry.join('=')).sort()
  return sorted.length > 0 ? keyOf(sorted.join(';')) : undefined
}

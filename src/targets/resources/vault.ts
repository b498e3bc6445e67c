// A key vault. Surprising: there are no keys to sign in with, and where access policies decide, Azure roles have no effect on what is in it
// (https://learn.microsoft.com/azure/key-vault/general/rbac-access-policy). Single addresses are kept as /32.
import * as z from 'zod'
import { inShape } from '../../model/answer-shape.ts'
import type { Body, Network } from '../firewall/firewall.ts'
import { inBody } from '../firewall/in-body.ts'
import type { Resource } from '../resource.ts'
import { vaultRulesByHand } from './vault-by-hand.ts'

const action = (name: string): string => `Microsoft.KeyVault/vaults/${name}`
const apiVersion = '2025-05-01'

const vaultSchema = z.looseObject({
  location: z.string(),
  systemData: z.looseObject({ createdAt: z.string().nullish() }).nullish(),
  properties: z.looseObject({ vaultUri: z.string().nullish(), enableRbacAuthorization: z.boolean().nullish() }),
})
const networkSchema = z.looseObject({
  publicNetworkAccess: z.string().nullish(),
  networkAcls: z
    .looseObject({
      defaultAction: z.string().nullish(),
      bypass: z.string().nullish(),
      virtualNetworkRules: z.array(z.looseObject({ id: z.string() })).nullish(),
    })
    .nullish(),
})

export const vault: Resource = {
  armType: 'microsoft.keyvault/vaults',
  apiVersion,
  label: 'key vault',

  read(body) {
    const { location, systemData, properties } = inShape(vaultSchema, body)
    const { vaultUri, enableRbacAuthorization } = properties
    return {
      location: location.replace(/\s/g, '').toLowerCase(),
      localAuth: false,
      ...(enableRbacAuthorization === true ? {} : { ignoresRoles: true as const }),
      // While it is being made, it has no slash at its end.
      services: vaultUri ? { keyvault: { endpoint: vaultUri.endsWith('/') ? vaultUri : `${vaultUri}/` } } : {},
      sort: 'a vault',
      ...(systemData?.createdAt ? { createdAt: systemData.createdAt } : {}),
    }
  },

  firewall: inBody({
    apiVersion,
    at: 'networkAcls',
    list: 'ipRules',
    field: 'value',
    suffix: '/32',
    // https://learn.microsoft.com/azure/key-vault/general/network-security
    max: 1_000,
    serviceEndpoint: { name: 'Microsoft.KeyVault', service: 'Azure Key Vault', allow: 'keyvault network-rule add --name' },
    network: networkOf,
    byHand: vaultRulesByHand,
  }),

  credentials: {},

  notes: [
    'a vault with [access policies](https://learn.microsoft.com/azure/key-vault/general/rbac-access-policy) ignores Azure roles: switch it to Azure RBAC, use `role=vaultAccessPolicy:reader`, which needs the right `vault-policies` in [permissions](permissions.md) and a policy that allows it, or `role=none` and a policy of your own',
    'the right to change its firewall (`Microsoft.KeyVault/vaults/write`) includes its access policies: do not give it to the app on vaults that use them (`firewalls` in [permissions](permissions.md))',
  ],

  rights: { read: [action('read')], firewall: [action('write')], credential: [] },
  events: [action('write'), action('delete')],
}

/** Public access that is off wins over all rules: https://learn.microsoft.com/azure/key-vault/general/network-security */
function networkOf(properties: Body): Network {
  const { publicNetworkAccess, networkAcls } = inShape(networkSchema, properties)
  // Vaults spell the words of others in any case: `disabled`.
  const access = publicNetworkAccess?.toLowerCase()
  const bypass = networkAcls?.bypass
  const subnets = (networkAcls?.virtualNetworkRules ?? []).map(({ id }) => id.toLowerCase())
  return {
    network: access === 'disabled' || access === 'securedbyperimeter' ? 'closed' : networkAcls?.defaultAction === 'Deny' ? 'rules' : 'open',
    ...(subnets.length > 0 ? { allowedSubnets: [...new Set(subnets)].sort() } : {}),
    ...(bypass && bypass !== 'AzureServices' ? { bypass } : {}),
    ...(access === 'securedbyperimeter' ? { perimeter: true as const } : {}),
  }
}

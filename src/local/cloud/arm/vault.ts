// The body of a Microsoft.KeyVault/vaults, and its defaults. https://learn.microsoft.com/rest/api/keyvault/keyvault/vaults
import * as z from 'zod'
import { tenant } from '../entra/entra.ts'
import type { World } from '../world.ts'
import { parseId } from './ids.ts'
import type { Body } from './provider.ts'
import { type Resource, resources } from './resources.ts'

export const vaultType = 'Microsoft.KeyVault/vaults'

/** Names of vaults are unique in all of Azure. */
export const vaultNamed = (world: World, name: string): Resource | undefined =>
  [...resources(world).values()].find(
    (one) => one.type.toLowerCase() === vaultType.toLowerCase() && one.name.toLowerCase() === name.toLowerCase(),
  )

/** What a fleet says of one. */
export const describedVault = z.strictObject({
  id: z.string(),
  location: z.string(),
  /** `open` to all networks, `rules`: only the addresses of `allow`, `closed`: no public access at all. */
  network: z.enum(['open', 'rules', 'closed', 'perimeter']).default('open'),
  allow: z.array(z.string()).default([]),
  /** Without it access policies decide, and there are none to begin with. */
  azureRbac: z.boolean().default(true),
  purgeProtection: z.boolean().default(false),
})

const publicAccess = { open: 'Enabled', rules: 'Enabled', closed: 'Disabled', perimeter: 'SecuredByPerimeter' } as const

export function vaultResource(world: World, described: z.input<typeof describedVault>): Resource {
  const { id, location, network, allow, azureRbac, purgeProtection } = describedVault.parse(described)
  const networkAcls = {
    bypass: 'AzureServices',
    defaultAction: 'Deny',
    ipRules: allow.map((value) => ({ value: asRange(value) })),
    virtualNetworkRules: [],
  }
  return bornVault(world, id, location, {
    sku: { family: 'A', name: 'standard' },
    tenantId: tenant,
    enableRbacAuthorization: azureRbac,
    accessPolicies: [],
    publicNetworkAccess: publicAccess[network],
    ...(network === 'rules' ? { networkAcls } : {}),
    ...(purgeProtection ? { enablePurgeProtection: true } : {}),
  })
}

/** As it is once it is made. A vault without `networkAcls` lets every network in. */
export function bornVault(world: World, id: string, location: string, properties: Body): Resource {
  const { name = '' } = parseId(id)
  const at = new Date(world.clock.now()).toISOString()
  const by = { createdBy: 'owner@shop.example', createdByType: 'User', createdAt: at }
  return {
    id,
    name,
    type: vaultType,
    location,
    tags: {},
    systemData: { ...by, lastModifiedBy: by.createdBy, lastModifiedByType: by.createdByType, lastModifiedAt: at },
    properties: {
      accessPolicies: [],
      enabledForDeployment: false,
      enableSoftDelete: true,
      softDeleteRetentionInDays: 90,
      publicNetworkAccess: 'Enabled',
      ...properties,
      vaultUri: `https://${name}.vault.azure.net/`,
      provisioningState: 'Succeeded',
    },
  }
}

/** Single addresses are kept so. */
export const asRange = (ip: string): string => (ip.includes('/') ? ip : `${ip}/32`)

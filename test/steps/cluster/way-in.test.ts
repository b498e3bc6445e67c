import { describe, expect, it } from 'vitest'
import { problemOf } from '../../../src/errors/catalogue.ts'
import { outside, wayIn } from '../../../src/steps/cluster/way-in.ts'
import { storageAccount } from '../../../src/targets/resources/storage-account.ts'
import { group } from '../builders.ts'

const [nodes, pods] = ['nodes', 'pods'].map((name) =>
  `${group}/providers/Microsoft.Network/virtualNetworks/v/subnets/${name}`.toLowerCase(),
) as [string, string]
const made = '/subscriptions/x/resourcegroups/mc_shop'
const [near, far] = [{ location: 'westeurope' }, { location: 'northeurope' }]
const storage = ['Microsoft.Storage@westeurope', 'Microsoft.Storage@northeurope']

describe('the way in', () => {
  it.each([
    ['another region', { ...near, subnets: [nodes] }, far, { byAddress: true, out: [] }],
    ['the own region', { ...near, subnets: [nodes] }, near, { byAddress: false, out: [nodes] }],
    ['the own region, and unknown subnets', near, near, { byAddress: false, out: [undefined] }],
    ['a subnet that is let in', { ...near, subnets: [nodes] }, { ...near, allowedSubnets: [nodes] }, { byAddress: false, out: [] }],
    [
      'one of two that is let in',
      { ...near, subnets: [nodes, pods] },
      { ...near, allowedSubnets: [nodes] },
      { byAddress: false, out: [pods] },
    ],
    [
      'the network that AKS made',
      { ...near, subnets: [made] },
      { ...near, allowedSubnets: [`${made}/providers/microsoft.network/virtualnetworks/v/subnets/s`] },
      { byAddress: false, out: [] },
    ],
    [
      'an endpoint of the paired region',
      { ...near, subnets: [nodes], endpoints: { [nodes]: storage } },
      far,
      { byAddress: false, out: [nodes] },
    ],
    [
      'an endpoint for every region',
      { ...near, subnets: [nodes], endpoints: { [nodes]: ['Microsoft.Storage.Global@*'] } },
      { location: 'eastus' },
      { byAddress: false, out: [nodes] },
    ],
    [
      'an endpoint of another service',
      { ...near, subnets: [nodes], endpoints: { [nodes]: ['Microsoft.KeyVault@*'] } },
      far,
      { byAddress: true, out: [] },
    ],
    [
      'an endpoint of one of two subnets',
      { ...near, subnets: [nodes, pods], endpoints: { [nodes]: storage, [pods]: [] } },
      { ...far, allowedSubnets: [nodes] },
      { byAddress: true, out: [] },
    ],
  ])('of %s', (_, cluster, target, way) => {
    expect(wayIn(cluster, target, storageAccount.firewall)).toEqual(way)
  })

  it('is by address where the service has no endpoint in virtual networks', () => {
    expect(wayIn({ ...near, subnets: [nodes] }, near, {})).toEqual({ byAddress: true, out: [] })
  })

  it('is by address from the own region where the service sees public addresses there', () => {
    const vault = { serviceEndpoint: { name: 'Microsoft.KeyVault', service: 'Key Vault', allow: 'keyvault network-rule add --name' } }
    expect(wayIn({ ...near, subnets: [nodes] }, near, vault)).toEqual({ byAddress: true, out: [] })
    expect(wayIn({ ...near, subnets: [nodes], endpoints: { [nodes]: ['Microsoft.KeyVault@*'] } }, near, vault)).toEqual({
      byAddress: false,
      out: [nodes],
    })
  })

  it('names the command of the service that lets the subnet in', () => {
    const firewall = { serviceEndpoint: { name: 'Microsoft.KeyVault', service: 'Key Vault', allow: 'keyvault network-rule add --name' } }
    const about = { cluster: 'shop', target: 'safe', targetId: `${group}/providers/Microsoft.KeyVault/vaults/safe` }
    const [fault] = outside({ ...near, endpoints: { [nodes]: ['Microsoft.KeyVault@*'] } }, firewall, [nodes], about)
    const cli = fault && problemOf(fault).commands?.cli
    expect(cli).toMatch(/^az keyvault network-rule add --name 'safe' --subscription \S+ --resource-group '\w+' --subnet '\S+'$/)
  })

  it('keeps the endpoints that a subnet has, and names none where they could not be read', () => {
    const about = { cluster: 'shop', target: 'stdata', targetId: `${group}/providers/Microsoft.Storage/storageAccounts/stdata` }
    const endpoints = { [nodes]: ['Microsoft.KeyVault@*'] }
    const [known, unknown] = outside({ ...near, endpoints }, storageAccount.firewall, [nodes, pods], about)
    expect(known?.about['services']).toBe('Microsoft.KeyVault Microsoft.Storage')
    expect(unknown?.about).not.toHaveProperty('services')
  })
})

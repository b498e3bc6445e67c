import { describe, expect, it } from 'vitest'
import { vault } from '../../src/targets/resources/vault.ts'
import { valuesIn } from '../../src/targets/secret-table.ts'
import { keyvault } from '../../src/targets/types/keyvault.ts'

const body = (properties: object, more: object = {}) => ({
  location: 'West Europe',
  ...more,
  properties: { vaultUri: 'https://kv.vault.azure.net/', enableRbacAuthorization: true, ...properties },
})
const id = '/subscriptions/0b1f6471-1bf0-4dda-aec3-cb9272f09590/resourceGroups/data/providers/Microsoft.KeyVault/vaults/kv'

describe('a key vault', () => {
  it('tells its address, with the slash that it lacks while it is being made', () => {
    const facts = vault.read(body({ vaultUri: 'https://kv.vault.azure.net' }, { systemData: { createdAt: '2026-01-01T00:00:00Z' } }))
    expect(facts).toEqual({
      location: 'westeurope',
      localAuth: false,
      services: { keyvault: { endpoint: 'https://kv.vault.azure.net/' } },
      sort: 'a vault',
      createdAt: '2026-01-01T00:00:00Z',
    })
  })

  it.each([[false], [null], [undefined]])('ignores roles where access policies decide: %s', (enableRbacAuthorization) => {
    expect(vault.read(body({ enableRbacAuthorization })).ignoresRoles).toBe(true)
  })
})

describe('its firewall', () => {
  const { firewall } = vault
  const subnet = '/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/Pods'
  it.each([
    ['open without any rule set', {}, { network: 'open' }],
    ['open by its default', { networkAcls: { defaultAction: 'Allow', ipRules: [{ value: '1.1.1.1/32' }] } }, { network: 'open' }],
    [
      'closed by its switch, in any case',
      { publicNetworkAccess: 'disabled', networkAcls: { defaultAction: 'Allow' } },
      { network: 'closed' },
    ],
    ['of a perimeter', { publicNetworkAccess: 'SecuredByPerimeter' }, { network: 'closed', perimeter: true }],
    [
      'with rules',
      { networkAcls: { defaultAction: 'Deny', bypass: 'None', virtualNetworkRules: [{ id: subnet }] } },
      { network: 'rules', bypass: 'None', allowedSubnets: [subnet.toLowerCase()] },
    ],
  ])('is %s', (_what, properties, network) => {
    expect(firewall.network([body(properties)])).toEqual(network)
  })

  it('is replaced as a whole, with the rules and settings of others as they were', () => {
    const networkAcls = {
      bypass: 'None',
      defaultAction: 'Deny',
      virtualNetworkRules: [{ id: subnet, ignoreMissingVnetServiceEndpoint: true }],
      ipRules: [{ value: '1.1.1.1/32' }, { value: '2.2.2.0/24' }],
    }
    const change = { add: [{ ip: '20.1.2.3' }], remove: [{ ip: '1.1.1.1' }] }
    expect(firewall.write(id, change, [body({ networkAcls })])).toMatchObject([
      {
        method: 'PATCH',
        body: { properties: { networkAcls: { ...networkAcls, ipRules: [{ value: '2.2.2.0/24' }, { value: '20.1.2.3/32' }] } } },
      },
    ])
  })

  it('is changed by hand in the same words', () => {
    const after = { ips: ['1.1.1.1', '20.1.2.0/28'], subnets: [subnet], bypass: 'None' }
    const place = "--subscription 0b1f6471-1bf0-4dda-aec3-cb9272f09590 --resource-group 'data' --name 'kv'"
    expect(firewall.byHand?.add(id, { ip: '1.1.1.1' })).toBe(`az keyvault network-rule add ${place} --ip-address 1.1.1.1/32`)
    expect(firewall.byHand?.remove(id, { ip: '20.1.2.0/28' })).toBe(`az keyvault network-rule remove ${place} --ip-address 20.1.2.0/28`)
    expect(firewall.byHand?.bicep(id, after, [])).toContain("ipRules: [for ip in ['1.1.1.1/32', '20.1.2.0/28']: { value: ip }]")
    expect(firewall.byHand?.terraform(id, after, [])).toContain('ip_rules                   = ["1.1.1.1/32", "20.1.2.0/28"]')
  })
})

it.each([
  ['vault.azure.net', 'https://management.azure.com/.default'],
  ['vault.usgovcloudapi.net', 'https://management.usgovcloudapi.net/.default'],
  ['vault.azure.cn', 'https://management.chinacloudapi.cn/.default'],
])('the scope of its values is that of the cloud: %s', (domain, scope) => {
  const identity = { clientId: 'c', principalId: 'p', tenant: 't' }
  const service = { endpoint: `https://kv.${domain}/` }
  expect(valuesIn(keyvault.secret, 'workload-identity', 'none', { service, identity, targetId: id })['AZURE_KEYVAULT_SCOPE']).toBe(scope)
})

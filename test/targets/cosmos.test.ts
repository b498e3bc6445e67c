import { describe, expect, it } from 'vitest'
import { cosmosAccount } from '../../src/targets/resources/cosmos-account.ts'
import { valuesIn } from '../../src/targets/secret-table.ts'
import { cosmosGremlin } from '../../src/targets/types/cosmos-gremlin.ts'
import { cosmosSql } from '../../src/targets/types/cosmos-sql.ts'

const account = (properties: object, more: object = {}) => ({
  location: 'West Europe',
  kind: 'GlobalDocumentDB',
  ...more,
  properties: { documentEndpoint: 'https://acc.documents.azure.com:443/', ...properties },
})
const id = '/subscriptions/0b1f6471-1bf0-4dda-aec3-cb9272f09590/resourceGroups/data/providers/Microsoft.DocumentDB/databaseAccounts/acc'

describe('an account of Cosmos DB', () => {
  it.each([
    ['cosmos-sql', account({ capabilities: [] })],
    ['cosmos-mongo', account({}, { kind: 'MongoDB' })],
    ['cosmos-table', account({ capabilities: [{ name: 'EnableServerless' }, { name: 'EnableTable' }] })],
    ['cosmos-cassandra', account({ capabilities: [{ name: 'EnableCassandra' }] })],
    ['cosmos-gremlin', account({ capabilities: [{ name: 'EnableGremlin' }] })],
  ])('offers the one API that it was made for: %s', (type, body) => {
    expect(Object.keys(cosmosAccount.read(body).services)).toEqual([type])
  })

  it('tells the host of its protocol, or has it in the documented form', () => {
    const [told, derived] = [{ gremlinEndpoint: 'https://acc.gremlin.example:443/' }, {}].map(
      (more) => cosmosAccount.read(account({ capabilities: [{ name: 'EnableGremlin' }], ...more })).services['cosmos-gremlin']?.host,
    )
    expect([told, derived]).toEqual(['acc.gremlin.example', 'acc.gremlin.cosmos.azure.com'])
  })

  it('has another key version after a key was made again, and no endpoint while it is being made', () => {
    const at = (generationTime: string) => account({ keysMetadata: { primaryMasterKey: { generationTime } } })
    expect(cosmosAccount.read(at('2026-01-01')).keyVersion).not.toBe(cosmosAccount.read(at('2026-02-01')).keyVersion)
    expect(cosmosAccount.read(account({ documentEndpoint: undefined })).services).toEqual({})
  })
})

describe('its firewall', () => {
  const { firewall } = cosmosAccount
  const subnet = '/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/Pods'
  it.each([
    ['open without any rule', {}, { network: 'open' }],
    ['closed by its switch', { publicNetworkAccess: 'Disabled' }, { network: 'closed' }],
    ['of a perimeter', { publicNetworkAccess: 'SecuredByPerimeter' }, { network: 'closed', perimeter: true }],
    ['with rules', { ipRules: [{ ipAddressOrRange: '1.1.1.1' }] }, { network: 'rules' }],
    [
      'with networks only',
      { isVirtualNetworkFilterEnabled: true, virtualNetworkRules: [{ id: subnet }] },
      { network: 'rules', allowedSubnets: [subnet.toLowerCase()] },
    ],
    ['open, with networks that do not count', { virtualNetworkRules: [{ id: subnet }] }, { network: 'open' }],
  ])('is %s', (_what, properties, network) => {
    expect(firewall.network([account(properties)])).toEqual(network)
  })

  it('opens as soon as it has no rule, but where networks are filtered', () => {
    expect(firewall.opensWhenEmpty?.([account({})])).toBe(true)
    expect(firewall.opensWhenEmpty?.([account({ isVirtualNetworkFilterEnabled: true })])).toBe(false)
  })

  it('is replaced as a whole, with the rules of others as they were', () => {
    const body = account({ ipRules: [{ ipAddressOrRange: '1.1.1.1' }, { ipAddressOrRange: '2.2.2.0/24' }] })
    const [request] = firewall.write(id, { add: [{ ip: '20.1.2.3' }], remove: [{ ip: '1.1.1.1' }] }, [body])
    expect(request).toMatchObject({
      method: 'PATCH',
      body: { properties: { ipRules: [{ ipAddressOrRange: '2.2.2.0/24' }, { ipAddressOrRange: '20.1.2.3' }] } },
    })
  })
})

describe('its values', () => {
  it.each([
    ['azure.com', 'https://management.azure.com'],
    ['azure.us', 'https://management.usgovcloudapi.net'],
    ['azure.cn', 'https://management.chinacloudapi.cn'],
  ])('name the Azure Resource Manager of the cloud: %s', (domain, management) => {
    const identity = { clientId: 'c', principalId: 'p', tenant: 't' }
    const service = { endpoint: `https://acc.documents.${domain}:443/`, host: 'h' }
    const sql = valuesIn(cosmosSql.secret, 'workload-identity', 'none', { service, identity, targetId: `${id}/sqlDatabases/orders` })
    expect(sql['AZURE_COSMOS_SCOPE']).toBe(`${management}/.default`)
    expect(sql['AZURE_COSMOS_LISTCONNECTIONSTRINGURL']).toBe(`${management}${id}/listConnectionStrings?api-version=2021-04-15`)
    const gremlin = valuesIn(cosmosGremlin.secret, 'workload-identity', 'none', {
      ...{ service, identity },
      targetId: `${id}/gremlinDatabases/shop/graphs/people`,
    })
    expect(gremlin['AZURE_COSMOS_USERNAME']).toBe('/dbs/shop/colls/people')
  })
})

import { expect, it } from 'vitest'
import { subscription } from '../../src/local/fleets/fleet.ts'
import { useScenarios } from './scenario.ts'

const scenario = useScenarios()
const network = `/subscriptions/${subscription}/resourceGroups/net/providers/Microsoft.Network`
const own = { location: 'westeurope' }
const cluster = { group: 'shop', region: 'westeurope', namespaces: ['orders'] }
const resources = [
  { ...own, id: `${network}/publicIPPrefixes/range`, properties: { ipPrefix: '20.50.0.0/30' } },
  { ...own, id: `${network}/publicIPPrefixes/pair`, properties: { ipPrefix: '20.60.0.4/31' } },
  { ...own, id: `${network}/publicIPAddresses/one`, properties: { ipAddress: '20.60.0.9' } },
  {
    ...own,
    id: `${network}/natGateways/gate`,
    properties: {
      publicIpAddresses: [{ id: `${network}/publicIPAddresses/one` }],
      publicIpPrefixes: [{ id: `${network}/publicIPPrefixes/pair` }],
    },
  },
  { ...own, id: `${network}/virtualNetworks/v/subnets/nodes`, properties: { natGateway: { id: `${network}/natGateways/gate` } } },
]
const prefixed = {
  ...cluster,
  name: 'c1',
  properties: {
    networkProfile: {
      outboundType: 'loadBalancer',
      loadBalancerProfile: { outboundIPPrefixes: { publicIPPrefixes: [{ id: `${network}/publicIPPrefixes/range` }] } },
    },
  },
}
const gated = {
  ...cluster,
  name: 'gated',
  outbound: 'userAssignedNATGateway' as const,
  properties: { agentPoolProfiles: [{ name: 'p', vnetSubnetID: `${network}/virtualNetworks/v/subnets/nodes` }] },
}
const walled = { ...cluster, name: 'walled', outbound: 'userDefinedRouting' as const }

it('lets clusters in by the ranges of a load balancer and by the addresses of a NAT gateway of their own', async () => {
  const story = await scenario({ fleet: { clusters: [prefixed, gated], resources } })
  await story.putPolicy()
  await story.putLinker('photos')
  await story.putLinker('mail', {}, 'gated')
  await story.reaches('photos', 'Succeeded')
  await story.until('mail to be Succeeded', async () => (await story.linker('mail', 'gated')).state === 'Succeeded')
  // Storage refuses ranges of two addresses, so those are written one by one.
  expect(story.changes().filter((line) => line.startsWith('firewall'))).toEqual([
    'firewall orders 20.50.0.0/30',
    'firewall orders 20.60.0.4',
    'firewall orders 20.60.0.5',
    'firewall orders 20.60.0.9',
  ])
  expect((await story.pod('photos')).output).toBe('2 containers: invoices, photos')
  expect((await story.pod('mail', { cluster: 'gated' })).output).toBe('2 containers: invoices, photos')
})

it('says what it lacks behind a firewall of the owner, and goes on when a policy gives its address', async () => {
  const story = await scenario({ fleet: { clusters: [walled], locations: [{ name: 'aks-walled', ip: '20.70.0.1' }] } })
  await story.putPolicy()
  await story.putLinker('photos', {}, 'walled')
  await story.until('it to have failed', async () => (await story.linker('photos', 'walled')).state === 'Failed')
  expect(JSON.stringify((await story.linker('photos', 'walled')).properties)).toContain('EgressUnknown')
  await story.putPolicy('hub', { targets: [], namespaces: [], auth: [], egress: ['20.70.0.1'] })
  await story.until('it to be connected', async () => (await story.linker('photos', 'walled')).state === 'Succeeded')
  expect((await story.pod('photos', { cluster: 'walled' })).output).toBe('2 containers: invoices, photos')
  await story.call('ada', 'DELETE', '/policies/hub')
  await story.until('the address to be closed again', () => !story.changes().includes('firewall orders 20.70.0.1'), 3 * 60 * 60_000)
})

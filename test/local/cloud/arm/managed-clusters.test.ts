import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { occupyCluster } from '../../../../src/local/cloud/arm/cluster-lock.ts'
import { changeEgressIps } from '../../../../src/local/cloud/arm/egress.ts'
import { findCluster } from '../../../../src/local/cloud/arm/managed-cluster.ts'
import { setLatencies } from '../../../../src/local/cloud/latencies.ts'
import { locate } from '../../../../src/local/cloud/locations.ts'
import { type ArmWorld, armWorld, clusterPath, groupPath } from './arm-world.ts'

const version = '?api-version=2026-06-01'
const c1 = clusterPath('c1')
type Cluster = {
  eTag: string
  id: string
  type: string
  tags: object
  properties: Record<string, Record<string, unknown>>
  [more: string]: unknown
}

describe('managed clusters', () => {
  let world: ArmWorld
  let owner: ReturnType<ArmWorld['as']>
  beforeEach(async () => {
    world = await armWorld({
      people: [
        { name: 'ada', roles: [{ role: 'Owner' }] },
        { name: 'cleo', roles: [{ role: 'Azure Kubernetes Service Contributor Role' }] },
      ],
      clusters: [
        { name: 'c1', group: 'shop', region: 'westeurope', oidcIssuer: false, workloadIdentity: false, namespaces: ['orders'] },
        { name: 'nat', group: 'shop', region: 'westeurope', outbound: 'managedNATGateway', outboundIps: 2 },
        { name: 'asleep', group: 'shop', region: 'westeurope', stopped: true },
      ],
    })
    owner = world.as('ada')
  })
  afterEach(() => world.close())

  const read = async (path = c1): Promise<Cluster> => (await owner.send('GET', path + version)).body as unknown as Cluster
  const put = (cluster: object, headers = {}, path = c1) => owner.send('PUT', path + version, cluster, headers)
  const withIssuer = (cluster: Cluster) => ({ ...cluster, properties: { ...cluster.properties, oidcIssuerProfile: { enabled: true } } })
  const settled = () =>
    world.clock.until('no cluster works', async () => ((await read()).properties['provisioningState'] as unknown) === 'Succeeded')

  it('answers what the SDK reads, with the casing of AKS', async () => {
    const cluster = await owner.clusters.get('SHOP', 'C1')
    expect(cluster.id).toMatch(/\/resourcegroups\/shop\/providers\/Microsoft.ContainerService\/managedClusters\/c1$/)
    expect(cluster.type).toBe('Microsoft.ContainerService/ManagedClusters')
    expect(cluster.provisioningState).toBe('Succeeded')
    expect(cluster.oidcIssuerProfile).toEqual({ enabled: false })
    const names = []
    for await (const one of owner.clusters.list()) names.push(one.name)
    expect(names.sort()).toEqual(['asleep', 'c1', 'nat'])
  })

  // https://learn.microsoft.com/azure/aks/csi-secrets-store-driver#upgrade-an-existing-aks-cluster-with-azure-key-vault-provider-for-secrets-store-csi-driver-support
  it('makes the identity of the Key Vault add-on in the node resource group when the operation succeeds', async () => {
    const before = await read()
    const addonProfiles = { azureKeyvaultSecretsProvider: { enabled: true, config: { enableSecretRotation: 'false' } } }
    await put({ ...before, properties: { ...before.properties, addonProfiles } }, { 'if-match': before.eTag })
    expect((await read()).properties['addonProfiles']).toEqual(addonProfiles)
    await settled()
    const { azureKeyvaultSecretsProvider: addon } = (await read()).properties['addonProfiles'] as Record<
      string,
      { identity: Record<string, string> }
    >
    const name = 'azurekeyvaultsecretsprovider-c1'
    expect(addon).toMatchObject({ enabled: true, identity: { resourceId: expect.stringContaining(`/${name}`) } })
    const group = String((await read()).properties['nodeResourceGroup'])
    const made = await owner.identities.userAssignedIdentities.get(group, name)
    expect([made.clientId, made.principalId]).toEqual([addon?.identity['clientId'], addon?.identity['objectId']])
  })

  it('turns the issuer on by PUT; its URL comes when the operation succeeds', async () => {
    const before = await read()
    const answer = await put(withIssuer(before), { 'if-match': before.eTag })
    expect(answer.status).toBe(200)
    const url = answer.headers.get('azure-asyncoperation') ?? ''
    expect(url).toMatch(/operations\/[0-9a-f-]{36}\*[A-Z0-9]+\?api-version=2016-03-30/)
    expect(url.length).toBeGreaterThan(2500)
    expect(answer.headers.get('retry-after')).toBeNull()
    const updating = await read()
    expect(updating.properties['provisioningState']).toBe('Updating')
    expect(updating.properties['oidcIssuerProfile']).toEqual({ enabled: true })
    const running = await owner.send('GET', url)
    expect(running.status).toBe(200)
    expect(url).not.toContain(String(running.body['name']))
    await settled()
    expect((await owner.send('GET', url)).body['status']).toBe('Succeeded')
    const after = await read()
    expect(after.properties['oidcIssuerProfile']?.['issuerURL']).toMatch(
      /^https:\/\/westeurope\.oic\.prod-aks\.azure\.com\/[^/]+\/[^/]+\/$/,
    )
    expect(after.eTag).not.toBe(before.eTag)
    await world.clock.pass(2 * 3_600_000)
    expect((await owner.send('GET', url)).status).toBe(404)
  })

  it('lets the SDK poll its operation to the end', async () => {
    const body = await owner.clusters.get('shop', 'c1')
    const poller = owner.clusters.createOrUpdate('shop', 'c1', { ...body, oidcIssuerProfile: { enabled: true } }, { updateIntervalInMs: 5 })
    await poller.submitted()
    await world.clock.pass(5 * 60_000)
    const done = await poller.pollUntilDone()
    expect(done.oidcIssuerProfile?.issuerURL).toMatch(/^https:/)
  })

  it('keeps properties it does not know, and loses what a PUT leaves out', async () => {
    const before = await read()
    await put({ ...before, properties: { ...before.properties, someFutureProfile: { on: true }, aadProfile: undefined } })
    await settled()
    const after = await read()
    expect(after.properties['someFutureProfile']).toEqual({ on: true })
    expect(after.properties['aadProfile']).toBeUndefined()
  })

  it('follows the table of preconditions', async () => {
    const before = await read()
    const codes: unknown[] = []
    for (const headers of [
      { 'if-match': 'old' },
      { 'if-none-match': '*' },
      { 'if-none-match': 'x' },
      { 'if-match': '*', 'if-none-match': '*' },
    ])
      codes.push((await put(before, headers)).status)
    expect(codes).toEqual([412, 412, 400, 400])
    expect((await put(before, { 'if-match': '*' }, clusterPath('absent'))).status).toBe(412)
    expect((await owner.send('PATCH', clusterPath('absent') + version, { tags: {} }, { 'if-match': 'x' })).status).toBe(404)
    expect((await owner.send('DELETE', clusterPath('absent') + version, undefined, { 'if-match': 'x' })).status).toBe(204)
    expect((await put(before, { 'if-match': before.eTag })).status).toBe(200)
  })

  it('refuses a second operation flat, whatever the provisioning state reads', async () => {
    occupyCluster(world.cloud.world, c1, 'extension-addon', 60_000)
    const before = await read()
    expect(before.properties['provisioningState']).toBe('Succeeded')
    const refused = await put(withIssuer(before))
    expect([refused.status, refused.body['code']]).toEqual([409, 'OperationNotAllowed'])
    expect(refused.body['error']).toBeUndefined()
    expect(refused.body['message']).toMatch(/in progress PutExtensionAddonHandler\.PUT operation/)
    await world.clock.pass(61_000)
    expect((await put(withIssuer(before))).status).toBe(200)
    expect((await put(withIssuer(before))).body['message']).toMatch(/in-progress update managed cluster operation/)
  })

  it('names the agent pool that is busy', async () => {
    occupyCluster(world.cloud.world, c1, 'agent-pool', 60_000)
    const before = await read()
    expect(before.properties['provisioningState']).toBe('Succeeded')
    expect(before.properties['agentPoolProfiles']).toMatchObject([{ provisioningState: 'Updating' }])
    expect((await put(before)).body['message']).toMatch(/on the agent pool system started on UTC \d{4}-/)
  })

  it('refuses what a stopped cluster cannot do, and starts it again', async () => {
    const path = clusterPath('asleep')
    const refused = await put(await read(path), {}, path)
    expect(refused.status).toBe(400)
    expect(refused.body['message']).toMatch(/Power State\(Stopped\)/)
    const started = await owner.send('POST', `${path}/start${version}`)
    expect(started.status).toBe(202)
    await world.clock.pass(4 * 60_000)
    expect((await read(path)).properties['powerState']).toEqual({ code: 'Running' })
  })

  it('may have other outbound addresses when it was stopped and started', async () => {
    const hasOthers = async (share: number): Promise<boolean> => {
      setLatencies(world.cloud.world, { egressChangesAtStart: share })
      const before = await read()
      for (const verb of ['stop', 'start']) {
        expect((await owner.send('POST', `${clusterPath('c1')}/${verb}${version}`)).status).toBe(202)
        await world.clock.pass(4 * 60_000)
      }
      return JSON.stringify(before.properties['networkProfile']) !== JSON.stringify((await read()).properties['networkProfile'])
    }
    expect([await hasOthers(0), await hasOthers(1)]).toEqual([false, true])
  })

  it('needs rights on everything that the body names', async () => {
    const [subnet, workspace] = [
      `${groupPath('net')}/providers/Microsoft.Network/virtualNetworks/v/subnets/s`,
      `${groupPath('logs')}/providers/Microsoft.OperationalInsights/workspaces/w`,
    ]
    const before = await read()
    const properties = {
      ...before.properties,
      agentPoolProfiles: [{ name: 'system', vnetSubnetID: subnet }],
      addonProfiles: { omsagent: { enabled: true, config: { logAnalyticsWorkspaceResourceID: workspace } } },
    }
    const refused = await world.as('cleo').send('PUT', c1 + version, { ...before, properties })
    expect(refused.status).toBe(403)
    expect(refused.body['error']).toMatchObject({ code: 'LinkedAuthorizationFailed' })
    const { message } = refused.body['error'] as unknown as { message: string }
    expect(message).toContain(
      "'Microsoft.Network/virtualNetworks/subnets/join/action', 'Microsoft.OperationalInsights/workspaces/sharedkeys/read'",
    )
    expect(message).toContain(workspace)
    expect((await put({ ...before, properties })).status).toBe(200)
  })

  it('reconciles after a change of tags, by PATCH and by the tags API', async () => {
    await owner.clusters.updateTags('shop', 'nat', { tags: { a: '1' } }).submitted()
    expect((await read(clusterPath('nat'))).properties['provisioningState']).toBe('Updating')
    const tags = `${c1}/providers/Microsoft.Resources/tags/default?api-version=2021-04-01`
    await owner.send('PATCH', tags, { operation: 'Merge', properties: { tags: { 'connect-a': 'storage:x', Other: '1' } } })
    expect((await read()).properties['provisioningState']).toBe('Updating')
    expect((await owner.send('PATCH', tags, { operation: 'Merge', properties: { tags: { b: '2' } } })).status).toBe(409)
    await world.clock.pass(3 * 60_000)
    await owner.send('PATCH', tags, { operation: 'Delete', properties: { tags: { OTHER: 'wrong', 'connect-a': 'storage:x' } } })
    expect((await read()).tags).toEqual({ Other: '1' })
  })

  it('shows the addresses of a new cluster only when it has succeeded', async () => {
    const path = clusterPath('fresh')
    const made = await put({ location: 'northeurope', properties: { dnsPrefix: 'fresh' } }, {}, path)
    expect(made.status).toBe(201)
    const profile = async () =>
      (await read(path)).properties['networkProfile'] as { loadBalancerProfile: { effectiveOutboundIPs?: { id: string }[] } }
    expect((await profile()).loadBalancerProfile).toEqual({ managedOutboundIPs: { count: 1 } })
    await world.clock.pass(7 * 60_000)
    const [address] = (await profile()).loadBalancerProfile.effectiveOutboundIPs ?? []
    const [, group = '', name = ''] = /resourceGroups\/([^/]+)\/.*\/([^/]+)$/.exec(address?.id ?? '') ?? []
    expect(group).toBe('MC_shop_fresh_northeurope')
    const { ipAddress } = await owner.network.publicIPAddresses.get(group, name)
    expect(locate(world.cloud.world, 'aks-fresh')).toMatchObject({ ip: ipAddress, region: 'northeurope' })
  })

  it('keeps the addresses of a managed NAT gateway in its own profile, and changes them without a word', async () => {
    const effective = async () => {
      const profile = (await read(clusterPath('nat'))).properties['networkProfile'] as unknown as {
        natGatewayProfile: { effectiveOutboundIPs: { id: string }[] }
      }
      return profile.natGatewayProfile.effectiveOutboundIPs.map(({ id }) => id)
    }
    const before = await effective()
    expect(before).toHaveLength(2)
    const cluster = findCluster(world.cloud.world, clusterPath('nat'))
    if (cluster) changeEgressIps(world.cloud.world, cluster)
    const after = await effective()
    expect(after).toHaveLength(2)
    expect(after.filter((id) => before.includes(id))).toEqual([])
    expect((await owner.send('GET', `${before[0]}${version}`)).status).toBe(404)
  })

  it('goes out through a NAT gateway of its owner, or through what only the fleet knows', async () => {
    const network = `${groupPath('net')}/providers/Microsoft.Network`
    const own = { location: 'westeurope' }
    const other = await armWorld({
      clusters: [
        {
          name: 'own',
          group: 'shop',
          region: 'westeurope',
          outbound: 'userAssignedNATGateway',
          properties: { agentPoolProfiles: [{ name: 'system', vnetSubnetID: `${network}/virtualNetworks/v/subnets/s` }] },
        },
        { name: 'walled', group: 'shop', region: 'westeurope', outbound: 'userDefinedRouting' },
      ],
      resources: [
        { ...own, id: `${network}/virtualNetworks/v/subnets/s`, properties: { natGateway: { id: `${network}/natGateways/g` } } },
        { ...own, id: `${network}/natGateways/g`, properties: { publicIpAddresses: [{ id: `${network}/publicIPAddresses/p` }] } },
        { ...own, id: `${network}/publicIPAddresses/p`, properties: { ipAddress: '203.0.113.77' } },
      ],
      locations: [{ name: 'aks-walled', ip: '203.0.113.88' }],
    })
    expect(locate(other.cloud.world, 'aks-own').ip).toBe('203.0.113.77')
    expect(locate(other.cloud.world, 'aks-walled').ip).toBe('203.0.113.88')
    expect((await other.as('app').network.subnets.get('net', 'v', 's')).natGateway?.id).toBe(`${network}/natGateways/g`)
    await other.close()
  })

  it('hands out a kubeconfig without any credential', async () => {
    const { kubeconfigs } = await owner.clusters.listClusterUserCredentials('shop', 'c1', { format: 'exec' })
    const text = Buffer.from(kubeconfigs?.[0]?.value ?? []).toString()
    expect(text).toMatch(/server: https:\/\/c1-5b0c1a-[0-9a-f]{8}\.hcp\.westeurope\.azmk8s\.io:443/)
    expect(text).toContain(Buffer.from(world.cloud.kubernetes.authorityPem(c1)).toString('base64'))
    expect(text).toContain('command: kubelogin')
  })

  it('is another principal when it is recreated', async () => {
    const before = await read()
    await owner.send('DELETE', c1 + version)
    expect((await read()).properties['provisioningState']).toBe('Deleting')
    await world.clock.pass(6 * 60_000)
    const gone = await owner.send('GET', c1 + version)
    expect(gone.status).toBe(404)
    expect(gone.body['error']).toMatchObject({ code: 'ResourceNotFound' })
    expect(gone.headers.get('x-ms-failure-cause')).toBe('gateway')
    await put({ location: 'westeurope', properties: {} })
    await world.clock.pass(7 * 60_000)
    const after = await read()
    expect(after.properties['resourceUID']).not.toBe(before.properties['resourceUID'])
    expect(after.properties['fqdn']).not.toBe(before.properties['fqdn'])
  })

  it('can end an operation as a fault rule plans it', async () => {
    const error = { code: 'AKSOperationPreempted', message: 'This operation has been preempted by another operation with ID xxxx' }
    world.cloud.faults.add({
      match: { method: 'PUT' },
      times: 1,
      answer: { operation: { error, after: 5_000, phase: 'ReconcilingDNS', retryAfter: 9 } },
    })
    const url = (await put(withIssuer(await read()))).headers.get('azure-asyncoperation') ?? ''
    const running = await owner.send('GET', url)
    expect([running.body['status'], running.headers.get('retry-after')]).toEqual(['ReconcilingDNS', '9'])
    await world.clock.pass(6_000)
    expect((await owner.send('GET', url)).body).toMatchObject({ status: 'Failed', error })
    expect((await read()).properties['provisioningState']).toBe('Failed')
  })

  it('can succeed in two seconds without doing anything', async () => {
    world.cloud.faults.add({ match: { method: 'PUT' }, times: 1, answer: 'silent-no-op' })
    const answer = await put(withIssuer(await read()))
    expect(answer.status).toBe(200)
    const url = answer.headers.get('azure-asyncoperation') ?? ''
    await world.clock.pass(2_000)
    expect((await owner.send('GET', url)).body['status']).toBe('Succeeded')
    expect((await read()).properties['oidcIssuerProfile']).toEqual({ enabled: false })
  })

  it('throttles PUTs of one cluster: twenty at once, then one a minute', async () => {
    const statuses: number[] = []
    for (let n = 0; n < 21; n++) statuses.push((await put({ location: 'elsewhere' })).status)
    expect(statuses.slice(0, 20).every((status) => status === 409)).toBe(true)
    expect(statuses[20]).toBe(429)
  })
})

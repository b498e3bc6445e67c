// A tour through the simulated cloud: each kind of request that it serves and that recordings have, asked once in each situation.
import type { CloudRequest, CloudResponse } from '../../../src/local/cloud/http.ts'
import { idOf } from '../../../src/local/fleets/fleet.ts'
import {
  type Answer,
  armWorld,
  clusterPath,
  groupPath,
  identityPath,
  send,
  storagePath,
  subscription,
} from '../../local/cloud/arm/arm-world.ts'
import type { Exchange } from './exchange.ts'

const minute = 60_000
const reader = 'acdd72a7-3385-48ef-bd42-f606fba81ae7'

/** The api-versions that the product uses, where it uses one. */
const at = (path: string, version: string): string => `${path}${path.includes('?') ? '&' : '?'}api-version=${version}`

export async function tourCloud(): Promise<readonly Exchange[]> {
  const world = await armWorld({}, { latencies: { eventDuplicates: 0 } })
  const exchanges: Exchange[] = []
  world.cloud.onExchange(({ call, request, response }) => void exchanges.push(exchangeOf(call.host, request, response)))
  const ada = world.as('ada')
  const ask = (method: string, path: string, version: string, body?: unknown): Promise<Answer> => ada.send(method, at(path, version), body)
  const tour: Tour = { ...world, ask, follow: (address) => ada.send('GET', address) }
  try {
    await groups(tour)
    await identities(tour)
    await roles(tour)
    await storage(tour)
    await vaults(tour)
    await components(tour)
    await clusters(tour)
    await extensions(tour)
  } finally {
    await world.close()
  }
  return exchanges
}

type Tour = Pick<Awaited<ReturnType<typeof armWorld>>, 'clock' | 'cloud' | 'agent'> & {
  readonly ask: (method: string, path: string, version: string, body?: unknown) => Promise<Answer>
  readonly follow: (address: string) => Promise<Answer>
}

function exchangeOf(host: string, { method, url }: CloudRequest, { status, headers, body }: CloudResponse): Exchange {
  const path = url.pathname + url.search
  const content = body === undefined || body === '' ? '' : Buffer.isBuffer(body) ? body.toString() : body
  return {
    method,
    path: host === 'management.azure.com' ? path : `https://${host}${path}`,
    status,
    headers: { ...(content === '' ? {} : { 'content-type': 'application/json' }), ...headers },
    body: content,
  }
}

/** Follows what a write answered until it has ended. */
async function finish({ follow, clock }: Tour, answer: Answer): Promise<void> {
  const address = answer.headers.get('azure-asyncoperation') ?? answer.headers.get('location')
  if (!address) return
  await follow(address)
  await clock.pass(15 * minute)
  await follow(address)
}

async function groups(tour: Tour): Promise<void> {
  const { ask } = tour
  const path = groupPath('tour')
  await ask('GET', path, '2021-04-01')
  await ask('PUT', path, '2021-04-01', { location: 'westeurope', tags: { made: 'by hand' } })
  await ask('GET', path, '2021-04-01')
  const deleted = await ask('DELETE', path, '2021-04-01')
  await ask('GET', path, '2021-04-01')
  await finish(tour, deleted)
  await ask('GET', `/subscriptions/${subscription}/providers/Microsoft.KubernetesConfiguration`, '2021-04-01')
}

async function identities({ ask }: Tour): Promise<void> {
  const path = identityPath('tour')
  const credential = `${path}/federatedIdentityCredentials/pod`
  const properties = { issuer: 'https://issuer.example.com/', subject: 'system:serviceaccount:orders:default', audiences: ['api://x'] }
  await ask('GET', path, '2023-01-31')
  for (const _ of [1, 2]) await ask('PUT', path, '2023-01-31', { location: 'westeurope', tags: {} })
  await ask('GET', path, '2023-01-31')
  for (const _ of [1, 2]) await ask('PUT', credential, '2023-01-31', { properties })
  await ask('GET', credential, '2023-01-31')
  await ask('GET', `${path}/federatedIdentityCredentials`, '2023-01-31')
  await ask('DELETE', credential, '2023-01-31')
  await ask('DELETE', path, '2023-01-31')
}

async function roles({ ask, cloud }: Tour): Promise<void> {
  const scope = `${storagePath('orders')}/providers/Microsoft.Authorization`
  const inGroup = `${groupPath('shop')}/providers/Microsoft.Authorization`
  const roleDefinitionId = `/subscriptions/${subscription}/providers/Microsoft.Authorization/roleDefinitions/${reader}`
  const assignment = (name: string, properties: object) =>
    ask('PUT', `${scope}/roleAssignments/${idOf(name)}`, '2022-04-01', { properties: { roleDefinitionId, ...properties } })
  await ask('GET', `${scope}/roleDefinitions?$filter=roleName%20eq%20'Reader'`, '2022-04-01')
  await assignment('nobody', { principalId: idOf('nobody') })
  const { principalId } = cloud.app
  for (const name of ['one', 'two']) await assignment(name, { principalId, principalType: 'ServicePrincipal' })
  await ask('GET', `${scope}/roleAssignments/${idOf('one')}`, '2022-04-01')
  await ask('PUT', `${inGroup}/roleAssignments/${idOf('three')}`, '2022-04-01', { properties: { roleDefinitionId, principalId } })
  await ask('GET', `${inGroup}/roleAssignments?$filter=principalId%20eq%20'${principalId}'`, '2022-04-01')
  await ask('DELETE', `${scope}/roleAssignments/${idOf('one')}`, '2022-04-01')
}

async function storage(tour: Tour): Promise<void> {
  const { ask } = tour
  const path = storagePath('tourist')
  const body = { location: 'westeurope', kind: 'StorageV2', sku: { name: 'Standard_LRS' } }
  await ask('GET', path, '2024-01-01')
  for (const _ of [1, 2]) await finish(tour, await ask('PUT', path, '2024-01-01', body))
  await ask('GET', path, '2024-01-01')
  await ask('GET', `${path}/blobServices/default`, '2024-01-01')
  await ask('POST', `${path}/listKeys`, '2024-01-01')
  await ask('DELETE', path, '2024-01-01')
}

async function vaults({ ask, cloud, agent }: Tour): Promise<void> {
  await ask('GET', `${groupPath('connector')}/providers/Microsoft.KeyVault/vaults/connectorkeys`, '2025-05-01')
  const path = `${groupPath('shop')}/providers/Microsoft.KeyVault/vaults/tourkeys`
  const sku = { family: 'A', name: 'standard' }
  const tenantId = '00000000-0000-4000-8000-000000000001'
  const accessPolicies = [
    {
      tenantId,
      objectId: tenantId,
      applicationId: tenantId,
      permissions: { keys: ['get'], secrets: ['get'], certificates: ['get'], storage: ['get'] },
    },
  ]
  const body = { location: 'westeurope', properties: { sku, tenantId, accessPolicies } }
  await ask('PUT', path, '2025-05-01', body)
  await ask('GET', path, '2025-05-01')
  await ask('PUT', path, '2025-05-01', body)
  await ask('DELETE', path, '2025-05-01')
  const secret = at('https://connectorkeys.vault.azure.net/secrets/tour', '7.4')
  const token = await cloud.entra.token({ oid: cloud.app.principalId }, 'https://vault.azure.net')
  for (const headers of [{}, { authorization: `Bearer ${token}` }]) {
    await send(agent, 'PUT', secret, headers, { value: 'x' })
    await send(agent, 'GET', secret, headers)
  }
}

async function components({ ask }: Tour): Promise<void> {
  const path = `${groupPath('shop')}/providers/Microsoft.Insights/components/tour`
  await ask('PUT', path, '2020-02-02', { location: 'westeurope', kind: 'web', properties: { Application_Type: 'other' } })
  await ask('PUT', path, '2020-02-02', {
    location: 'westeurope',
    kind: 'web',
    properties: { Application_Type: 'other', RetentionInDays: 60 },
  })
  await ask('GET', path, '2020-02-02')
}

async function clusters(tour: Tour): Promise<void> {
  const { ask } = tour
  const path = clusterPath('tour')
  const version = '2026-06-01'
  const body = {
    location: 'westeurope',
    identity: { type: 'SystemAssigned' },
    properties: { dnsPrefix: 'tour', agentPoolProfiles: [{ name: 'system', mode: 'System', count: 1, vmSize: 'Standard_D4s_v5' }] },
  }
  await ask('GET', path, version)
  await finish(tour, await ask('PUT', path, version, body))
  await ask('GET', path, version)
  await ask('GET', path.replace(/\/tour$/, ''), version)
  await ask('POST', `${path}/listClusterUserCredential`, version)
  await finish(tour, await ask('PUT', path, version, { ...body, tags: { changed: 'yes' } }))
  await finish(tour, await ask('DELETE', path, version))
}

async function extensions(tour: Tour): Promise<void> {
  const { ask } = tour
  const list = `${clusterPath('c1')}/providers/Microsoft.KubernetesConfiguration/extensions`
  const path = `${list}/flux`
  const body = { properties: { extensionType: 'microsoft.flux', autoUpgradeMinorVersion: true } }
  await finish(tour, await ask('PUT', path, '2023-05-01', body))
  await ask('GET', path, '2023-05-01')
  await ask('GET', list, '2023-05-01')
  await finish(tour, await ask('DELETE', path, '2023-05-01'))
  await finish(tour, await ask('PUT', path, '2023-05-01', body))
  await ask('DELETE', `${path}?forceDelete=true`, '2023-05-01')
}

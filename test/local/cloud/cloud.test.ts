// The services together: what a pod's identity goes through from ServiceAccount to blob.

import { Agent } from 'node:https'
import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { keyOf } from '../../../src/local/cloud/arm/ids.ts'
import { type Cloud, startCloud } from '../../../src/local/cloud/cloud.ts'
import { tenant } from '../../../src/local/cloud/entra/entra.ts'
import { storeOf } from '../../../src/local/cloud/kubernetes/store.ts'
import { locate } from '../../../src/local/cloud/locations.ts'
import type { AzuriteHandle } from '../../../src/local/cloud/storage/azurite.ts'
import { azuriteOfRun } from '../../azurite.ts'
import { armWorld, clusterPath, identityPath, send, storagePath, subscription } from './arm/arm-world.ts'

let azurite: AzuriteHandle
beforeAll(() => {
  azurite = azuriteOfRun()
})
afterAll(() => azurite.close())

const proxySettings = (proxyUrl: string) => {
  const { hostname, port, username } = new URL(proxyUrl)
  return { host: `http://${hostname}`, port: Number(port), username }
}

const containersOf = async (client: BlobServiceClient): Promise<string[] | number> => {
  const names = []
  try {
    for await (const { name } of client.listContainers()) names.push(name)
  } catch (error) {
    return (error as { statusCode: number }).statusCode
  }
  return names
}

it('lets a pod read blobs when address, trust and role have all become effective', async () => {
  const world = await armWorld({}, { azurite })
  const { cloud, clock } = world
  const app = world.as('app')
  const at = (location: string, from: Cloud = cloud) => ({
    proxyOptions: proxySettings(from.proxyUrl(location)),
    retryOptions: { maxTries: 1 },
  })
  const pod = new Agent({ keepAlive: true, proxyEnv: { HTTPS_PROXY: cloud.proxyUrl('aks-c1') } })
  const identity = await app.send('PUT', `${identityPath('sc-pod')}?api-version=2024-11-30`, { location: 'westeurope' })
  const { clientId, principalId } = identity.body['properties'] as unknown as { clientId: string; principalId: string }
  const issuer = (await app.clusters.get('shop', 'c1')).oidcIssuerProfile?.issuerURL ?? ''
  storeOf(cloud.world, keyOf((await app.clusters.get('shop', 'c1')).id ?? '')).put('serviceaccounts', {
    kind: 'ServiceAccount',
    apiVersion: 'v1',
    metadata: { name: 'shop', namespace: 'orders', uid: cloud.world.uuid(), creationTimestamp: '2026-01-01T00:00:00Z' },
  })
  await app.send('PUT', `${identityPath('sc-pod')}/federatedIdentityCredentials/c1-orders?api-version=2024-11-30`, {
    properties: { issuer, subject: 'system:serviceaccount:orders:shop', audiences: ['api://AzureADTokenExchange'] },
  })
  const exchange = async () => {
    const assertion = await cloud.kubernetes.serviceAccountToken(clusterPath('c1'), 'orders', 'shop', 'api://AzureADTokenExchange', 3600)
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      scope: 'https://storage.azure.com/.default',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
    })
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    return send(pod, 'POST', `https://login.microsoftonline.com/${tenant}/oauth2/v2.0/token`, headers, form.toString())
  }
  expect((await exchange()).body['access_token']).toBeUndefined()
  await clock.pass(5 * 60_000)
  const exchanged = await exchange()
  expect(exchanged.body).toMatchObject({ token_type: 'Bearer' })
  const token = String(exchanged.body['access_token'])
  const client = new BlobServiceClient(
    'https://orders.blob.core.windows.net',
    { getToken: async () => ({ token, expiresOnTimestamp: clock.now() + 3_600_000 }) },
    at('aks-c1'),
  )

  expect(await containersOf(client)).toBe(403) // the firewall
  const ipRules = [{ value: locate(cloud.world, 'aks-c1').ip }]
  await app.send('PATCH', `${storagePath('orders')}?api-version=2026-09-01`, { properties: { networkAcls: { ipRules } } })
  expect(await containersOf(client)).toBe(403) // no role
  await app.authorization.roleAssignments.create(storagePath('orders'), cloud.world.uuid(), {
    roleDefinitionId: `/subscriptions/${subscription}/providers/Microsoft.Authorization/roleDefinitions/2a2b9908-6ea1-4ae2-8e65-a410df84e7d1`,
    principalId,
    principalType: 'ServicePrincipal',
  })
  expect(await containersOf(client)).toBe(403) // not yet effective
  await clock.pass(61_000)
  expect(await containersOf(client)).toEqual(['invoices', 'photos'])

  const { keys: [key] = [] } = await app.storage.listKeys('shop', 'orders')
  const byKey = (options: object) =>
    new BlobServiceClient('https://orders.blob.core.windows.net', new StorageSharedKeyCredential('orders', key?.value ?? ''), options)
  expect(await containersOf(byKey(at('aks-c1')))).toEqual(['invoices', 'photos'])
  expect(await containersOf(byKey(at('functions')))).toBe(403) // from elsewhere

  const state = JSON.parse(JSON.stringify(cloud.snapshot()))
  pod.destroy()
  await cloud.close()
  const again = await startCloud({ clock, fleet: world.fleet, state, azurite })
  expect(await containersOf(byKey(at('aks-c1', again)))).toEqual(['invoices', 'photos'])
  await again.close()
  await world.close()
})

it('tells a process all that it needs in its environment', async () => {
  const world = await armWorld({}, { caFile: 'ca.pem' })
  const environment = world.cloud.environment('functions')
  expect(environment).toMatchObject({
    HTTPS_PROXY: world.cloud.proxyUrl('functions'),
    NO_PROXY: expect.stringContaining('127.0.0.1'),
    NODE_EXTRA_CA_CERTS: 'ca.pem',
    AZURE_CLIENT_ID: world.cloud.app.clientId,
  })
  const url = `${environment['IDENTITY_ENDPOINT']}?api-version=2019-08-01&resource=https://management.azure.com/&client_id=${world.cloud.app.clientId}`
  const answer = await fetch(url, { headers: { 'x-identity-header': environment['IDENTITY_HEADER'] ?? '' } })
  const { access_token } = (await answer.json()) as { access_token: string }
  expect(
    (await send(world.agent, 'GET', `/subscriptions?api-version=2022-12-01`, { authorization: `Bearer ${access_token}` })).status,
  ).toBe(200)
  expect(world.cloud.environment('aks-c1')['IDENTITY_ENDPOINT']).toBeUndefined()
  await world.close()
})

// One whole connect and disconnect where the cluster's API server is a real one: whatever the built app sends to the cluster's host name reaches
// kube-apiserver. Azure around it is simulated as ever, and so is Entra: its tokens are checked, then changed into the server's own.
import { request } from 'node:https'
import { expect, it } from 'vitest'
import type { CloudRequest, CloudResponse } from '../../src/local/cloud/http.ts'
import { serverApplication } from '../../src/local/cloud/kubernetes/access.ts'
import { type Scenario, useScenarios } from '../scenarios/scenario.ts'
import { server, target, tokens } from './target.ts'

const scenario = useScenarios()
const secrets = '/api/v1/namespaces/orders/secrets'
const accounts = '/api/v1/namespaces/orders/serviceaccounts'

function forwarded({ method, url, headers, body }: CloudRequest, token: string): Promise<CloudResponse> {
  const { 'content-type': type, accept } = headers
  return new Promise((resolve, reject) => {
    const sent = request(`${server.url}${url.pathname}${url.search}`, {
      method,
      ca: server.ca,
      headers: {
        authorization: `Bearer ${token}`,
        'content-length': body.length,
        ...(type === undefined ? {} : { 'content-type': type }),
        ...(accept === undefined ? {} : { accept }),
      },
    })
    sent.on('error', reject)
    sent.on('response', async (answer) => {
      const parts: Buffer[] = []
      for await (const part of answer) parts.push(part as Buffer)
      const contentType = answer.headers['content-type'] ?? 'application/json'
      resolve({ status: answer.statusCode ?? 500, headers: { 'content-type': contentType }, body: Buffer.concat(parts) })
    })
    sent.end(body)
  })
}

async function onRealServer(): Promise<Scenario> {
  const story = await scenario()
  const { kubernetes, entra } = story.cloud
  const handle = async (input: CloudRequest): Promise<CloudResponse> => {
    const claims = await entra.verify(input.headers['authorization'], [serverApplication])
    return forwarded(input, claims?.oid === story.cloud.app.principalId ? tokens.admin : tokens.nobody)
  }
  Object.assign(kubernetes.service, { handle })
  await story.putPolicy()
  return story
}

it('connects and disconnects by both auth types, with a real API server in the cluster', async () => {
  const story = await onRealServer()

  // The namespace comes later: a person makes it while the connection waits.
  await story.putLinker('photos')
  await story.clock.pass(60_000)
  expect((await story.linker('photos')).state).not.toBe('Succeeded')
  await target.ask('POST', '/api/v1/namespaces', { body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'orders' } } })
  await story.until('the connection by connection string', async () => (await story.linker('photos')).state === 'Succeeded')

  const made = (await target.ask('GET', `${secrets}/sc-photos-secret`)).body
  expect(Object.keys(made.data)).toEqual(['AZURE_STORAGEBLOB_CONNECTIONSTRING'])
  expect(Buffer.from(made.data.AZURE_STORAGEBLOB_CONNECTIONSTRING, 'base64').toString()).toMatch(
    /^DefaultEndpointsProtocol=https;AccountName=/,
  )
  expect(made.metadata.managedFields.map((row: { manager: string }) => row.manager)).toEqual(['aks-service-connector'])

  await story.putLinker('files', { authInfo: { authType: 'userAssignedIdentity' } })
  const { properties } = await story.reaches('files', 'Succeeded')
  const account = (properties['kubernetesResourceName'] as { readonly serviceAccount: string }).serviceAccount
  const clientId = account.replace('sc-account-', '')
  expect((await target.ask('GET', `${accounts}/${account}`)).body.metadata.annotations['azure.workload.identity/client-id']).toBe(clientId)
  expect((await target.ask('GET', `${secrets}/sc-files-secret`)).status).toBe(200)

  for (const name of ['photos', 'files']) {
    await story.removeLinker(name)
    await story.vanishes(name)
  }
  expect((await target.ask('GET', `${secrets}?labelSelector=service-connector/installation`)).body.items).toEqual([])
  expect((await target.ask('GET', `${accounts}?labelSelector=service-connector/installation`)).body.items).toEqual([])
  expect(story.changes()).toEqual([])
}, 120_000)

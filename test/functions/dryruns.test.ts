// Dry runs through the handlers: what is stored and answered of one, and what becomes of the findings of a preflight.
import type { HttpResponseInit } from '@azure/functions'
import { expect, it } from 'vitest'
import type { ConnectionSpec } from '../../src/model/connection.ts'
import type { Preflight } from '../../src/model/preflight-report.ts'
import { account, app, cluster, everything, request, target, testServices, version } from './test-services.ts'

const problem = { text: 'T.', cause: 'C.', remediation: 'R.', link: 'https://example.com/' }
const found: Preflight = {
  value: [
    { connections: ['data'], loop: 'target', step: 'read-target', kind: 'fault', code: 'TargetMissing', ...problem },
    {
      connections: ['data'],
      loop: 'target',
      step: 'open-firewall',
      kind: 'right',
      code: 'RightMissing',
      ...problem,
      right: { action: 'Microsoft.Storage/storageAccounts/write', scope: account, role: 'Storage Account Contributor' },
    },
    { connections: ['other'], loop: 'target', step: 'read-target', kind: 'fault', code: 'TargetMissing', ...problem },
  ],
  changes: [
    {
      connections: ['data'],
      loop: 'cluster',
      step: 'enable-features',
      change: 'create',
      when: 'now',
      by: 'person',
      object: 'OIDC issuer',
      irreversible: 'AKS cannot turn an OIDC issuer off again.',
    },
    {
      connections: ['data', 'other'],
      loop: 'target',
      step: 'open-firewall',
      change: 'create',
      when: 'now',
      by: 'app',
      object: '203.0.113.7',
    },
    { connections: ['data'], loop: 'connection', step: 'write-resources', change: 'create', when: 'later', by: 'app', object: 'Secret' },
    { connections: ['other'], loop: 'connection', step: 'write-resources', change: 'create', when: 'now', by: 'app', object: 'Secret' },
  ],
  actions: [
    { connection: 'data', step: 'write-resources', action: 'Microsoft.Storage/storageAccounts/listKeys/action', scope: account },
    { connection: 'data', step: 'open-firewall', action: 'Microsoft.Storage/storageAccounts/read', scope: account },
    { connection: 'data', step: 'open-firewall', action: 'Microsoft.Storage/storageAccounts/write', scope: account },
  ],
  adoptions: [],
  budgets: [{ connections: ['data'], what: 'firewall rules of stdata', used: 3, added: 1, limit: 200 }],
  ready: false,
  notes: ['N.'],
}

function open() {
  const asked: (readonly ConnectionSpec[])[] = []
  const given = testServices({
    preflight: async (_cluster, input) => {
      asked.push(input)
      return found
    },
  })
  const ask = async (method: string, name: string, body?: object) => {
    const path = `${cluster}/providers/Microsoft.ServiceLinker/dryruns${name === '' ? '' : `/${name}`}?${version}`
    const answer = (await app(() => given.services)(request(method, path, body ? { body } : {}), given.context)) as HttpResponseInit
    return { status: answer.status, body: typeof answer.body === 'string' ? JSON.parse(answer.body) : undefined }
  }
  return { given, asked, ask }
}
const bodyOf = (over: object = {}) => ({
  properties: {
    parameters: {
      actionName: 'createOrUpdate',
      targetService: { type: 'AzureResource', id: target },
      authInfo: { authType: 'secret' },
      scope: 'shop',
      ...over,
    },
  },
})

it('tells what is missing and what would change for its connection, in the recorded form', async () => {
  const { ask } = open()
  const { status, body } = await ask('PUT', 'data', bodyOf())
  expect([status, body.properties.provisioningState]).toEqual([201, 'Succeeded'])
  expect(body.properties.prerequisiteResults).toMatchObject([
    { type: 'basicError', code: 'ResourceNotFound', message: 'T. C. R.', problem: { code: 'TargetMissing' } },
    {
      type: 'permissionsMissing',
      scope: account,
      permissions: ['Microsoft.Storage/storageAccounts/write'],
      recommendedRole: 'Storage Account Contributor',
    },
  ])
  expect(body.properties.operationPreviews).toMatchObject([
    { name: 'listAccessKeys', operationType: 'configAuth', action: 'Microsoft.Storage/storageAccounts/listKeys/action', scope: account },
    { name: 'configClusterFeature', by: 'person', irreversible: expect.stringContaining('OIDC') },
    { name: 'configFirewallRule', operationType: 'configNetwork', action: 'Microsoft.Storage/storageAccounts/write', scope: account },
    { name: 'configSourceProperties', operationType: 'configConnection', when: 'later' },
  ])
  expect(body.properties).toMatchObject({ budgets: [{ used: 3, added: 1, limit: 200 }], notes: ['N.'] })
})

it('is read, listed, changed and deleted, and its secret is stored nowhere', async () => {
  const { given, asked, ask } = open()
  await given.store.putPolicy({ name: 'all', allow: everything })
  const id = '0d0c5b1e-0000-4000-8000-00000000000a'
  const authInfo = { authType: 'servicePrincipalSecret', clientId: id, principalId: id, secret: 'hunter2' }
  expect((await ask('PUT', 'data', bodyOf({ authInfo }))).status).toBe(201)
  const read = await ask('GET', 'data')
  expect(read).toMatchObject({ status: 200, body: { name: 'data', properties: { parameters: { authInfo: { clientId: id } } } } })
  expect(JSON.stringify(read)).not.toContain('hunter2')
  const rows: unknown[] = []
  for await (const row of given.table.query('')) rows.push(row)
  expect(JSON.stringify(rows)).not.toContain('hunter2')

  const patched = await ask('PATCH', 'data', { properties: { parameters: { clientType: 'python', authInfo: { authType: 'secret' } } } })
  expect(patched).toMatchObject({ status: 201, body: { properties: { parameters: { clientType: 'python', scope: 'shop' } } } })
  expect(asked.at(-1)).toMatchObject([{ name: 'data', client: 'python', auth: 'secret', namespace: 'shop' }])
  expect((await ask('GET', '')).body.value).toHaveLength(1)
  expect([(await ask('DELETE', 'data')).status, (await ask('DELETE', 'data')).status, (await ask('GET', 'data')).status]).toEqual([
    200, 204, 404,
  ])
  expect((await ask('PATCH', 'data', bodyOf())).status).toBe(404)
})

it('of a body that a PUT would refuse is refused with the same words', async () => {
  const { ask, asked } = open()
  expect((await ask('PUT', 'data', bodyOf({ scope: 'Shop!' }))).body.error.message).toContain('properties.scope')
  expect((await ask('PUT', 'data', { properties: {} })).body.error.message).toContain('actionName')
  expect(asked).toEqual([])
})

it('is kept for a week, and a cluster has no more than a hundred', async () => {
  const { given, ask } = open()
  for (let index = 0; index < 102; index++) {
    given.clock.now += 1_000
    await ask('PUT', `run${index}`, bodyOf())
  }
  const listed = (await ask('GET', '')).body.value.map(({ name }: { name: string }) => name)
  expect([listed.length, listed.includes('run0'), listed.includes('run101')]).toEqual([100, false, true])
  given.clock.now += 7 * 24 * 3_600_000
  expect(await given.store.purgeDryruns(given.clock.now)).toBe(99)
})

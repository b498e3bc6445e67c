// What may refuse a write that authorization allows, and what keeps an object that was deleted.
import { beforeEach, expect, it } from 'vitest'
import { webhooks } from '../../../../src/local/cloud/kubernetes/admission.ts'
import { clusterId, type Simulated, simulated } from './target.ts'

const secrets = '/api/v1/namespaces/default/secrets'
const secret = (name: string, more: object = {}) => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name, ...more }, data: { A: 'MQ==' } })

let target: Simulated
beforeEach(async () => {
  target = await simulated(() => true)
  target.world.table('resources').set(clusterId, { properties: { aadProfile: { managed: true, enableAzureRBAC: true } } })
})
const ask = (method: string, path: string, body?: unknown) => target.ask(method, path, { as: 'admin', ...(body ? { body } : {}) })
const hook = (answer: 'unreachable' | { denies: string }, failurePolicy: 'Fail' | 'Ignore' = 'Fail') =>
  webhooks(target.world).set('one', {
    cluster: clusterId,
    name: 'validate.policies.example',
    operations: ['CREATE', 'UPDATE', 'DELETE'],
    resources: ['secrets'],
    failurePolicy,
    answer,
  })

it('denies with the message of the webhook', async () => {
  hook({ denies: 'no Secrets here' })
  expect(await ask('POST', secrets, secret('a'))).toMatchObject({
    status: 403,
    body: { message: 'admission webhook "validate.policies.example" denied the request: no Secrets here' },
  })
})

it('refuses every write that a webhook wants to see and nothing serves it, unless its failurePolicy ignores that', async () => {
  await ask('POST', secrets, secret('a'))
  hook('unreachable')
  for (const [method, path, body] of [
    ['POST', secrets, secret('b')],
    ['PUT', `${secrets}/a`, { ...secret('a'), data: { A: 'Mg==' } }],
    ['DELETE', `${secrets}/a`, undefined],
  ] as const)
    expect(await ask(method, path, body)).toMatchObject({
      status: 500,
      body: { reason: 'InternalError', message: expect.stringContaining('failed calling webhook "validate.policies.example"') },
    })
  hook('unreachable', 'Ignore')
  expect((await ask('DELETE', `${secrets}/a`)).status).toBe(200)
})

it('counts objects for a quota of the namespace, and refuses one too many', async () => {
  const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'few' }, spec: { hard: { secrets: '1' } } }
  expect((await ask('POST', '/api/v1/namespaces/default/resourcequotas', quota)).status).toBe(201)
  expect((await ask('POST', secrets, secret('a'))).status).toBe(201)
  expect(await ask('POST', secrets, secret('b'))).toMatchObject({
    status: 403,
    body: {
      message: 'secrets "b" is forbidden: exceeded quota: few, requested: secrets=1, used: secrets=1, limited: secrets=1',
    },
  })
  expect((await ask('PUT', `${secrets}/a`, { ...secret('a'), data: { A: 'Mg==' } })).status).toBe(200)
})

it('keeps a namespace as long as a finalizer holds something in it', async () => {
  await ask('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team' } })
  const path = '/api/v1/namespaces/team/secrets'
  await ask('POST', path, secret('held', { finalizers: ['backup.example/hold'] }))
  await ask('POST', path, secret('free'))
  await ask('DELETE', '/api/v1/namespaces/team')
  await target.clock.pass(60_000)
  expect((await ask('GET', `${path}/free`)).status).toBe(404)
  const held = await ask('GET', `${path}/held`)
  expect(held.body.metadata.deletionTimestamp).toBeDefined()
  expect((await ask('GET', '/api/v1/namespaces/team')).body.status.phase).toBe('Terminating')
  await ask('PUT', `${path}/held`, { ...held.body, metadata: { ...held.body.metadata, finalizers: [] } })
  await target.clock.pass(60_000)
  expect((await ask('GET', '/api/v1/namespaces/team')).status).toBe(404)
})

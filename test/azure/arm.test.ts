import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createArm } from '../../src/azure/arm.ts'
import { problemOf } from '../../src/errors/catalogue.ts'
import type { Arm } from '../../src/ports/azure.ts'
import { clusterPath, groupPath, identityPath, storagePath, subscription } from '../local/cloud/arm/arm-world.ts'
import { type AzureWorld, azureWorld, failure } from './azure-world.ts'

const aks = '2026-06-01'
const storage = '2024-01-01'
const roles = '2022-04-01'
const cluster = clusterPath('c1')
const account = storagePath('orders')
const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
const properties = (body: unknown): Record<string, unknown> => (isRecord(body) && isRecord(body.properties) ? body.properties : {})

describe('ARM', () => {
  let world: AzureWorld
  let arm: Arm
  beforeAll(async () => {
    world = await azureWorld({
      clusters: [
        {
          name: 'c1',
          group: 'shop',
          region: 'westeurope',
          oidcIssuer: false,
          namespaces: ['orders'],
          properties: { somethingNew: { kept: true } },
        },
      ],
      groups: [{ name: 'données_(1)', region: 'westeurope' }],
    })
    arm = createArm(world.connection())
  })
  afterAll(() => world.close())
  beforeEach(() => world.cloud.faults.clear())

  const fail = (answer: Parameters<AzureWorld['cloud']['faults']['add']>[0]['answer'], method?: string): void =>
    void world.cloud.faults.add({ match: { service: 'arm', ...(method ? { method } : {}) }, times: 1, answer })
  const refusal = (status: number, code: string, message = 'no', headers: Record<string, string> = {}) => ({
    status,
    headers,
    body: { error: { code, message } },
  })

  describe('reading', () => {
    it('gives the body as it came, with fields that no SDK knows', async () => {
      expect(properties(await arm.get(cluster, aks)).somethingNew).toEqual({ kept: true })
    })

    it('gives nothing for a resource or group that is not there', async () => {
      expect(await arm.get(clusterPath('nowhere'), aks)).toBeUndefined()
      expect(await arm.get(clusterPath('c1', 'no-such-group'), aks)).toBeUndefined()
    })

    it.each([
      [403, 'AuthorizationFailed', 'permission'],
      [404, 'SubscriptionNotFound', 'manual'],
      [404, 'NoRegisteredProviderFound', 'replication'],
      [500, 'InternalServerError', 'transient'],
    ])('does not take %i %s for absence', async (status, code, kind) => {
      fail(refusal(status, code))
      expect((await failure(arm.get(cluster, aks))).class).toBe(kind)
    })

    it('says which right is missing, where, and how to give it', async () => {
      const asRob = createArm(world.connection('rob'))
      const fields = await failure(asRob.put(`${account}/providers/Microsoft.Authorization/roleAssignments/${subscription}`, roles, {}))
      expect(fields).toMatchObject({
        class: 'permission',
        code: 'RightMissing',
        status: 403,
        about: { action: 'Microsoft.Authorization/roleAssignments/write' },
      })
      const problem = problemOf(fields)
      expect(problem.text).toContain('write the role assignment')
      expect(problem.commands?.cli).toMatch(/^az role assignment create --assignee-object-id [0-9a-f-]{36} .*--role f58310d9/)
    })

    it('reads ids with letters of any script', async () => {
      expect(await arm.get(`${groupPath('données_(1)')}/providers/Microsoft.Storage/storageAccounts/x`, storage)).toBeUndefined()
      expect(world.calls.at(-1)).toMatchObject({ status: 404, path: expect.stringContaining('donn%C3%A9es_(1)') })
    })

    it.each(['/subscriptions/../x', '/a//b', '/a/b?c=d', '/a/b#c', '/a/%2e%2e/b', 'https://elsewhere/x', '/a/b c', '//elsewhere/x'])(
      'sends no request to %s',
      async (id) => {
        const before = world.calls.length
        await expect(arm.get(id, aks)).rejects.toThrow(TypeError)
        expect(world.calls.length).toBe(before)
      },
    )
  })

  describe('lists', () => {
    it('follows the pages', async () => {
      const rows = await arm.list(`/subscriptions/${subscription}/resourceGroups`, '2025-04-01')
      expect(rows.map((row) => row.name)).toEqual(expect.arrayContaining(['shop', 'connector']))
      fail({
        status: 200,
        body: {
          value: [{ id: '/first', properties: {} }],
          nextLink: `https://management.azure.com/subscriptions/${subscription}/resourceGroups?api-version=2025-04-01&$skiptoken=2`,
        },
      })
      const all = await arm.list(`/subscriptions/${subscription}/resourceGroups`, '2025-04-01')
      expect(all.map((row) => row.id)).toEqual(['/first', ...rows.map((row) => row.id)])
      expect(world.cloud.calls.at(-1)?.path).toContain('skiptoken=2')
    })

    it('takes a query along', async () => {
      const path = `${account}/providers/Microsoft.Authorization/roleAssignments?$filter=${encodeURIComponent("principalId eq '1'")}`
      expect(await arm.list(path, roles)).toEqual([])
      expect(world.cloud.calls.at(-1)?.path).toMatch(/filter=principalId\+eq\+%271%27/)
    })

    it('refuses half a list: a next page on another host gets no token', async () => {
      fail({ status: 200, body: { value: [], nextLink: 'https://elsewhere.example/next' } })
      const before = world.calls.length
      expect((await failure(arm.list(`/subscriptions/${subscription}/resourceGroups`, '2025-04-01'))).code).toBe('AnswerNotUnderstood')
      expect(world.calls.length).toBe(before + 1)
    })
  })

  describe('writing', () => {
    it('changes a cluster under its etag, and polls the operation until it is done', async () => {
      const body = await arm.get(cluster, aks)
      const { operation } = await arm.put(
        cluster,
        aks,
        { ...body, properties: { ...properties(body), oidcIssuerProfile: { enabled: true } } },
        { ifMatch: String(body?.eTag) },
      )
      expect(operation).toMatch(/^https:\/\/management\.azure\.com\/.*operations/)
      expect(await arm.operation(operation ?? '')).toMatchObject({ state: 'running' })
      await world.clock.until('the operation ends', async () => (await arm.operation(operation ?? '')).state !== 'running')
      expect(await arm.operation(operation ?? '')).toEqual({ state: 'done' })
      const after = properties(await arm.get(cluster, aks))
      expect(after.oidcIssuerProfile).toMatchObject({ enabled: true })
      expect(after.somethingNew).toEqual({ kept: true })
    })

    it('is refused as stale where another writer wrote in between', async () => {
      const body = await arm.get(cluster, aks)
      expect(await failure(arm.put(cluster, aks, body, { ifMatch: '"another"' }))).toMatchObject({
        class: 'stale',
        code: 'Stale',
        status: 412,
      })
    })

    it('says why an operation failed, nested reasons included', async () => {
      const body = await arm.get(cluster, aks)
      const error = {
        code: 'ResourceOperationFailure',
        message: 'It failed.',
        details: [{ code: 'OriginalEtagNotExpect', message: 'Original etag not expected' }],
      }
      fail({ operation: { status: 'Failed', after: 1000, error } }, 'PUT')
      const { operation = '' } = await arm.put(cluster, aks, {
        ...body,
        properties: { ...properties(body), securityProfile: { workloadIdentity: { enabled: true } } },
      })
      await world.clock.until('the operation ends', async () => (await arm.operation(operation)).state !== 'running')
      expect(await arm.operation(operation)).toEqual({
        state: 'failed',
        code: 'ResourceOperationFailure',
        message: 'It failed. (OriginalEtagNotExpect: Original etag not expected)',
      })
    })

    it('patches the firewall of an account', async () => {
      await arm.patch(account, storage, {
        properties: { networkAcls: { defaultAction: 'Deny', ipRules: [{ value: '52.1.2.3', action: 'Allow' }] } },
      })
      expect(properties(await arm.get(account, storage)).networkAcls).toMatchObject({
        ipRules: [expect.objectContaining({ value: '52.1.2.3' })],
      })
    })

    it('deletes, and is content where nothing is there', async () => {
      const id = identityPath('short-lived')
      await arm.put(id, '2024-11-30', { location: 'westeurope' })
      await arm.delete(id, '2024-11-30')
      expect(await arm.get(id, '2024-11-30')).toBeUndefined()
      await arm.delete(id, '2024-11-30')
      await arm.delete(identityPath('x', 'no-such-group'), '2024-11-30')
    })

    it('takes no `Location` of a created resource for an operation', async () => {
      const { operation } = await arm.put(identityPath('another'), '2024-11-30', { location: 'westeurope' })
      expect(operation).toBeUndefined()
    })

    it.each([
      [{ 'azure-asyncoperation': 'https://westeurope.rp.example/op/1' }, undefined],
      [{ 'azure-asyncoperation': 'https://management.azure.com.evil.example/op/1' }, undefined],
      [{ 'azure-asyncoperation': 'http://management.azure.com/op/1' }, undefined],
      [{ 'azure-asyncoperation': 'https://user:word@management.azure.com/op/1' }, undefined],
      [{ location: 'https://management.azure.com/op/1*ABC?t=1&s=x%2F' }, 'https://management.azure.com/op/1*ABC?t=1&s=x%2F'],
      [{ location: '/op/2' }, 'https://management.azure.com/op/2'],
    ])('follows operations of its own host only: %j', async (headers, expected) => {
      fail({ status: 202, headers: { ...headers, 'retry-after': '7' } }, 'PATCH')
      expect(await arm.patch(account, storage, {})).toEqual({ body: {}, retryAfterMs: 7000, ...(expected ? { operation: expected } : {}) })
    })
  })

  describe('operations', () => {
    const url = `https://management.azure.com/subscriptions/${subscription}/providers/Microsoft.ContainerService/locations/westeurope/operations/1?api-version=2016-03-30`
    it.each([
      [{ status: 200, body: { status: 'InProgress' } }, { state: 'running' }],
      [
        { status: 200, headers: { 'retry-after': '20' }, body: { status: 'ReconcilingDNS' } },
        { state: 'running', retryAfterMs: 20_000 },
      ],
      [{ status: 202 }, { state: 'running' }],
      [{ status: 200, body: { status: 'Succeeded' } }, { state: 'done' }],
      [{ status: 204 }, { state: 'done' }],
      [{ status: 200, body: { id: 'the resource itself' } }, { state: 'done' }],
      [{ status: 404, body: { error: { code: 'NotFound', message: 'x' } } }, { state: 'done' }],
      [
        { status: 200, body: { status: 'Canceled' } },
        { state: 'failed', code: 'OperationCanceled', message: 'It was cancelled.' },
      ],
      [
        { status: 200, body: { status: 'Failed' } },
        { state: 'failed', code: 'OperationFailed', message: 'It failed without saying why.' },
      ],
    ])('reads %j', async (answer, expected) => {
      fail(answer)
      expect(await arm.operation(url)).toEqual(expected)
    })

    it('throws where polling itself is refused', async () => {
      fail(refusal(429, 'Throttled', 'slow', { 'retry-after': '5' }))
      expect(await failure(arm.operation(url))).toMatchObject({ class: 'throttled', retryAfterMs: 5000 })
    })

    it('asks nothing about a URL of another host', async () => {
      const before = world.calls.length
      expect(await arm.operation('https://elsewhere.example/op')).toEqual({ state: 'done' })
      expect(world.calls.length).toBe(before)
    })
  })

  describe('credentials', () => {
    it('are closed before anything sees them', async () => {
      const key = await arm.secret(account, 'listKeys', storage, (answer) => (answer as { keys: { value: string }[] }).keys[0]?.value ?? '')
      expect(String(key)).toBe('[secret]')
      expect(key.reveal()).toMatch(/^[A-Za-z0-9+/]{86}==$/)
    })

    it('are not told by the failure to find them', async () => {
      const fields = await failure(
        arm.secret(account, 'listKeys', storage, (answer) => {
          throw new Error(JSON.stringify(answer))
        }),
      )
      expect(fields.code).toBe('CredentialNotReadable')
      expect(JSON.stringify(fields)).not.toMatch(/[A-Za-z0-9+/]{80}/)
    })
  })

  describe('trouble', () => {
    it.each([
      ['reset' as const, 'transient', 'NoAnswer'],
      ['timeout' as const, 'transient', 'NoAnswer'],
      ['lost-after-effect' as const, 'transient', 'NoAnswer'],
      [{ status: 200, body: 'not json' }, 'transient', 'AnswerNotUnderstood'],
      [{ status: 503 }, 'throttled', 'Throttled'],
      [{ status: 502, body: '<html>' }, 'transient', 'ServerError'],
      [{ status: 302, headers: { location: 'https://elsewhere.example/' } }, 'transient', 'AnswerNotUnderstood'],
    ])('is told for %j', async (answer, kind, code) => {
      fail(answer)
      const before = world.calls.length
      expect(await failure(arm.get(cluster, aks))).toMatchObject({ class: kind, code })
      expect(world.calls.length).toBe(before + 1)
    })

    it('tells of every call, and how long it took', () => {
      expect(world.calls[0]).toMatchObject({
        method: 'GET',
        host: 'management.azure.com',
        path: cluster,
        status: 200,
        ms: expect.any(Number),
      })
      expect(world.calls.some((call) => call.status === undefined)).toBe(true)
    })
  })

  it('takes the words of a provider for a namespace that is gone, and no others', async () => {
    const namespace = `${groupPath('shop')}/providers/Microsoft.ServiceBus/namespaces/messages`
    expect(await arm.get(namespace, '2024-01-01')).toBeUndefined()
    fail(refusal(404, 'NotFound', 'The namespace messages in subscription x is not active, its current state is Created.'))
    expect(await failure(arm.get(namespace, '2024-01-01'))).toMatchObject({ status: 404, code: 'NotFound' })
  })
})

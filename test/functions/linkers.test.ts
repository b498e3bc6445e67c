import type { HttpResponseInit } from '@azure/functions'
import { beforeEach, describe, expect, it } from 'vitest'
import { specOf } from '../../src/declare/connection-spec.ts'
import { linkerFields } from '../../src/linker/linker.ts'
import { operationId } from '../../src/linker/operation-id.ts'
import { apiVersions } from '../../src/linker/versions.ts'
import { loop } from '../../src/model/loop.ts'
import type { StepRow } from '../../src/model/outcome.ts'
import { targets } from '../../src/targets/catalogue.ts'
import { anOutcome, aRecord } from '../model/a-record.ts'
import { anyone } from '../model/allow-all.ts'
import {
  type Ask,
  account,
  app,
  clientId,
  cluster,
  everything,
  fallAsleep,
  identity,
  installation,
  keyOfLinker,
  linkerBody,
  linkerPath,
  request,
  steps,
  subscription,
  type TestServices,
  target,
  testServices,
  version,
} from './test-services.ts'

let given: TestServices
beforeEach(async () => {
  given = testServices()
  await given.store.putPolicy({ name: 'all', allow: everything })
})

type Answer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Readonly<Record<string, unknown>>
}
const parsed = ({ status = 200, headers, body }: HttpResponseInit): Answer => ({
  status,
  headers: (headers ?? {}) as Record<string, string>,
  body: typeof body === 'string' ? JSON.parse(body) : {},
})
const call = async (method: string, path: string, ask: Ask = {}, query = version): Promise<Answer> =>
  parsed((await app(() => given.services)(request(method, `${path}?${query}`, ask), given.context)) as HttpResponseInit)
const put = (name: string, properties: object = {}, ask: Ask = {}) =>
  call('PUT', linkerPath(name), { body: linkerBody(properties), ...ask })
const errorOf = ({ body }: Answer): { code: string; message: string; details?: { target: string }[] } => body['error'] as never
const operationOf = (name: string, generation: number): string => operationId(keyOfLinker(name), generation)
const stored = async (name: string) => (await given.store.read({ kind: 'connection', key: keyOfLinker(name), id: '' }))?.row
const connectionLoop = (name: string) => ({ kind: 'connection', key: keyOfLinker(name), id: linkerPath(name) }) as const

/** Lets the loop's steps have run with this outcome. */
async function ran(name: string, kind: StepRow['outcome']['kind'] = 'satisfied', over: Partial<StepRow['outcome']> = {}): Promise<void> {
  const generation = (await stored(name))?.self?.generation ?? 0
  for (const step of steps.connection) {
    const before = (await given.store.read(connectionLoop(name)))?.steps.find((row) => row.step === step)
    const { now } = given.clock
    const recorded = { ...aRecord({ outcome: anOutcome({ kind, ...over }), since: now, ranAt: now, generation }), tracked: [] }
    expect(await given.store.record(connectionLoop(name), { step, ...(before ? { row: before } : {}), tracked: [] }, recorded)).toBe(
      'recorded',
    )
  }
}

async function declaredByTag(name: string): Promise<void> {
  const input = {
    origin: 'tag',
    name,
    cluster: loop('cluster', cluster),
    type: targets[0] as (typeof targets)[number],
    target: { owner: account, id: `${account}/blobServices/default` },
  } as const
  const read = specOf(input, installation, linkerFields)
  if ('value' in read) await given.store.desire(read.value, anyone)
}

describe('PUT of a linker', () => {
  it('stores what is desired, wakes the loop, and answers with an operation on its own host', async () => {
    const answer = await put('data')
    expect(answer.status).toBe(201)
    expect(answer.body).toMatchObject({
      id: linkerPath('data'),
      name: 'data',
      properties: {
        provisioningState: 'Accepted',
        targetService: { id: target },
        scope: 'shop',
        clientType: 'none',
        kubernetesResourceName: { secret: 'sc-data-secret' },
        origin: 'http',
      },
    })
    expect(answer.headers['azure-asyncoperation']).toBe(
      `https://connector.example/subscriptions/${subscription}/providers/Microsoft.ServiceLinker/locations/global/operationStatuses/${operationOf('data', 1)}?${version}`,
    )
    expect(answer.headers['retry-after']).toBe('5')
    expect(given.woken.map(({ kind, key }) => `${kind}-${key}`)).toEqual([`connection-${keyOfLinker('data')}`])
    expect(await stored('data')).toMatchObject({
      removing: false,
      self: { generation: 1, namespace: 'shop', origin: 'http' },
      dueAt: given.clock.now,
    })
  })

  it('has its operations on the host that the caller sees', async () => {
    const behind = await put('a', {}, { headers: { 'x-forwarded-host': 'sc.contoso.com', 'x-forwarded-proto': 'https, http' } })
    expect(behind.headers['azure-asyncoperation']).toMatch(/^https:\/\/sc\.contoso\.com\/subscriptions\//)
    const odd = await put('b', {}, { headers: { 'x-forwarded-host': 'evil"><script>' } })
    expect(odd.headers['azure-asyncoperation']).toMatch(/^https:\/\/connector\.example\//)
    given = testServices({ publicUrl: 'https://public.example/' })
    await given.store.putPolicy({ name: 'all', allow: everything })
    expect((await put('c')).headers['azure-asyncoperation']).toMatch(/^https:\/\/public\.example\/subscriptions/)
  })

  it('of an unchanged body answers 201, as Service Connector does, and changes nothing', async () => {
    await put('data')
    const writes = given.table.writes()
    expect((await put('data')).status).toBe(201)
    const other = await call(
      'PUT',
      linkerPath('DATA', cluster.replace('resourceGroups/rg', 'RESOURCEGROUPS/RG').replace('managedClusters', 'managedclusters')),
      {
        body: linkerBody({ targetService: { type: 'azureresource', id: target.toUpperCase() } }),
      },
    )
    expect(other.status).toBe(201)
    expect(given.table.writes()).toBe(writes)
    // woken each time: the host may have died between the first write and its wake
    expect(given.woken).toHaveLength(3)
  })

  it('of what GET answered changes nothing', async () => {
    await put('data', {
      authInfo: { authType: 'userAssignedIdentity', authMode: 'optOutAllAuth' },
      publicNetworkSolution: { action: 'optOut' },
    })
    const writes = given.table.writes()
    const { body } = await call('GET', linkerPath('data'))
    expect((await call('PUT', linkerPath('data'), { body })).status).toBe(201)
    expect(given.table.writes()).toBe(writes)
  })

  it('of a changed body is a new generation with an operation of its own', async () => {
    await put('data')
    const answer = await put('data', { clientType: 'python' })
    expect(answer.status).toBe(201)
    expect(answer.headers['azure-asyncoperation']).toContain(`${operationOf('data', 2)}?`)
    expect(given.woken).toHaveLength(2)
  })

  it('brings a connection back that is being removed', async () => {
    await put('data')
    await call('DELETE', linkerPath('data'))
    expect((await put('data')).status).toBe(201)
    expect(await stored('data')).toMatchObject({ removing: false, self: { generation: 3 } })
  })

  it('finds the ARM id of a given identity', async () => {
    await given.store.putPolicy({ name: 'all', allow: { ...everything, identities: ['*/*/*'] } })
    const answer = await put('data', { authInfo: { authType: 'userAssignedIdentity', clientId, subscriptionId: subscription } })
    expect(answer.status).toBe(201)
    expect((await stored('data'))?.self).toMatchObject({ provided: true, identity: { id: identity } })
    expect(answer.body['properties']).toMatchObject({ authInfo: { identityId: identity, subscriptionId: subscription } })
  })

  it('says so when the given identity is not there', async () => {
    const answer = await put('data', { authInfo: { authType: 'userAssignedIdentity', clientId: '99999999-2222-4333-8444-555555555555' } })
    expect(answer.status).toBe(400)
    expect(errorOf(answer).details?.[0]?.target).toBe('properties.authInfo.clientId')
    expect(await stored('data')).toBeUndefined()
  })

  it('is refused where no policy allows it, with the policy that would, and stores nothing', async () => {
    await given.store.putPolicy({ name: 'all', allow: { ...everything, namespaces: ['other'] } })
    const writes = given.table.writes()
    const answer = await put('data')
    expect(answer.status).toBe(403)
    expect(errorOf(answer)).toMatchObject({ code: 'NotAllowed', message: expect.stringContaining('"namespaces":["shop"]') })
    expect(given.table.writes()).toBe(writes)
    expect(given.woken).toEqual([])
    for (const namespace of ['kube-system', 'sc-system']) {
      await given.store.putPolicy({ name: 'all', allow: everything })
      expect(errorOf(await put('data', { scope: namespace })).code).toBe('SystemNamespace')
    }
  })

  it('is refused where a tag declares the connection, and names the tag', async () => {
    await declaredByTag('data')
    for (const method of ['PUT', 'DELETE']) {
      const answer = await call(method, linkerPath('data'), method === 'PUT' ? { body: linkerBody() } : {})
      expect(answer.status).toBe(409)
      expect(errorOf(answer)).toMatchObject({ code: 'DeclaredElsewhere', message: expect.stringContaining('connect-data') })
    }
    expect((await stored('data'))?.removing).toBe(false)
  })

  it('is refused where another connection has the same name in Kubernetes', async () => {
    await put('my.data')
    const answer = await put('my_data')
    expect(answer.status).toBe(409)
    expect(errorOf(answer).code).toBe('NameTaken')
    expect(await stored('my_data')).toBeUndefined()
  })

  it('hands the secret of a service principal to the Key Vault, and stores only where it is', async () => {
    const kept: string[] = []
    const idOf = (key: string): string => `https://keys.vault.azure.net/secrets/${key}`
    const vault = {
      idOf,
      put: async (key: string, value: { reveal(): string }) => {
        kept.push(value.reveal())
        return { id: idOf(key), version: String(kept.length) }
      },
      discard: async () => {},
    }
    given = testServices({ vault })
    const principal = { authType: 'servicePrincipalSecret', clientId, principalId: clientId, secret: 'hunter2' }
    expect((await put('data', { authInfo: principal })).status).toBe(403)
    expect(kept).toEqual([])
    await given.store.putPolicy({ name: 'all', allow: { ...everything, identities: ['servicePrincipals/*/*'] } })
    const { secret: _, ...without } = principal
    expect(errorOf(await put('data', { authInfo: without })).details).toMatchObject([{ target: 'properties.authInfo.secret' }])
    expect((await put('data', { authInfo: principal })).status).toBe(201)
    expect(kept).toEqual(['hunter2'])
    expect((await put('data', { authInfo: without })).status).toBe(201)
    expect((await stored('data'))?.self).toMatchObject({ generation: 1, secret: { version: '1' } })
    expect(JSON.stringify(await stored('data'))).not.toContain('hunter2')
    expect(given.logged.join()).not.toContain('hunter2')
  })

  it('is stored though no loop can be woken', async () => {
    given = testServices({
      hub: () => ({ wake: () => Promise.reject(new Error('no hub')), terminate: async () => {}, purge: async () => 0 }),
    })
    await given.store.putPolicy({ name: 'all', allow: everything })
    expect((await put('data')).status).toBe(201)
    expect((await stored('data'))?.dueAt).toBe(given.clock.now)
    expect(given.logged.join()).toContain('heartbeat')
  })
})

describe('PUT of a linker whose id several types have', () => {
  const id = `/subscriptions/${subscription}/resourceGroups/data/providers/Microsoft.CognitiveServices/accounts/brain`
  const ask = (more: object = {}) => put('brain', { targetService: { type: 'AzureResource', id }, ...more })

  it('takes the type that the resource tells, as the clients of Azure Service Connector leave it out', async () => {
    given = { ...given, services: { ...given.services, typesOffered: async () => ['openai'] } }
    expect((await ask()).status).toBe(201)
    expect((await stored('brain'))?.self?.type).toBe('openai')
  })

  it('keeps the type that it has, without asking again', async () => {
    expect((await ask({ targetType: 'aiservices' })).status).toBe(201)
    expect((await ask()).status).toBe(201)
    expect((await stored('brain'))?.self?.type).toBe('aiservices')
  })

  it('asks for it where the resource cannot be read', async () => {
    const answer = await ask()
    expect([answer.status, errorOf(answer).message]).toEqual([400, expect.stringContaining('openai')])
  })
})

describe('PATCH of a linker', () => {
  const patch = (name: string, properties: object) => call('PATCH', linkerPath(name), { body: { properties } })

  it('changes what it names, and answers as a PUT does', async () => {
    await put('data', { clientType: 'python', publicNetworkSolution: { action: 'optOut' } })
    const answer = await patch('data', { clientType: 'java' })
    expect(answer.status).toBe(201)
    expect(answer.headers['azure-asyncoperation']).toContain(`${operationOf('data', 2)}?`)
    expect(answer.body['properties']).toMatchObject({ clientType: 'java', publicNetworkSolution: { action: 'optOut' }, scope: 'shop' })
  })

  it('of what is so already writes nothing', async () => {
    await put('data', { clientType: 'python' })
    const writes = given.table.writes()
    expect((await patch('data', { clientType: 'python' })).status).toBe(201)
    expect((await call('PATCH', linkerPath('data'), { body: {} })).status).toBe(201)
    expect(given.table.writes()).toBe(writes)
  })

  it('keeps the secret that is stored', async () => {
    const idOf = (key: string): string => `https://keys.vault.azure.net/secrets/${key}`
    given = testServices({ vault: { idOf, put: async (key) => ({ id: idOf(key), version: '1' }), discard: async () => {} } })
    await given.store.putPolicy({ name: 'all', allow: { ...everything, identities: ['servicePrincipals/*/*'] } })
    await put('data', { authInfo: { authType: 'servicePrincipalSecret', clientId, principalId: clientId, secret: 'hunter2' } })
    expect((await patch('data', { clientType: 'java' })).status).toBe(201)
    expect((await stored('data'))?.self).toMatchObject({ generation: 2, client: 'java', secret: { version: '1' } })
    const other = { authType: 'servicePrincipalSecret', clientId: subscription }
    expect(errorOf(await patch('data', { authInfo: other })).details).toMatchObject([{ target: 'properties.authInfo.principalId' }])
  })

  it('takes the default roles of another target along', async () => {
    await put('data')
    expect((await patch('data', { targetService: { id: `${account}/queueServices/default` } })).status).toBe(201)
    const grants = targets.find(({ type }) => type === 'storage-queue')?.grants.default ?? []
    expect((await stored('data'))?.self).toMatchObject({ type: 'storage-queue', roles: grants.map(({ id }) => id) })
  })

  it('is refused for a connection that is declared by a tag, and for one that is being removed', async () => {
    await declaredByTag('data')
    expect(await patch('data', { clientType: 'java' })).toMatchObject({ status: 409, body: { error: { code: 'DeclaredElsewhere' } } })
    await put('other')
    await call('DELETE', linkerPath('other'))
    expect(await patch('other', { clientType: 'java' })).toMatchObject({ status: 409, body: { error: { code: 'Conflict' } } })
  })
})

describe('a bad request', () => {
  const bad: readonly (readonly [string, () => Promise<Answer>, number, string])[] = [
    ['no api-version', () => call('PUT', linkerPath('data'), { body: linkerBody() }, ''), 400, 'MissingApiVersionParameter'],
    [
      'another api-version',
      () => call('PUT', linkerPath('data'), { body: linkerBody() }, 'api-version=2021-01-01'),
      400,
      'InvalidApiVersionParameter',
    ],
    ['a name with a slash', () => call('PUT', linkerPath('a%2Fb'), { body: linkerBody() }), 400, 'InvalidResourceId'],
    ['a name with a space', () => call('PUT', linkerPath('a%20b'), { body: linkerBody() }), 400, 'InvalidResourceName'],
    ['a name of dots', () => call('PUT', linkerPath('_.-'), { body: linkerBody() }), 400, 'InvalidResourceName'],
    ['a name that is too long', () => call('PUT', linkerPath('a'.repeat(61)), { body: linkerBody() }), 400, 'InvalidResourceName'],
    ['a broken percent sign', () => call('PUT', linkerPath('a%zz'), { body: linkerBody() }), 400, 'InvalidResourceId'],
    ['a source that is no cluster', () => call('PUT', linkerPath('data', account), { body: linkerBody() }), 400, 'InvalidResourceId'],
    ['a subscription that is none', () => call('GET', linkerPath('data', cluster.replace(subscription, 'sub'))), 400, 'InvalidResourceId'],
    ['a path that is not served', () => call('GET', '/subscriptions/x'), 404, 'NotFound'],
    ['another collection', () => call('GET', `${cluster}/providers/Microsoft.ServiceLinker/others`), 404, 'NotFound'],
    ['PATCH of nothing', () => call('PATCH', linkerPath('data'), { body: linkerBody() }), 404, 'ResourceNotFound'],
    ['PATCH of a bad name', () => call('PATCH', linkerPath('_.-'), { body: linkerBody() }), 400, 'InvalidResourceName'],
    ['validate of nothing', () => call('POST', `${linkerPath('data')}/validateLinker`), 404, 'ResourceNotFound'],
    ['generate of nothing', () => call('POST', `${linkerPath('data')}/generateConfigurations`), 404, 'ResourceNotFound'],
    [
      'a dry run of nothing',
      () => call('PUT', `${cluster}/providers/Microsoft.ServiceLinker/dryruns/x`, { body: {} }),
      400,
      'InvalidRequestContent',
    ],
    ['no dry run', () => call('GET', `${cluster}/providers/Microsoft.ServiceLinker/dryruns/x`), 404, 'NotFound'],
    ['an unknown action', () => call('POST', `${linkerPath('data')}/explode`), 404, 'NotFound'],
    ['no body', () => call('PUT', linkerPath('data'), { text: '' }), 400, 'InvalidRequestContent'],
    ['no JSON', () => put('data', {}, { text: '{"a": hunter2' }), 400, 'InvalidRequestContent'],
    ['a list', () => put('data', {}, { text: '[]' }), 400, 'InvalidRequestContent'],
    ['another content type', () => put('data', {}, { headers: { 'content-type': 'text/plain' } }), 415, 'UnsupportedMediaType'],
    ['no content type', () => put('data', {}, { headers: { 'content-type': '' } }), 415, 'UnsupportedMediaType'],
    ['5 MB', () => put('data', {}, { text: `{"a":"${'x'.repeat(5 * 1024 * 1024)}"}` }), 413, 'RequestContentTooLarge'],
    [
      'very deep JSON',
      () => put('data', {}, { text: `{"properties":${'['.repeat(50_000)}${']'.repeat(50_000)}}` }),
      400,
      'InvalidRequestContent',
    ],
    ['a bad namespace', () => put('data', { scope: 'Shop!' }), 400, 'InvalidRequestContent'],
    ['an unknown client type', () => put('data', { clientType: 'cobol' }), 400, 'InvalidRequestContent'],
    ['an unknown auth type', () => put('data', { authInfo: { authType: 'magic' } }), 400, 'InvalidRequestContent'],
    ['a target that is none', () => put('data', { targetService: { type: 'AzureResource', id: '/x' } }), 400, 'InvalidRequestContent'],
    [
      'an operation that is none',
      () => call('GET', `/subscriptions/${subscription}/providers/Microsoft.ServiceLinker/locations/global/operationStatuses/x`),
      404,
      'OperationNotFound',
    ],
  ]
  it.each(bad)(
    'with %s gets an answer in the shape of ARM that says how to write it, and stores nothing',
    async (_what, ask, status, code) => {
      const writes = given.table.writes()
      const answer = await ask()
      expect(answer.status).toBe(status)
      expect(errorOf(answer).code).toBe(code)
      expect(errorOf(answer).message).toMatch(/\.$|\bWrite\b/)
      expect(errorOf(answer).message).not.toContain('hunter2')
      expect(answer.headers['content-type']).toContain('application/json')
      expect(answer.headers['x-ms-request-id']).toBe('test')
      expect(given.table.writes()).toBe(writes)
      expect(given.woken).toEqual([])
    },
  )

  it('is told about each field', async () => {
    const answer = await put('data', { scope: 'Shop!', clientType: 'cobol' })
    expect(errorOf(answer).details?.map(({ target }) => target)).toEqual(['properties.scope', 'properties.clientType'])
  })

  it.each(apiVersions)('is none with the api-version %s', async (one) => {
    expect((await call('GET', `${cluster}/providers/Microsoft.ServiceLinker/linkers`, {}, `api-version=${one}`)).status).toBe(200)
  })

  it('says inside what failed without telling what', async () => {
    given.table.breakDown()
    const answer = await call('GET', linkerPath('data'))
    expect(answer.status).toBe(500)
    expect(errorOf(answer)).toMatchObject({ code: 'InternalError', message: expect.not.stringContaining('ECONNREFUSED') })
    expect(given.logged.join()).toContain('ECONNREFUSED')
  })
})

describe('GET', () => {
  it('tells state, names and timeline', async () => {
    await put('data')
    await ran('data')
    const { body, status } = await call('GET', linkerPath('Data'))
    expect(status).toBe(200)
    expect(body['properties']).toMatchObject({ provisioningState: 'Succeeded' })
    expect(
      ((body['properties'] as { timeline: unknown }).timeline as { step: string; outcome: string }[]).filter(
        ({ step }) => step === 'check-consent',
      ),
    ).toMatchObject([{ outcome: 'satisfied' }])
  })

  it('of a connection that is not there is 404 in the shape of ARM', async () => {
    const answer = await call('GET', linkerPath('none'))
    expect(answer.status).toBe(404)
    expect(errorOf(answer).code).toBe('ResourceNotFound')
  })

  it('of the list answers those of the cluster', async () => {
    await put('a')
    await put('b')
    await call('PUT', linkerPath('c', cluster.replace('/aks', '/other')), { body: linkerBody() })
    const { body } = await call('GET', `${cluster}/providers/Microsoft.ServiceLinker/linkers`)
    expect((body['value'] as { name: string }[]).map(({ name }) => name).sort()).toEqual(['a', 'b'])
  })
})

describe('DELETE', () => {
  it('removes what was declared here, and is polled to the end', async () => {
    await put('data')
    const answer = await call('DELETE', linkerPath('data'))
    expect(answer.status).toBe(202)
    expect(answer.headers['azure-asyncoperation']).toContain(`/operationStatuses/${operationOf('data', 2)}?`)
    expect(answer.headers['location']).toBe(answer.headers['azure-asyncoperation'])
    expect(answer.body).toBeNull()
    expect(given.woken).toHaveLength(2)
    const poll = async (url: string) => {
      const { pathname, search } = new URL(url)
      return await call('GET', pathname, {}, search.slice(1))
    }
    const statusUrl = answer.headers['azure-asyncoperation'] ?? ''
    const resultUrl = statusUrl.replace('/operationStatuses/', '/operationResults/')
    expect(await poll(statusUrl)).toMatchObject({ status: 202 })
    expect((await poll(statusUrl)).body).toMatchObject({
      status: 'Deleting',
      resourceId: linkerPath('data'),
      name: operationOf('data', 2),
    })
    expect((await poll(resultUrl)).status).toBe(202)
    expect((await call('GET', linkerPath('data'))).body['properties']).toMatchObject({ provisioningState: 'Deleting' })

    const row = await stored('data')
    if (row) await given.store.forget(row, { generation: 2, name: 'data', at: given.clock.now, warning: 'left something' })
    expect((await poll(statusUrl)).body).toMatchObject({ status: 'Succeeded', properties: { warning: 'left something' } })
    expect((await poll(resultUrl)).status).toBe(204)
    expect((await call('GET', linkerPath('data'))).status).toBe(404)
    expect((await call('DELETE', linkerPath('data'))).status).toBe(204)
  })

  it('removes no other definition than the one that the caller may remove', async () => {
    await put('data')
    const before = (await stored('data'))?.self
    await given.store.putPolicy({ name: 'all', allow: { ...everything, namespaces: ['shop'] } })
    await given.store.putPolicy({ name: 'web', allow: { ...everything, namespaces: ['web'], callers: [clientId] } })
    const { store } = given
    let isMoved = false
    const remove: typeof store.remove = async (...request) => {
      if (!isMoved && before) await store.desire({ ...before, namespace: 'web' }, anyone)
      isMoved = true
      return await store.remove(...request)
    }
    given = { ...given, services: { ...given.services, store: { ...store, remove } } }
    const answer = await call('DELETE', linkerPath('data'))
    expect([answer.status, errorOf(answer).code]).toEqual([403, 'CallerNotAllowed'])
    expect((await stored('data'))?.removing).toBe(false)
  })

  it('twice is one operation', async () => {
    await put('data')
    const first = await call('DELETE', linkerPath('data'))
    const second = await call('DELETE', linkerPath('data'))
    expect(second.headers['azure-asyncoperation']).toBe(first.headers['azure-asyncoperation'])
    expect(given.woken).toHaveLength(3)
  })
})

describe('an operation', () => {
  const poll = () =>
    call(
      'GET',
      `/subscriptions/${subscription}/providers/microsoft.servicelinker/locations/westeurope/operationstatuses/${operationOf('data', 1)}`,
    )

  it('is accepted, then updating, then succeeded', async () => {
    await put('data')
    const first = await poll()
    expect(first.body).toMatchObject({ status: 'Accepted' })
    expect(first.headers['retry-after']).toBe('5')
    await ran('data', 'waiting')
    expect((await poll()).body).toMatchObject({ status: 'Updating' })
    await ran('data')
    const last = await poll()
    expect(last.body).toMatchObject({ status: 'Succeeded' })
    expect(last.headers).not.toHaveProperty('retry-after')
  })

  it('fails with the problem of the connection after two minutes', async () => {
    await put('data')
    await ran('data', 'blocked', {
      problems: [
        {
          code: 'SameRegion',
          text: 'Same region.',
          cause: 'So it is.',
          remediation: 'Do this.',
          link: 'https://example.com',
          commands: { cli: 'az x' },
        },
      ],
    })
    expect((await poll()).body).toMatchObject({ status: 'Updating' })
    given.clock.now += 2 * 60_000
    const { body } = await poll()
    expect(body).toMatchObject({
      status: 'Failed',
      error: { code: 'SameRegion', message: 'Same region. So it is. Do this.', additionalInfo: [{ info: { commands: { cli: 'az x' } } }] },
    })
    expect((await call('GET', linkerPath('data'))).body['properties']).toMatchObject({
      provisioningState: 'Failed',
      problems: [{ code: 'SameRegion' }],
    })
  })
})

describe('the problems of a connection', () => {
  const told = async () =>
    (await call('GET', linkerPath('data'))).body['properties'] as { provisioningState: string; problems: object[]; timeline: object[] }

  it('have one shape while it is updating and when it has failed, and no key of the store', async () => {
    await put('data')
    const problem = {
      code: 'SameRegion' as const,
      text: 'Same region.',
      cause: 'So it is.',
      remediation: 'Do this.',
      link: 'https://example.com',
    }
    await ran('data', 'blocked', { problems: [{ ...problem, of: keyOfLinker('data') }] })
    const updating = await told()
    given.clock.now += 2 * 60_000
    const failed = await told()
    expect([updating.provisioningState, failed.provisioningState]).toEqual(['Updating', 'Failed'])
    const entry = { code: 'SameRegion', message: 'Same region. So it is. Do this.', additionalInfo: [{ type: 'Problem', info: problem }] }
    expect([updating.problems, failed.problems]).toEqual([[entry], [entry]])
    expect(JSON.stringify([updating.timeline, failed.timeline])).not.toContain(keyOfLinker('data'))
  })
})

describe('reconcile', () => {
  it('makes the connection and the loops that it joined run again', async () => {
    await put('data')
    await given.store.touch(loop('target', account), 'wake', { make: true })
    await fallAsleep(given, loop('target', account), loop('connection', linkerPath('data')))
    given.woken.length = 0
    const answer = await call('POST', `${linkerPath('data')}/reconcile`)
    expect(answer.status).toBe(202)
    expect(given.woken.map(({ kind }) => kind)).toEqual(['target', 'connection'])
    expect((await stored('data'))?.resync).toBe(1)
    given.woken.length = 0
    await call('POST', `${linkerPath('data')}/reconcile`)
    expect([given.woken, (await stored('data'))?.resync]).toEqual([[], 2])
  })
})

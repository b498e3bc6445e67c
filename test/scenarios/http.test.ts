// The HTTP handlers through the real front: who may do what, and the conventions of long-running operations to their end.
import { expect, it } from 'vitest'
import { personOf } from '../../src/local/person.ts'
import { ask, type RawAnswer, tableRows } from './raw.ts'
import { idOfAccount, idOfCluster, minute, type Scenario, useScenarios } from './scenario.ts'
import { apiVersion, readsOfAccount } from './story.ts'

const scenario = useScenarios()
const linkers = `${idOfCluster('c1')}/providers/Microsoft.ServiceLinker/linkers`
const version = `api-version=${apiVersion}`
const linker = (name: string): string => `${linkers}/${name}?${version}`
const valid = {
  targetService: { type: 'AzureResource', id: `${idOfAccount('orders')}/blobServices/default` },
  authInfo: { authType: 'secret' },
  clientType: 'none',
  scope: 'orders',
}
const put = (story: Scenario, name: string, over: object = {}, raw: { chunk?: number } = {}): Promise<RawAnswer> =>
  ask(story, { method: 'PUT', path: linker(name), body: JSON.stringify({ properties: { ...valid, ...over } }), ...raw })

/** Follows a poll URL as an SDK does: as it stands, at the pace it is told. Answers what was said, without repetitions, and the last answer. */
async function polled(
  story: Scenario,
  url: unknown,
  within = 60 * minute,
): Promise<{ readonly said: readonly string[]; readonly last: RawAnswer }> {
  const { origin, pathname, search } = new URL(String(url))
  expect(origin).toBe(story.front.url)
  const said: string[] = []
  const end = story.clock.now() + within
  for (;;) {
    const last = await ask(story, { path: pathname + search })
    const word = (last.body as { status?: string } | undefined)?.status ?? String(last.status)
    if (said.at(-1) !== word) said.push(word)
    const wait = Number(last.headers['retry-after'] ?? 0)
    if (wait === 0) return { said, last }
    if (story.clock.now() > end) throw new Error(`Polled in vain: ${said.join(', ')}`)
    await story.clock.pass(wait * 1000)
  }
}
const errorOf = ({ body }: RawAnswer): { readonly code: string; readonly message: string; readonly additionalInfo?: unknown } =>
  (body as { error: { code: string; message: string } }).error

it('tells a PUT and a DELETE through operations that are polled to their end', async () => {
  const story = await scenario()
  await story.putPolicy()
  const made = await put(story, 'photos')
  expect(made).toMatchObject({ status: 201, body: { name: 'photos', properties: { provisioningState: 'Accepted' } } })
  expect(Number(made.headers['retry-after'])).toBeGreaterThan(0)
  expect(made.headers['x-ms-request-id']).toBeDefined()
  const making = await polled(story, made.headers['azure-asyncoperation'])
  expect([making.said.at(0), making.said.at(-1)]).toEqual(['Accepted', 'Succeeded'])
  expect(making.last.body).toMatchObject({ status: 'Succeeded', resourceId: linker('photos').split('?')[0] })

  const again = await put(story, 'photos')
  expect(again).toMatchObject({ status: 201, body: { properties: { provisioningState: 'Succeeded' } } })
  expect(again.headers).not.toHaveProperty('azure-asyncoperation')
  const told = await ask(story, { path: linker('photos') })
  expect((await ask(story, { method: 'PUT', path: linker('photos'), body: told.text })).status).toBe(201)

  const removed = await ask(story, { method: 'DELETE', path: linker('photos') })
  const twice = await ask(story, { method: 'DELETE', path: linker('photos') })
  expect([removed.status, twice.status, removed.text]).toEqual([202, 202, 'null'])
  expect(twice.headers['azure-asyncoperation']).toBe(removed.headers['azure-asyncoperation'])
  const [status, result] = [await polled(story, removed.headers['azure-asyncoperation']), await polled(story, removed.headers['location'])]
  expect(status.said).toEqual(['Deleting', 'Succeeded'])
  expect(result.last).toMatchObject({ status: 200, body: { status: 'Succeeded', properties: null } })
  expect((await ask(story, { path: linker('photos') })).status).toBe(404)
  expect((await ask(story, { method: 'DELETE', path: linker('photos') })).status).toBe(204)
  expect(story.changes()).toEqual([])
})

it('answers a superseded operation, too: removed before it could end', async () => {
  const story = await scenario()
  await story.putPolicy()
  const made = await put(story, 'photos')
  await ask(story, { method: 'DELETE', path: linker('photos') })
  const { said, last } = await polled(story, made.headers['azure-asyncoperation'])
  expect(said.at(-1)).toBe('Canceled')
  expect(errorOf(last).message).toMatch(/removed/)
  await story.vanishes('photos')
})

it('reads a body in chunks whole', async () => {
  const story = await scenario()
  await story.putPolicy()
  const keys = { customizedKeys: { AZURE_STORAGEBLOB_CONNECTIONSTRING: 'BLOB' } }
  const answer = await put(story, 'photos', { configurationInfo: keys }, { chunk: 7 })
  expect(answer).toMatchObject({ status: 201, body: { properties: { configurationInfo: keys } } })
})

it('fails after two minutes where the namespace is missing, and succeeds once it is there', async () => {
  const story = await scenario({
    fleet: {
      people: [
        {
          name: 'ada',
          appRoles: ['Connections.Write', 'Policies.Write'],
          roles: [{ role: 'Owner' }, { role: 'Azure Kubernetes Service RBAC Cluster Admin' }],
        },
      ],
    },
  })
  await story.putPolicy()
  const begun = story.clock.now()
  const made = await put(story, 'photos', { scope: 'later' })
  const { said, last } = await polled(story, made.headers['azure-asyncoperation'])
  expect(said.at(-1)).toBe('Failed')
  expect(errorOf(last).message).toMatch(/namespace later/)
  expect(story.clock.now() - begun).toBeGreaterThanOrEqual(2 * minute)
  expect(story.clock.now() - begun).toBeLessThan(5 * minute)
  expect(await ask(story, { path: linker('photos') })).toMatchObject({ body: { properties: { provisioningState: 'Failed' } } })

  const ada = personOf(story, 'ada')
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'later' } }
  expect((await ada.kubernetes(idOfCluster('c1'), 'POST', '/api/v1/namespaces', namespace)).status).toBe(201)
  ada.close()
  await story.reaches('photos', 'Succeeded')
})

it('fails after two minutes where the target is closed to all networks, with the way out', async () => {
  const story = await scenario({
    fleet: { storageAccounts: [{ name: 'orders', group: 'shop', region: 'northeurope', network: 'closed', containers: ['invoices'] }] },
  })
  await story.putPolicy()
  const made = await put(story, 'photos')
  const { said, last } = await polled(story, made.headers['azure-asyncoperation'])
  expect(said.at(-1)).toBe('Failed')
  expect(errorOf(last)).toMatchObject({
    code: 'PublicAccessDisabled',
    additionalInfo: [
      {
        type: 'Problem',
        info: { cause: expect.any(String), remediation: expect.stringContaining('keep'), link: expect.stringMatching(/^https:/) },
      },
    ],
  })
  expect(story.changes()).toEqual([])
})

it('lets in only whom the front vouches for, each with its roles', async () => {
  const story = await scenario({
    fleet: {
      people: [
        { name: 'ada', appRoles: ['Connections.Write', 'Policies.Write'], roles: [{ role: 'Owner' }] },
        { name: 'rob', appRoles: ['Connections.Read'] },
        { name: 'pia', appRoles: ['Policies.Write'] },
        { name: 'nil', appRoles: [] },
      ],
    },
  })
  await story.putPolicy()
  const before = await tableRows(story)
  const tokens: Readonly<Record<string, string | undefined>> = {
    rob: await story.token('rob'),
    pia: await story.token('pia'),
    nil: await story.token('nil'),
    'ada for ARM': await story.token('ada', 'https://management.azure.com'),
    nobody: undefined,
    forged: `${(await story.token('rob')).split('.').slice(0, 2).join('.')}.c2lnbmF0dXJl`,
  }
  const body = JSON.stringify({ properties: valid })
  const asks = {
    read: { path: `/connections` },
    list: { path: `${linkers}?${version}` },
    put: { method: 'PUT', path: linker('photos'), body },
    delete: { method: 'DELETE', path: linker('photos') },
    reconcile: { method: 'POST', path: `${linkers}/photos/reconcile?${version}` },
    policies: { path: '/policies' },
    'put policy': { method: 'PUT', path: '/policies/mine', body: '{}' },
    'delete policy': { method: 'DELETE', path: '/policies/all' },
  } as const
  const answers: Record<string, Record<string, number>> = {}
  for (const [who, token] of Object.entries(tokens)) {
    answers[who] = {}
    for (const [what, raw] of Object.entries(asks)) answers[who][what] = (await ask(story, { ...raw, token })).status
  }
  const nothing = { read: 401, list: 401, put: 401, delete: 401, reconcile: 401, policies: 401, 'put policy': 401, 'delete policy': 401 }
  const reading = { read: 200, list: 200, put: 403, delete: 403, reconcile: 403, policies: 200, 'put policy': 403, 'delete policy': 403 }
  expect(answers).toEqual({
    rob: reading,
    // may write policies; this body says nothing
    pia: { ...reading, 'put policy': 400, 'delete policy': 200 },
    nil: {
      ...nothing,
      read: 403,
      list: 403,
      put: 403,
      delete: 403,
      reconcile: 403,
      policies: 403,
      'put policy': 403,
      'delete policy': 403,
    },
    'ada for ARM': nothing,
    nobody: nothing,
    forged: nothing,
  })
  expect((await tableRows(story)).length).toBe(before.length - 1)
})

it('believes no caller who writes the principal header without the front', async () => {
  const story = await scenario()
  const claims = [
    { typ: 'aud', val: 'api://connector' },
    { typ: 'roles', val: 'Policies.Write' },
  ]
  const header = { 'x-ms-client-principal': Buffer.from(JSON.stringify({ auth_typ: 'aad', role_typ: 'roles', claims })).toString('base64') }
  const forged = { method: 'DELETE', path: '/policies/all', headers: header } as const
  expect((await ask(story, { ...forged, token: undefined })).status).toBe(401)
  expect((await ask(story, { ...forged, token: await story.token('rob') })).status).toBe(403)
})

it('lists connections with filters, reconciles them on request, and describes itself', async () => {
  const story = await scenario()
  await story.putPolicy()
  await put(story, 'photos')
  await put(story, 'papers')
  await story.reaches('photos', 'Succeeded')
  await story.reaches('papers', 'Succeeded')
  const names = async (query: string): Promise<unknown> => {
    const { body } = await ask(story, { path: `/connections${query}` })
    return (body as { value: { name: string }[] }).value.map(({ name }) => name).sort()
  }
  expect(await names('')).toEqual(['papers', 'photos'])
  expect(await names(`?cluster=${encodeURIComponent(idOfCluster('c1').toUpperCase())}&auth=secret&state=Succeeded`)).toEqual([
    'papers',
    'photos',
  ])
  expect(await names('?namespace=web')).toEqual([])
  const first = await ask(story, { path: '/connections?top=1' })
  const { nextLink, value } = first.body as { nextLink: string; value: object[] }
  expect(value).toHaveLength(1)
  const next = new URL(nextLink)
  expect(next.origin).toBe(story.front.url)
  expect((await ask(story, { path: next.pathname + next.search })).body).toMatchObject({
    value: [{ type: 'microsoft.servicelinker/linkers' }],
  })
  expect((await ask(story, { path: '/connections?colour=blue' })).status).toBe(400)

  await story.clock.pass(minute)
  const planned = readsOfAccount(story)
  expect((await ask(story, { method: 'POST', path: `${linkers}/photos/reconcile?${version}` })).status).toBe(202)
  await story.until('the target to be read again', () => readsOfAccount(story) > planned, minute)

  const described = await ask(story, { path: '/openapi.json' })
  const paths = Object.entries((described.body as { paths: Record<string, object> }).paths)
  const filled = (path: string): string =>
    path
      .replace(
        `/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerService/managedClusters/{cluster}`,
        idOfCluster('c1'),
      )
      .replaceAll(/\{\w+\}/g, 'x')
  for (const [path, methods] of paths)
    for (const method of ['get', 'put', 'delete', 'post'].filter((name) => Object.hasOwn(methods, name))) {
      const { status } = await ask(story, {
        method: method.toUpperCase(),
        path: `${filled(path)}?${version}`,
        ...(method === 'put' ? { body: '{}' } : {}),
      })
      expect({ path, method, served: [200, 202, 204, 400, 404].includes(status) && status !== 405 }).toEqual({ path, method, served: true })
    }
})

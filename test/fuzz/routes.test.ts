// Every route with what no one should send. Whatever comes, the answer is one of the contract, in time, and no mistake of the app is behind it.
import type { HttpHandler, HttpResponseInit } from '@azure/functions'
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { arm, clusters } from '../../src/functions/arm.http.ts'
import { azureEvent } from '../../src/functions/azure-events.event-grid.ts'
import { connections } from '../../src/functions/connections.http.ts'
import { policies } from '../../src/functions/policies.http.ts'
import {
  account,
  cluster,
  everything,
  linkerBody,
  linkerPath,
  request,
  subscription,
  type TestServices,
  target,
  testServices,
  version,
} from '../functions/test-services.ts'

let given: TestServices
beforeEach(async () => {
  given = testServices({ preflight: async () => ({ value: [], ready: true, notes: [] }) })
  await given.store.putPolicy({ name: 'all', allow: everything })
})

/** On a machine under load, too. */
const inTime = 5_000
const handlers = { arm, clusters, policies, connections } as const
type Route = keyof typeof handlers
type Sent = { readonly route: Route; readonly method: string; readonly path: string; readonly text?: string }

async function answered({ route, method, path, text }: Sent): Promise<HttpResponseInit> {
  const handler = handlers[route](() => given.services) as HttpHandler
  const began = performance.now()
  const answer = (await handler(request(method, path, text === undefined ? {} : { text }), given.context)) as HttpResponseInit
  expect(performance.now() - began).toBeLessThan(inTime)
  return answer
}

async function holdsUp(sent: Sent): Promise<number> {
  const { status = 200, body } = await answered(sent)
  const what = `${sent.method} ${sent.path.slice(0, 200)} ${sent.text?.slice(0, 200) ?? ''}`
  // 501: a part of Azure Service Connector that this version refuses by name
  expect([status < 500 || status === 501, what]).toEqual([true, what])
  if (status >= 400) {
    const { error } = JSON.parse(String(body)) as { error: { code: string; message: string } }
    expect([typeof error.code, typeof error.message, error.message.length < 20_000]).toEqual(['string', 'string', true])
  }
  expect(given.logged.filter((line) => /own mistake|request failed/.test(line))).toEqual([])
  expect(Object.keys(Object.prototype)).toEqual([])
  return status
}

const put = (text: string): Sent => ({ route: 'arm', method: 'PUT', path: `${linkerPath('data')}?${version}`, text })
const policy = (text: string): Sent => ({ route: 'policies', method: 'PUT', path: '/policies/some', text })

/** The text with `value` at the place of each field in turn, and beside all others of each object. */
function withinEach(body: unknown, value: string): readonly string[] {
  const mark = '"#here#"'
  const places = (inner: unknown): readonly unknown[] => {
    if (typeof inner !== 'object' || inner === null) return ['#here#']
    const fields = Object.entries(inner)
    const replaced = fields.flatMap(([name, one]) => places(one).map((other) => ({ ...inner, [name]: other })))
    return ['#here#', { ...inner, unheardOf: '#here#' }, ...replaced]
  }
  return places(body).map((one) => JSON.stringify(one).replace(mark, () => value))
}

const linkers: readonly object[] = [
  linkerBody({
    clientType: 'none',
    vNetSolution: { type: null },
    secretStore: { keyVaultId: null },
    publicNetworkSolution: { action: 'enable', firewallRules: { ipRanges: [] }, deleteOrUpdateBehavior: 'Default' },
    configurationInfo: { action: 'enable', customizedKeys: {}, additionalConfigurations: {}, daprProperties: {} },
    kubernetesTransport: 'direct',
    problems: [],
    timeline: [],
  }),
  linkerBody({ authInfo: { authType: 'secret', authMode: 'optInAllAuth', name: null, secretInfo: null } }),
  linkerBody({
    authInfo: { authType: 'servicePrincipalSecret', clientId: subscription, principalId: subscription, secret: 'x', roles: [] },
  }),
]
const policyBody = {
  name: 'some',
  allow: { ...everything, roles: ['default'], identities: ['*/*/*'], changeClusters: true, adopt: true, egress: ['20.1.2.3'] },
}

describe('a body', () => {
  it.each([1_000, 8_000, 60_000])('with a field %d levels deep is refused, whichever field it is', async (depth) => {
    const nested = [
      '['.repeat(depth) + ']'.repeat(depth),
      `${'{"a":'.repeat(Math.min(depth, 40_000))}1${'}'.repeat(Math.min(depth, 40_000))}`,
    ]
    for (const value of nested) {
      for (const body of linkers) for (const text of withinEach(body, value)) expect(await holdsUp(put(text))).toBe(400)
      for (const text of withinEach(policyBody, value)) expect(await holdsUp(policy(text))).toBe(400)
    }
  })

  it('with a value of any other kind in any field gets an answer of the contract', async () => {
    const values = [
      '1e999',
      '-1e999',
      '123456789012345678901234567890',
      '0.1e-400',
      'true',
      'null',
      '""',
      '[]',
      '{}',
      '[{}]',
      '"\\u0000"',
      '"\\ud800"',
      '"__proto__"',
    ]
    const long = [
      JSON.stringify('x'.repeat(100_000)),
      JSON.stringify('é💥'.repeat(20_000)),
      `[${'1,'.repeat(50_000)}1]`,
      JSON.stringify(Object.fromEntries(Array.from({ length: 9_000 }, (_, at) => [`k${at}`, '']))),
    ]
    for (const value of [...values, ...long]) {
      for (const body of linkers) for (const text of withinEach(body, value)) await holdsUp(put(text))
      for (const text of withinEach(policyBody, value)) await holdsUp(policy(text))
    }
  })

  it.each(['__proto__', 'constructor', 'prototype', 'toString', 'valueOf', 'hasOwnProperty', '__defineGetter__'])(
    'with a field or a value named %s gets an answer of the contract',
    async (name) => {
      for (const value of [JSON.stringify(name), `{${JSON.stringify(name)}:{"admin":true}}`, `{${JSON.stringify(name)}:"X"}`]) {
        for (const body of linkers) for (const text of withinEach(body, value)) await holdsUp(put(text))
        for (const text of withinEach(policyBody, value)) await holdsUp(policy(text))
      }
    },
  )

  it('at random gets an answer of the contract', async () => {
    const text = fc.oneof(
      fc.json({ maxDepth: 8 }),
      fc.string({ unit: 'binary' }),
      fc.jsonValue().map((value) => JSON.stringify({ properties: value })),
    )
    const sent = fc.oneof(text.map(put), text.map(policy))
    await fc.assert(
      fc.asyncProperty(sent, async (one) => void (await holdsUp(one))),
      { numRuns: 400 },
    )
  })
})

const word = fc.oneof(
  fc.constantFrom(
    '__proto__',
    'constructor',
    'toString',
    '..',
    '.',
    '%00',
    '%2f',
    '%zz',
    '%ED%A0%80',
    '%F0%9F%92%A5',
    '*',
    "'",
    '"',
    '<x>',
    '1e999',
    '-1',
  ),
  fc.string({ maxLength: 20 }).map((text) => encodeURIComponent(text.toWellFormed())),
  fc.integer({ min: 100, max: 3_000 }).map((length) => 'x'.repeat(length)),
)
const names = [
  'api-version',
  'connect',
  'cluster',
  'target',
  'namespace',
  'type',
  'auth',
  'origin',
  'state',
  'top',
  'after',
  '__proto__',
  'constructor',
  'toString',
]
const query = fc
  .array(fc.tuple(fc.oneof(fc.constantFrom(...names), word), word), { maxLength: 6 })
  .map((pairs) => pairs.map((pair) => pair.join('=')).join('&'))

describe('an address', () => {
  const base = linkerPath('data').split('/').slice(1)
  /** A path of the app in which some segments are others, some are missing and some are too many. */
  const path = fc
    .tuple(
      fc.array(fc.tuple(fc.nat({ max: base.length }), fc.constantFrom('change', 'drop', 'add'), word), { maxLength: 3 }),
      fc.constantFrom('', '/look', '/diagnosis', '/validateLinker'),
    )
    .map(([changes, tail]) => {
      const segments = [...base]
      for (const [at, how, other] of changes) segments.splice(at, how === 'add' ? 0 : 1, ...(how === 'drop' ? [] : [other]))
      return `/${segments.join('/')}${tail}`
    })
  const sent: fc.Arbitrary<Sent> = fc.oneof(
    fc
      .tuple(fc.constantFrom('GET', 'PUT', 'POST', 'DELETE', 'PATCH'), path, query)
      .map(([method, at, input]) => ({ route: 'arm' as const, method, path: `${at}?${version}&${input}`, text: '{}' })),
    query.map((input) => ({ route: 'connections' as const, method: 'GET', path: `/connections?${input}` })),
    fc.tuple(word, query).map(([name, input]) => ({ route: 'policies' as const, method: 'GET', path: `/policies/${name}?${input}` })),
    fc
      .tuple(fc.constantFrom('PUT', 'DELETE'), word)
      .map(([method, name]) => ({ route: 'policies' as const, method, path: `/policies/${name}`, text: '{}' })),
    fc
      .tuple(fc.oneof(fc.constant(cluster), word), query)
      .map(([id, input]) => ({ route: 'clusters' as const, method: 'GET', path: `/clusters/${id}/preflight?${input}` })),
    fc.tuple(word, word).map(([id, place]) => ({
      route: 'arm' as const,
      method: 'GET',
      path: `/subscriptions/${subscription}/providers/Microsoft.ServiceLinker/locations/${place}/operationStatuses/${id}?${version}`,
    })),
  )

  it('at random gets an answer of the contract', async () => {
    const bodyless = ({ text, ...one }: Sent): Sent => (one.method === 'GET' ? one : { ...one, ...(text === undefined ? {} : { text }) })
    await fc.assert(
      fc.asyncProperty(sent.map(bodyless), async (one) => void (await holdsUp(one))),
      { numRuns: 600 },
    )
  })

  it('that asks for a preflight of odd connections gets an answer of the contract', async () => {
    const options = fc.array(
      fc.tuple(fc.oneof(fc.constantFrom('namespace', 'auth', 'role', 'identity', 'constructor', '__proto__'), word), word),
      { maxLength: 5 },
    )
    const connect = fc
      .tuple(fc.oneof(fc.constant('storage-blob'), word), fc.oneof(fc.constantFrom('stdata', account, target), word), options)
      .map(([type, of, pairs]) => encodeURIComponent(`${type}:${of}?${pairs.map((pair) => pair.join('=')).join('&')}`))
    const input = connect.map(
      (value): Sent => ({
        route: 'arm',
        method: 'GET',
        path: `${cluster}/providers/Microsoft.ServiceLinker/preflight?${version}&connect=${value}`,
      }),
    )
    await fc.assert(
      fc.asyncProperty(input, async (one) => void (await holdsUp(one))),
      { numRuns: 300 },
    )
  })
})

describe('a header of a caller', () => {
  it('that the platform would not write is refused, not met with a mistake', async () => {
    const odd = [
      '[]',
      'null',
      '1',
      '{"auth_typ":"aad","claims":{}}',
      '['.repeat(60_000),
      `${'{"a":'.repeat(40_000)}1`,
      `{"auth_typ":"aad","claims":${'['.repeat(5_000)}${']'.repeat(5_000)}}`,
      '{"__proto__":{}}',
    ]
    for (const text of [...odd.map((one) => Buffer.from(one).toString('base64')), '%%%', ''])
      for (const route of ['arm', 'connections', 'policies', 'clusters'] as const) {
        const handler = handlers[route](() => given.services) as HttpHandler
        const path = {
          arm: `${linkerPath('data')}?${version}`,
          connections: '/connections',
          policies: '/policies',
          clusters: `/clusters${cluster}/preflight`,
        }[route]
        const { status } = (await handler(
          request('GET', path, { anonymous: true, headers: { 'x-ms-client-principal': text } }),
          given.context,
        )) as HttpResponseInit
        expect([text.slice(0, 40), status]).toEqual([text.slice(0, 40), 401])
      }
  })
})

it('an event of any form is taken or dropped, never failed on', async () => {
  const nested = (depth: number): unknown => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`)
  const handler = (raw: unknown) => azureEvent(() => given.services, raw, given.context)
  const event = {
    id: 'x',
    eventType: 'Microsoft.Resources.ResourceWriteSuccess',
    subject: cluster,
    eventTime: '2026-11-22T08:00:00Z',
    data: { resourceUri: cluster, operationName: 'Microsoft.ContainerService/managedClusters/write', claims: { appid: 'x' } },
  }
  const odd = [
    nested(5_000),
    nested(60_000),
    { ['__proto__']: 1 },
    JSON.parse('{"__proto__":{"x":1}}'),
    'constructor',
    '\ud800',
    Number.POSITIVE_INFINITY,
    null,
    [],
    {},
  ]
  for (const value of odd) {
    for (const name of Object.keys(event)) await handler({ ...event, [name]: value })
    for (const name of Object.keys(event.data)) await handler({ ...event, data: { ...event.data, [name]: value } })
    await handler(value)
  }
  expect(given.logged.filter((line) => /own mistake|failed/.test(line))).toEqual([])
})

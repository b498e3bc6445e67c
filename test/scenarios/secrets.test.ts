// No credential leaves its way from its source (a service, or the author of a connection) to the Secret that holds it. Each is made recognisable, and looked for in everything
// that the app writes: rows, durable state, logs, spans and metrics, answers; as it is, in base64 at any offset, and as part of a URL.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { keysOf, type StorageKey } from '../../src/local/cloud/arm/storage-account.ts'
import type { FaultRule } from '../../src/local/cloud/faults.ts'
import { idOf } from '../../src/local/fleets/fleet.ts'
import { type Collector, startCollector } from '../telemetry/collector.ts'
import { kubernetesObjects, secretData } from './footprint.ts'
import { ask, tableRows } from './raw.ts'
import { idOfAccount, idOfCluster, minute, type Scenario, useScenarios } from './scenario.ts'

let collector: Collector
beforeEach(async () => {
  collector = await startCollector()
})
afterEach(() => collector.close())
const scenario = useScenarios() // after the collector's hooks: a story ends first, and sends off what is left

/** A text as it shows at each of the three offsets that base64 can have, without the edges, which depend on what stands beside. */
const inBase64 = (text: string): readonly string[] =>
  [0, 1, 2].map((offset) => {
    const encoded = Buffer.from('x'.repeat(offset) + text)
      .toString('base64')
      .replace(/=+$/, '')
    return encoded.slice(offset === 0 ? 0 : offset + 1, -2)
  })
const formsOf = (text: string): readonly string[] => {
  const encoded = inBase64(text)
  return [text, encodeURIComponent(text), ...encoded, ...encoded.map((one) => one.replaceAll('+', '-').replaceAll('/', '_'))]
}
const findIn = (text: string, canaries: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(canaries).flatMap(([what, canary]) => (formsOf(canary).some((form) => text.includes(form)) ? [what] : []))

/** Any signed token: its first part says `{"alg":…` or `{"typ":…` no matter who made it. */
const tokens = { 'a token': 'eyJhbGciOi', 'a token of another order': 'eyJ0eXAiOi' }

/** Keys that a person would know again: 64 bytes of text. */
function plantKeys(story: Scenario, account: string): Readonly<Record<string, string>> {
  const table = story.cloud.world.table<readonly StorageKey[]>('storage-keys')
  const planted = keysOf(story.cloud.world, idOfAccount(account)).map((key) => ({
    ...key,
    value: Buffer.from(`canary of ${key.keyName} `.padEnd(64, '?')).toString('base64'),
  }))
  for (const [id, keys] of table) if (keys.length > 0 && id.endsWith(`/${account}`)) table.set(id, planted)
  return Object.fromEntries(planted.map(({ keyName, value }) => [`the storage key ${keyName}`, value]))
}

type Watched = {
  readonly story: Scenario
  readonly canaries: Record<string, string>
  collect(): Promise<void>
  saw(answer: unknown): void
  text(): string
}

async function watched(): Promise<Watched> {
  const stateFile = join(mkdtempSync(join(tmpdir(), 'secrets-')), 'hub.sqlite')
  const observed: string[] = []
  const story = await scenario({
    host: { stateFile },
    settings: {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_BSP_SCHEDULE_DELAY: '50',
      OTEL_METRIC_EXPORT_INTERVAL: '200',
    },
    watch: ({ source, message }) => void observed.push(`${source} ${message}`),
    fleet: {
      clusters: [{ name: 'c1', group: 'shop', region: 'westeurope', namespaces: ['orders'], oidcIssuer: false, workloadIdentity: false }],
    },
  })
  const canaries: Record<string, string> = { ...plantKeys(story, 'orders'), ...tokens }
  await story.putPolicy()
  return {
    story,
    canaries,
    async collect() {
      const rows = await tableRows(story)
      // The address of an operation under way is kept on purpose: it is polled, needs a token as well, and is never told.
      observed.push(JSON.stringify(rows).replaceAll(/https:[^"\\]*\/operations\/[^"\\]*/g, '<operation>'))
      const database = new DatabaseSync(stateFile, { readOnly: true })
      for (const table of ['instances', 'history', 'inbox', 'activities'])
        observed.push(JSON.stringify(database.prepare(`select * from ${table}`).all()))
      database.close()
      const linkers = `${idOfCluster('c1')}/providers/Microsoft.ServiceLinker/linkers`
      const version = 'api-version=2024-04-01'
      for (const path of ['/connections', '/policies', `${linkers}?${version}`, ...names.map((name) => `${linkers}/${name}?${version}`)])
        observed.push((await ask(story, { path })).text)
      const instances = await fetch(`${story.host.url}/runtime/webhooks/durabletask/instances?showInput=true&showHistory=true`)
      observed.push(await instances.text())
    },
    saw: (answer) => void observed.push(JSON.stringify(answer)),
    text: () => [...observed, ...collector.received.map(({ body }) => body.toString())].join('\n'),
  }
}
const names = ['bykey', 'byidentity', 'byprincipal'] as const
/** As long as Entra's are, with signs that every encoding writes differently. */
const given = { first: 'Canary~first~given~by~an~author?>/+=&%', second: 'Canary~second~given~by~an~author?>/+=&%' }
const principal = { authType: 'servicePrincipalSecret', clientId: idOf('client batch'), principalId: idOf('principal batch') }

/** Lets time pass and collects on the way, for some things are there for a moment only. */
async function pass({ story, collect }: Watched, minutes: number): Promise<void> {
  for (let passed = 0; passed < minutes; passed += 2) {
    await story.clock.pass(2 * minute)
    await collect()
  }
}

it('shows no credential to anyone while it connects, rotates and removes', async () => {
  const all = await watched()
  const { story, canaries } = all
  canaries['the given secret'] = given.first
  await story.putLinker('bykey')
  await story.putLinker('byidentity', { authInfo: { authType: 'userAssignedIdentity' } })
  all.saw((await story.putLinker('byprincipal', { authInfo: { ...principal, secret: given.first } })).body)
  await pass(all, 8)
  for (const name of names) await story.reaches(name, 'Succeeded')
  const [polled = ''] = story.cloud.calls.filter(({ path }) => path.includes('/operations/')).map(({ path }) => path)
  canaries['a signed poll URL'] = /[?&]c=([^&]{40})/.exec(polled)?.[1] ?? ''
  expect(canaries['a signed poll URL']).toHaveLength(40)

  // The search itself: it finds the key where it must be.
  const inCluster = JSON.stringify(kubernetesObjects(story.cloud.world, idOfCluster('c1')))
  expect(findIn(inCluster, canaries)).toEqual(['the storage key key1', 'the given secret'])
  const account = `sc-account-${secretData(story.cloud.world, idOfCluster('c1'), 'sc-byidentity-secret').AZURE_STORAGEBLOB_CLIENTID}`
  const token = await story.cloud.kubernetes.serviceAccountToken(idOfCluster('c1').toLowerCase(), 'orders', account, 'api://x', 3600)
  expect(findIn(Buffer.from(`?${token}`).toString('base64'), canaries)).toEqual(['a token'])

  await story.arm('POST', `${idOfAccount('orders')}/regenerateKey?api-version=2024-01-01`, { keyName: 'key1' })
  const [renewed] = keysOf(story.cloud.world, idOfAccount('orders'))
  canaries['the renewed key'] = renewed?.value ?? ''
  canaries['the second given secret'] = given.second
  all.saw((await story.putLinker('byprincipal', { authInfo: { ...principal, secret: given.second } })).body)
  await pass(all, 4)
  const rotated = findIn(JSON.stringify(kubernetesObjects(story.cloud.world, idOfCluster('c1'))), canaries)
  expect(rotated).toEqual(['the renewed key', 'the second given secret'])
  for (const name of names) await story.removeLinker(name)
  await pass(all, 4)
  for (const name of names) await story.vanishes(name)
  await all.collect()
  await sentOff()
  expect(findIn(all.text(), canaries)).toEqual([])
}, 120_000)

/** In real time: telemetry of what was done last is on its way for as long as the settings say. */
async function sentOff(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 500))
  expect(collector.spans.length).toBeGreaterThan(50)
  expect(collector.points('connector.step.attempts')).not.toEqual([])
}

/** Answers that repeat what they were sent, or hold what they should not. */
const echoes = (key: string, token: string): readonly FaultRule[] => {
  const connection = `DefaultEndpointsProtocol=https;AccountName=orders;AccountKey=${key};EndpointSuffix=core.windows.net`
  const arm = (status: number, code: string, more = '') => ({
    status,
    body: {
      error: {
        code,
        message: `The key ${key} and the token ${token} are not welcome: ${connection}; AccountKey=${encodeURIComponent(key)} ${more}`,
      },
    },
  })
  const kubernetes = (status: number, reason: string) => ({
    status,
    body: {
      kind: 'Status',
      apiVersion: 'v1',
      status: 'Failure',
      reason,
      code: status,
      message: `Secret is invalid: data: Invalid value: "${Buffer.from(connection).toString('base64')}": ${connection} ${token}`,
      details: {
        name: 'sc-bykey-secret',
        kind: 'Secret',
        causes: [{ reason: 'FieldValueInvalid', message: `Invalid value: "${connection}"`, field: 'data' }],
      },
    },
  })
  const rule = (match: FaultRule['match'], answer: FaultRule['answer']): FaultRule => ({ match, answer, times: 1 })
  return [
    rule({ service: 'arm', path: /listKeys/ }, arm(403, 'AuthorizationFailed')),
    rule({ service: 'arm', path: /listKeys/ }, arm(500, 'InternalServerError')),
    rule({ service: 'arm', path: /listKeys/ }, { status: 200, body: { keys: [{ keyName: 'key1', wrong: key }] } }),
    rule({ service: 'arm', path: /listKeys/ }, { status: 200, body: `{"keys":[{"value":"${key}` }),
    rule({ service: 'arm', method: 'PATCH', path: /storageAccounts/ }, arm(400, 'InvalidRequest')),
    rule({ service: 'arm', method: 'PUT', path: /managedClusters/ }, arm(400, 'BadRequest')),
    rule({ service: 'arm', method: 'PUT', path: /roleAssignments/ }, arm(403, 'AuthorizationFailed')),
    rule({ service: 'arm', path: /listClusterUserCredential/ }, arm(500, 'InternalServerError')),
    rule({ service: 'kubernetes', method: 'PATCH', path: /secrets/ }, kubernetes(422, 'Invalid')),
    rule({ service: 'kubernetes', method: 'PATCH', path: /secrets/ }, kubernetes(500, 'InternalError')),
    rule({ service: 'kubernetes', method: 'PATCH', path: /secrets/ }, kubernetes(403, 'Forbidden')),
    rule({ service: 'kubernetes', method: 'PATCH', path: /secrets/ }, { status: 502, body: `<html>${connection}</html>` }),
    rule({ service: 'kubernetes', method: 'PATCH', path: /serviceaccounts/ }, kubernetes(422, 'Invalid')),
    rule({ service: 'key-vault', method: 'PUT' }, arm(400, 'BadParameter', given.first)),
    rule(
      { service: 'key-vault', method: 'GET', path: /secrets\/[^/]+\/[0-9a-f]{32}\?/ },
      { status: 200, body: `{"value":"${given.first}` },
    ),
  ]
}

it('shows none that comes back in a refusal either', async () => {
  const all = await watched()
  const { story, canaries } = all
  const [key] = keysOf(story.cloud.world, idOfAccount('orders'))
  const rules = echoes(key?.value ?? '', await story.token('ada')).map((rule) => story.cloud.faults.add(rule))
  canaries['the given secret'] = given.first
  await story.putLinker('bykey')
  await story.putLinker('byidentity', { authInfo: { authType: 'userAssignedIdentity' } })
  for (const status of [409, 201]) {
    const put = await story.putLinker('byprincipal', { authInfo: { ...principal, secret: given.first } })
    expect(put.status).toBe(status)
    all.saw(put.body)
  }
  for (let hours = 0; rules.some(({ hits }) => hits === 0) && hours < 6; hours++) {
    for (let part = 0; part < 6; part++) {
      await story.clock.pass(5 * minute)
      await all.collect()
    }
    const linkers = `${idOfCluster('c1')}/providers/Microsoft.ServiceLinker/linkers`
    for (const name of names) await story.call('ada', 'POST', `${linkers}/${name}/reconcile?api-version=2024-04-01`)
  }
  expect(rules.map(({ hits }) => hits)).toEqual(rules.map(() => 1))
  await story.reaches('bykey', 'Succeeded')
  await all.collect()
  await sentOff()
  story.errors.splice(0)
  expect(findIn(all.text(), canaries)).toEqual([])
}, 120_000)

// A whole story with a real exporter and a collector that listens: what the app does arrives, is named, and holds no secret.
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Collector, startCollector } from '../telemetry/collector.ts'
import { secretData } from './footprint.ts'
import { idOfCluster, minute, useScenarios } from './scenario.ts'

/** Like no key of the simulated cloud, and nothing that the redaction knows but by what stands before it. */
const canary = 'canary0123456789canary'
let collector: Collector
beforeEach(async () => {
  collector = await startCollector()
})
afterEach(() => collector.close())
const scenario = useScenarios() // after the collector's hooks: stories end first, and send off what is left

const listening = () => ({
  OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
  OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
  OTEL_BSP_SCHEDULE_DELAY: '50',
  OTEL_METRIC_EXPORT_INTERVAL: '100',
})
/** In real time: exporters do not live in the story's. */
const arrives = (what: string, check: () => boolean) => expect.poll(check, { message: what, timeout: 10_000, interval: 20 }).toBe(true)

it('tells of a connect: attempts as spans, with what they called below them, and counts', async () => {
  const story = await scenario({ settings: listening() })
  await story.putPolicy()
  await story.putLinker('photos')
  await story.putLinker('early', { scope: 'a-namespace-to-come' })
  await story.reaches('photos', 'Succeeded')
  await story.clock.pass(20 * minute)
  await arrives('the inventory', () => collector.points('connector.connections').length > 0)

  const of = (name: string) => collector.spans.filter((span) => span.name === name)
  const [written] = of('write-resources').filter(
    ({ attributes }) => attributes['connector.outcome'] === 'changed' && String(attributes['connector.connections']) === 'photos',
  )
  expect(written?.attributes).toMatchObject({
    'connector.step': 'write-resources',
    'connector.loop.kind': 'connection',
    'connector.loop.id': expect.stringContaining('/linkers/photos'),
    'connector.cluster': 'c1',
    'connector.connections': ['photos'],
    'connector.attempts': 1,
  })
  expect(written?.events).toContainEqual({ name: 'change', attributes: { 'connector.text': expect.stringContaining('sc-photos-secret') } })
  expect(of('open-firewall').some(({ attributes }) => String(attributes['connector.connections']).includes('photos'))).toBe(true)
  expect(of('check-consent').flatMap(({ events }) => events)).toContainEqual({
    name: 'problem',
    attributes: expect.objectContaining({ 'connector.code': 'NamespaceMissing' }),
  })
  expect(of('advance').map(({ attributes }) => attributes['connector.outcome'])).toEqual(expect.arrayContaining(['sleep', 'end']))
  expect(of('advance').map(({ spanId }) => spanId)).toContain(written?.parentSpanId)

  const below = collector.spans.filter(({ parentSpanId }) => parentSpanId === written?.spanId)
  expect(below.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      'POST /subscriptions/{}/resourceGroups/{}/providers/Microsoft.Storage/storageAccounts/{}/listKeys',
      'PATCH /api/v1/namespaces/{}/secrets/{}',
    ]),
  )
  expect(below.every(({ traceId }) => traceId === written?.traceId)).toBe(true)

  expect(collector.resource).toMatchObject({ 'service.name': 'aks-service-connector', 'cloud.provider': 'azure' })
  const count = (metric: string, attributes: object) =>
    collector
      .points(metric)
      .filter((point) => Object.entries(attributes).every(([name, value]) => point.attributes[name] === value))
      .reduce((sum, { value }) => sum + value, 0)
  expect(count('connector.step.attempts', { 'connector.step': 'write-resources', 'connector.outcome': 'changed' })).toBe(1)
  expect(count('connector.activity.duration', { 'connector.activity': 'read-cluster' })).toBeGreaterThan(0)
  expect(count('connector.client.request.duration', { 'connector.api': 'kubernetes', 'http.request.method': 'PATCH' })).toBeGreaterThan(0)
  expect(count('connector.client.request.duration', { 'connector.api': 'table' })).toBeGreaterThan(0)
  expect(count('connector.client.request.duration', { 'connector.provider': 'microsoft.storage' })).toBeGreaterThan(0)
  expect(count('connector.connections', { 'connector.state': 'Succeeded' })).toBe(1)
  expect(count('connector.operations', {})).toBe(0)
  expect(collector.points('connector.loops.overdue').map(({ value }) => value)).toEqual([0])
})

it('counts throttles by provider', async () => {
  const story = await scenario({ settings: listening() })
  await story.putPolicy()
  story.cloud.faults.add({
    match: { service: 'arm', method: 'GET', path: /storageAccounts\/orders\?/i },
    times: 2,
    answer: { status: 429, headers: { 'retry-after': '30' }, body: { error: { code: 'TooManyRequests', message: 'slow down' } } },
  })
  await story.putLinker('photos')
  await story.reaches('photos', 'Succeeded')
  await arrives('the throttles', () => collector.points('connector.client.request.throttled').some(({ value }) => value === 2))
  expect(collector.points('connector.client.request.throttled')[0]?.attributes).toEqual({
    'connector.api': 'arm',
    'connector.provider': 'microsoft.storage',
  })
})

it('tells no secret, not even one that a refusal repeats', async () => {
  const lines: string[] = []
  const story = await scenario({
    settings: listening(),
    watch: (line) => void lines.push(line.message),
    // Its features are off: turning them on is a long-running operation with a signed URL.
    fleet: {
      clusters: [{ name: 'c1', group: 'shop', region: 'westeurope', namespaces: ['orders'], oidcIssuer: false, workloadIdentity: false }],
    },
  })
  await story.putPolicy()
  story.cloud.faults.add({
    match: { service: 'arm', method: 'POST', path: /listKeys/i },
    times: 2,
    answer: { status: 400, body: { error: { code: 'Odd', message: `Not with AccountKey=${canary} nor Bearer ${canary} today` } } },
  })
  await story.putLinker('photos')
  await story.putLinker('videos', { authInfo: { authType: 'userAssignedIdentity' } })
  await story.reaches('photos', 'Succeeded')
  await story.reaches('videos', 'Succeeded', 60 * minute)
  await arrives('the refusal', () => collector.spans.some(({ events }) => JSON.stringify(events).includes('Not with AccountKey')))

  const signed = story.cloud.calls.map(({ path }) => /[?&]c=([^&]+)/.exec(path)?.[1]).filter((one) => one !== undefined)
  expect(signed.length).toBeGreaterThan(0)

  const sent = collector.received.map(({ body }) => body.toString()).join('\n')
  const logged = lines.join('\n')
  const key = /AccountKey=([^;]+)/.exec(Object.values(secretData(story.cloud.world, idOfCluster('c1'), 'sc-photos-secret')).join(';'))?.[1]
  expect(key).toMatch(/^[A-Za-z0-9+/]{86}==$/)
  for (const text of [sent, logged]) {
    expect(text).toContain('[redacted]')
    expect(text).not.toContain(canary)
    expect(text).not.toContain(key)
    for (const signature of signed) expect(text).not.toContain(signature)
    expect(text).not.toMatch(/eyJ[A-Za-z0-9_-]{5,}\./) // a token
    expect(text).not.toMatch(/[?&](sig|t|c|s|h)=[A-Za-z0-9%]{8,}/) // a signed URL
  }
})

it('logs what is new as lines with names, and a loop that reconciles again says nothing', async () => {
  const lines: Record<string, unknown>[] = []
  const story = await scenario({
    settings: { CONNECTOR_AUDIT_MINUTES: '5' },
    watch: ({ message }) => void (message.startsWith('{"event":"step"') && lines.push(JSON.parse(message))),
  })
  await story.putPolicy()
  await story.putLinker('photos')
  await story.reaches('photos', 'Succeeded')
  expect(lines).toContainEqual(
    expect.objectContaining({
      event: 'step',
      loop: 'connection',
      id: `${idOfCluster('c1')}/providers/Microsoft.ServiceLinker/linkers/photos`,
      cluster: 'c1',
      connection: 'photos',
      step: 'write-resources',
      outcome: 'changed',
      changed: [expect.stringContaining('sc-photos-secret')],
    }),
  )
  expect(lines).toContainEqual(expect.objectContaining({ loop: 'target', step: 'open-firewall', connections: ['photos'], cluster: 'c1' }))
  const told = lines.length
  const calls = story.cloud.calls.length
  await story.clock.pass(30 * minute) // audits
  expect(story.cloud.calls.length).toBeGreaterThan(calls + 20)
  expect(lines.slice(told)).toEqual([])
})

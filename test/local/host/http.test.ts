// HTTP triggers, keys, and the two ways in which a request reaches the function.

import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { realClock } from '../../../src/local/clock.ts'
import { type HostKeys, startHost } from '../../../src/local/host/host.ts'
import { testApp, withHost } from './running-host.ts'

const keys: HostKeys = {
  master: 'the-master-key',
  functions: { default: 'a-function-key' },
  system: { durabletask_extension: 'a-durable-key', eventgrid_extension: 'an-event-grid-key' },
}
const streamOf = (text: string) => new Blob([text]).stream()
const chunked = (url: string, text: string) => fetch(url, { method: 'POST', body: streamOf(text), duplex: 'half' } as RequestInit)

describe('an HTTP function', () => {
  it('gets parameters and body, and answers with status and JSON', () =>
    withHost(async ({ host }) => {
      const answer = await fetch(`${host.url}/Things/7/me?x=1`, { method: 'POST', body: 'hello' })
      expect(answer.status).toBe(201)
      expect(await answer.json()).toEqual({ params: { id: '7', name: 'me' }, body: 'hello' })
      expect((await fetch(`${host.url}/things/seven`, { method: 'POST' })).status).toBe(404)
      expect((await fetch(`${host.url}/things/7`)).status).toBe(404)
    }))

  it('logs through the hooks of the app, and is in a trace', async () => {
    const lines: unknown[] = []
    await withHost(
      async ({ host }) => {
        const { traceParent } = (await (await fetch(`${host.url}/logs`)).json()) as { traceParent: string }
        expect(traceParent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
      },
      { log: ({ level, source, message }) => void lines.push([level, source, message]) },
    )
    expect(lines).toContainEqual(['warning', 'logs', 'here is [hidden]'])
  })

  it('gets a chunked body empty, as recorded, or whole where the host is told so', async () => {
    await withHost(async ({ host }) => {
      expect(await (await chunked(`${host.url}/things/1`, 'in chunks')).json()).toMatchObject({ body: '' })
    })
    await withHost(
      async ({ host }) => {
        expect(await (await chunked(`${host.url}/things/1`, 'in chunks')).json()).toMatchObject({ body: 'in chunks' })
      },
      { chunkedBodies: 'whole' },
    )
  })

  it('gets the whole body in any case when the app streams', () =>
    withHost(
      async ({ host }) => {
        const whole = await (await chunked(`${host.url}/things/1?q=2`, 'in chunks')).json()
        expect(whole).toEqual({ id: '1', url: `${host.url}/things/1?q=2`, body: 'in chunks' })
        expect(await (await fetch(`${host.url}/things/2`, { method: 'POST', body: 'at once' })).json()).toMatchObject({ body: 'at once' })
        expect((await fetch(`${host.url}/failing`)).status).toBe(500)
        const refused = await fetch(`${host.url}/ignoresBody`, { method: 'PUT', body: 'x'.repeat(5_000_000) })
        expect([refused.status, await refused.text()]).toEqual([413, 'too much'])
      },
      { appFolder: join(import.meta.dirname, 'streaming-app') },
    ))

  it('asks for a key where keys are switched on', () =>
    withHost(
      async ({ host }) => {
        const post = (query: string, headers = {}) => fetch(`${host.url}/things/1${query}`, { method: 'POST', headers })
        expect((await post('')).status).toBe(401)
        expect((await post('?code=wrong')).status).toBe(401)
        expect((await post('?code=a-function-key')).status).toBe(201)
        expect((await post('', { 'x-functions-key': 'the-master-key' })).status).toBe(201)
        const hub = `${host.url}/runtime/webhooks/durabletask/instances`
        expect((await fetch(hub)).status).toBe(401)
        expect((await fetch(`${hub}?code=a-function-key`)).status).toBe(403)
        expect((await fetch(`${hub}?code=a-durable-key`)).status).toBe(200)
        expect((await fetch(`${host.url}/admin/functions`)).status).toBe(401)
      },
      { keys },
    ))
})

it('says which variable host.json needs when it is not set', async () => {
  const before = process.env['TEST_HUB']
  delete process.env['TEST_HUB']
  try {
    const started = startHost({ appFolder: testApp, clock: realClock, stateFile: ':memory:' })
    await expect(started).rejects.toThrow('%TEST_HUB% needs the environment variable TEST_HUB, which is not set')
  } finally {
    process.env['TEST_HUB'] = before
  }
})

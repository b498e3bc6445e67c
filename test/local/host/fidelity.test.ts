// What an app can see of the host that runs it, where the embedded one once differed from the real one.

import { request } from 'node:http'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Running, withHost } from './running-host.ts'

const streaming = { appFolder: join(import.meta.dirname, 'streaming-app') }
type Shown = {
  url: string
  params: Record<string, string>
  traceParent: string
  invocationId: string
}

/** The path goes out as it stands: `fetch` would resolve its dots. */
const raw = (at: string, path: string, headers: Record<string, string> = {}) =>
  new Promise<{ status: number; headers: Record<string, unknown>; body: Shown }>((done, failed) => {
    const { hostname, port } = new URL(at)
    const sent = request({ hostname, port, path, headers }, async (response) => {
      let text = ''
      for await (const part of response) text += String(part)
      done({ status: response.statusCode ?? 0, headers: response.headers, body: (text === '' ? {} : JSON.parse(text)) as Shown })
    })
    sent.on('error', failed)
    sent.end()
  })

describe('an app that streams', () => {
  it('finds an encoded slash encoded once more in the URL, and as it was in the route', () =>
    withHost(async ({ host }) => {
      const { body } = await raw(host.url, '/shows/a%2Fb/c%20d?q=%2F')
      expect(body).toMatchObject({ url: `${host.url}/shows/a%252Fb/c%20d?q=%2F`, params: { rest: 'a%2Fb/c d' } })
    }, streaming))

  it('sees no dot segments, however they were written', () =>
    withHost(async ({ host }) => {
      expect((await raw(host.url, '/shows/x/%2e%2e/y')).body).toMatchObject({ url: `${host.url}/shows/y`, params: { rest: 'y' } })
      expect((await raw(host.url, '/shows/%2e%2e/failing')).status).toBe(500)
    }, streaming))

  it('answers with the id of the invocation, whatever the caller called it', () =>
    withHost(async ({ host }) => {
      const { headers, body } = await raw(host.url, '/shows/x', { 'x-ms-invocation-id': 'mine' })
      expect(body.invocationId).toMatch(/^[0-9a-f-]{36}$/)
      expect(headers['x-ms-invocation-id']).toBe(body.invocationId)
    }, streaming))

  it('gets the query among its parameters, the route first, and never the key', () =>
    withHost(async ({ host }) => {
      const { body } = await raw(host.url, '/shows/x?rest=other&q=1&code=secret&CODE=secret')
      expect(body.params).toEqual({ rest: 'x', q: '1' })
    }, streaming))
})

describe('a trace', () => {
  const caller = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'

  it('goes on with the trace of the caller, below a span of the host', () =>
    withHost(async ({ host }) => {
      const { body } = await raw(host.url, '/shows/x', { traceparent: caller })
      expect(body.traceParent).toMatch(/^00-4bf92f3577b34da6a3ce929d0e0e4736-(?!00f067aa0ba902b7)[0-9a-f]{16}-01$/)
      expect((await raw(host.url, '/shows/x', { traceparent: 'nonsense' })).body.traceParent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
    }, streaming))

  it('of the request that brings an event reaches its function', () =>
    withHost(async ({ host }) => {
      const event = { id: '1', topic: '/s', subject: 'a', eventType: 'T', eventTime: '2026-03-02T08:00:00Z', dataVersion: '1', data: {} }
      const headers = { 'content-type': 'application/json', 'aeg-event-type': 'Notification', traceparent: caller }
      const url = `${host.url}/runtime/webhooks/EventGrid?functionName=onEvent`
      expect((await fetch(url, { method: 'POST', headers, body: JSON.stringify([event]) })).status).toBe(202)
      const fired = (await (await fetch(`${host.url}/fired`)).json()) as { traceParent: string }[]
      expect(fired.map(({ traceParent }) => traceParent.slice(0, 36))).toEqual([caller.slice(0, 36)])
    }))

  it('is not there for what the host runs by itself: activities and timers', () =>
    withHost(async ({ start, ended, host }) => {
      await start('showsTrace', 'one')
      expect((await ended('one')).output).toBe('none')
      await host.run('everyTenMinutes')
      const fired = (await (await fetch(`${host.url}/fired`)).json()) as { kind: string; traceParent: string }[]
      expect(fired).toMatchObject([{ kind: 'everyTenMinutes', traceParent: '' }])
    }))
})

describe('the management API', () => {
  const list = ({ host }: Running, query: string, headers: Record<string, string> = {}) =>
    fetch(`${host.url}/runtime/webhooks/durabletask/instances?${query}`, { headers })

  it('names a continuation token only where there is more', () =>
    withHost(async (running) => {
      for (const id of ['a', 'b', 'c']) await running.start('journey', id)
      const first = await list(running, 'top=2')
      const token = first.headers.get('x-ms-continuation-token')
      expect(token).toMatch(/.+/)
      const rest = await list(running, 'top=2', { 'x-ms-continuation-token': token ?? '' })
      expect([((await rest.json()) as object[]).length, rest.headers.has('x-ms-continuation-token')]).toEqual([1, false])
    }))

  it('knows no connection but its own', () =>
    withHost(async (running) => {
      await running.start('journey', 'a')
      const { host } = running
      const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '1' }
      for (const [path, options] of [
        ['instances/a?connection=Other', {}],
        ['instances?connection=Other', {}],
        ['instances/a/raiseEvent/e?CONNECTION=Other', post],
        ['orchestrators/journey/b?connection=Other', post],
      ] as const) {
        const answer = await fetch(`${host.url}/runtime/webhooks/durabletask/${path}`, options)
        expect([path, answer.status]).toEqual([path, 500])
        expect(await answer.json()).toMatchObject({ ExceptionMessage: "Unable to resolve the Azure Storage connection named 'Other'." })
      }
      for (const own of ['Storage', 'AzureWebJobsStorage', '']) expect((await list(running, `connection=${own}`)).status).toBe(200)
      expect((await fetch(`${host.url}/runtime/webhooks/durabletask/nothing?connection=Other`)).status).toBe(404)
    }))
})

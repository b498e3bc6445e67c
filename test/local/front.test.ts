import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { Readable } from 'node:stream'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Clock, realClock } from '../../src/local/clock.ts'
import { principals } from '../../src/local/cloud/entra/directory.ts'
import { createEntra } from '../../src/local/cloud/entra/entra.ts'
import { createWorld } from '../../src/local/cloud/world.ts'
import { type Front, startFront } from '../../src/local/front.ts'

const audience = 'api://connector'
const world = createWorld(realClock)
const entra = await createEntra(world, { dispatch: async () => ({ status: 404 }) })
const roles = { [audience]: ['Connections.Read', 'Connections.Write'] }
principals(world).set('anna', {
  oid: 'anna',
  appId: 'cli',
  kind: 'user',
  name: 'anna@contoso.com',
  createdAt: 0,
  visibleAt: 0,
  appRoles: roles,
})

let busy = 0
const clock: Clock = {
  ...realClock,
  busy() {
    busy++
    return () => void busy--
  },
}
type ObservedState = { method: string; url: string; headers: IncomingMessage['headers']; length: number; busy: number }
let seen: ObservedState[] = []
const host = createServer(async (request, response) => {
  let length = 0
  for await (const part of request) length += (part as Buffer).length
  seen.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, length, busy })
  response.writeHead(201, { 'azure-asyncoperation': 'https://x/y', 'content-type': 'application/json' }).end('{"ok":true}')
})
let front: Front

beforeAll(async () => {
  await new Promise<void>((listening) => host.listen(0, '127.0.0.1', listening))
  front = await startFront({ target: `http://127.0.0.1:${(host.address() as AddressInfo).port}`, entra, clock, audience })
})
beforeEach(() => {
  seen = []
})
afterAll(async () => {
  await front.close()
  host.close()
  host.closeAllConnections()
})

const bearer = async (of = audience): Promise<{ authorization: string }> => ({
  authorization: `Bearer ${await entra.token({ oid: 'anna' }, of)}`,
})
/** Sends the path as it is written; fetch would tidy it up. */
const raw = (path: string, headers: Record<string, string> = {}): Promise<number> =>
  new Promise((done, failed) => {
    const { hostname, port } = new URL(front.url)
    const sent = httpRequest({ hostname, port, path, headers }, (response) => {
      response.resume()
      done(response.statusCode ?? 0)
    })
    sent.on('error', failed)
    sent.end()
  })

/** Sends these lines as they stand over a socket; answers the first line of the answer. */
const lineOfAnswer = (url: string, lines: readonly string[]): Promise<string> =>
  new Promise((done, failed) => {
    const { hostname, port } = new URL(url)
    const socket = connect(Number(port), hostname, () =>
      socket.write(`${[...lines, 'Connection: close', 'Content-Length: 0'].join('\r\n')}\r\n\r\n`),
    )
    let text = ''
    socket.on('data', (part) => {
      text += part
    })
    socket.on('error', failed)
    socket.on('close', () => done(text.split('\r\n')[0] ?? ''))
  })

describe('a caller with a token for the app', () => {
  it('reaches the app, which learns who it is', async () => {
    const answer = await fetch(`${front.url}/connections?top=1`, { headers: await bearer() })
    expect(answer.status).toBe(201)
    expect(answer.headers.get('azure-asyncoperation')).toBe('https://x/y')
    expect(await answer.json()).toEqual({ ok: true })
    const { headers, url } = seen[0] as ObservedState
    expect(url).toBe('/connections?top=1')
    expect(headers).toMatchObject({
      'x-ms-client-principal-id': 'anna',
      'x-ms-client-principal-name': 'anna@contoso.com',
      'x-ms-client-principal-idp': 'aad',
      host: new URL(front.url).host,
      'x-forwarded-proto': 'http',
    })
    const principal = JSON.parse(Buffer.from(String(headers['x-ms-client-principal']), 'base64').toString())
    expect(principal.auth_typ).toBe('aad')
    expect(principal.claims).toEqual(
      expect.arrayContaining([
        { typ: 'http://schemas.microsoft.com/identity/claims/objectidentifier', val: 'anna' },
        { typ: 'aud', val: audience },
        { typ: 'roles', val: 'Connections.Read' },
        { typ: 'roles', val: 'Connections.Write' },
      ]),
    )
  })

  it('cannot say itself who it is', async () => {
    const forged = { 'X-MS-CLIENT-PRINCIPAL': 'forged', 'x-ms-client-principal-id': 'root', 'x-ms-client-principal-roles': 'x' }
    await fetch(`${front.url}/connections`, { headers: { ...(await bearer()), ...forged } })
    expect(seen[0]?.headers['x-ms-client-principal-id']).toBe('anna')
    expect(JSON.stringify(seen[0]?.headers)).not.toMatch(/forged|root|roles"/)
    await fetch(`${front.url}/healthz`, { headers: forged })
    expect(Object.keys(seen[1]?.headers ?? {}).filter((name) => name.startsWith('x-ms-client'))).toEqual([])
  })

  it('may send its body in chunks: the app gets one with a length', async () => {
    const body = Readable.toWeb(Readable.from(['{"a":', '1}'])) as ReadableStream
    const answer = await fetch(`${front.url}/policies/p`, { method: 'PUT', headers: await bearer(), body, duplex: 'half' } as RequestInit)
    expect(answer.status).toBe(201)
    expect(seen[0]).toMatchObject({ method: 'PUT', length: 7, headers: { 'content-length': '7' } })
    expect(seen[0]?.headers['transfer-encoding']).toBeUndefined()
  })

  it('may send what the app itself will refuse as too long, but not without end', async () => {
    const send = async (bytes: number): Promise<number> =>
      (await fetch(`${front.url}/x`, { method: 'PUT', headers: await bearer(), body: Buffer.alloc(bytes) })).status
    expect(await send(6 * 1024 * 1024)).toBe(201)
    expect(await send(21 * 1024 * 1024)).toBe(413)
    expect(seen.map(({ length }) => length)).toEqual([6 * 1024 * 1024])
  })
})

describe('a caller without such a token', () => {
  it('gets 401 and learns where to get one', async () => {
    const answer = await fetch(`${front.url}/connections`)
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer .*login\.microsoftonline\.com.*resource_id="api:\/\/connector"/)
    expect((await fetch(`${front.url}/connections`, { headers: await bearer('https://management.azure.com') })).status).toBe(401)
    expect((await fetch(`${front.url}/connections`, { headers: { authorization: 'Bearer x.y.z' } })).status).toBe(401)
    expect(seen).toEqual([])
  })

  it('reaches the webhooks and the health check only', async () => {
    expect(await raw('/runtime/webhooks/EventGrid?functionName=f&code=k')).toBe(201)
    expect(await raw('/healthz')).toBe(201)
    expect(seen.map(({ url }) => url)).toEqual(['/runtime/webhooks/EventGrid?functionName=f&code=k', '/healthz'])
  })

  it.each([
    '/healthz/../connections',
    '/healthz%2f..%2fconnections',
    '/runtime/webhooks/../../connections',
    '/runtime/webhooks/..%2f..%2fconnections',
    '/runtime/webhooks/..%5c..%5cconnections',
    '/runtime/webhooks/%2e%2e/%2e%2e/connections',
    '//healthz/x',
    '/Healthz/x',
  ])('does not slip through as %s', async (path) => {
    expect(await raw(path)).toBe(401)
    expect(seen).toEqual([])
  })
})

describe('whatever the path', () => {
  /** Hears whether anything is sent where a path leads to. */
  let elsewhere: Server
  let heard: string[] = []
  let place = ''
  beforeAll(async () => {
    elsewhere = createServer((request, response) => {
      heard.push(`${request.url} ${JSON.stringify(request.headers)}`)
      response.end()
    })
    await new Promise<void>((listening) => elsewhere.listen(0, '127.0.0.1', listening))
    place = `127.0.0.1:${(elsewhere.address() as AddressInfo).port}`
  })
  beforeEach(() => {
    heard = []
  })
  afterAll(() => void elsewhere.close())

  const lines = [
    ...['//', '///', '/.//', '/./%2e//', '/x/..//', '/%2e%2e//', '/\\', '\\\\', '/\t/', '/runtime/webhooks/../..//', '/healthz/..//'],
    ...['http://', 'https://', 'HTTP://', '', '@', '/@', '//user:secret@'],
  ]
  it.each(lines)('a request for %s<another host> reaches nothing but the host', async (before) => {
    const { authorization } = await bearer()
    const own = new URL(front.url).host
    for (const line of [`${before}${place}/policies/all`, `${before}${place}`, `${before}${place}/.//${place}/x?y#z`]) {
      const head = await lineOfAnswer(front.url, [`PUT ${line} HTTP/1.1`, `Host: ${own}`, `Authorization: ${authorization}`])
      expect(head).toMatch(/^HTTP\/1\.1 (201|400|404) /)
    }
    expect(heard).toEqual([])
    for (const { url, headers } of seen) expect([url.startsWith('/'), url.startsWith('//'), headers.host]).toEqual([true, false, own])
  })

  it('a random path reaches the host as a path, or not at all', async () => {
    const own = new URL(front.url).host
    const { authorization } = await bearer()
    const piece = fc.constantFrom(
      '/',
      '//',
      '/.',
      '/..',
      '\\',
      '%2f',
      '%5c',
      '%2e',
      '@',
      ':',
      '?',
      '#',
      ';',
      '[',
      ']',
      'http:',
      'https:',
      'x',
      ' ',
      place,
    )
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { minLength: 1, maxLength: 8 }), async (pieces) => {
        await lineOfAnswer(front.url, [`GET ${pieces.join('')} HTTP/1.1`, `Host: ${own}`, `Authorization: ${authorization}`])
      }),
      { numRuns: 150 },
    )
    expect(heard).toEqual([])
    expect(seen.length).toBeGreaterThan(20)
    expect(seen.filter(({ url, headers }) => !/^\/(?!\/)/.test(url) || headers.host !== own)).toEqual([])
  })
})

describe('a name of another host', () => {
  it.each(['evil.example', 'evil.example:80', '127.0.0.1.evil.example', '127.0.0.1', 'localhost.evil.example', ''])(
    'is not answered: %s',
    async (host) => {
      const { authorization } = await bearer()
      expect(await lineOfAnswer(front.url, ['GET /healthz HTTP/1.1', `Host: ${host}`])).toMatch(/ 4(00|21) /)
      expect(await lineOfAnswer(front.url, ['GET /connections HTTP/1.1', `Host: ${host}`, `Authorization: ${authorization}`])).toMatch(
        / 4(00|21) /,
      )
      expect(seen).toEqual([])
    },
  )
})

it.each([
  'X-MS-CLIENT-PRINCIPAL',
  'x_ms_client_principal',
  'X-Ms-Client-Principal-Id',
  'x-ms-token-aad-access-token',
  'X-Forwarded-Host',
  'Forwarded',
  'X-Original-URL',
  'X-Front-Key',
])('drops a caller’s own %s', async (name) => {
  await fetch(`${front.url}/connections`, { headers: { ...(await bearer()), [name]: 'forged', connection: 'keep-alive' } })
  await fetch(`${front.url}/healthz`, { headers: { [name]: 'forged' } })
  expect(seen).toHaveLength(2)
  expect(JSON.stringify(seen)).not.toContain('forged')
})

it.each([
  '/admin/functions/heartbeat',
  '/admin',
  '//admin/x',
  '/%61dmin/host',
  '/x/../admin/',
  '/x/..%2fadmin/',
  '/%2561dmin',
  '/ADMIN/host',
])('has no %s, no matter who asks', async (path) => {
  expect(await raw(path, await bearer())).toBe(404)
  expect(seen).toEqual([])
})

it('holds virtual time still while it works', async () => {
  await (await fetch(`${front.url}/healthz`)).text()
  expect(seen[0]?.busy).toBe(1)
  await expect.poll(() => busy).toBe(0)
})

it('serves clients that insist on HTTPS behind a name of the simulated cloud', async () => {
  const service = front.service('connector.azurewebsites.net')
  expect(service.owns('connector.azurewebsites.net')).toBe(true)
  const url = new URL('https://connector.azurewebsites.net/connections')
  const answer = await service.handle({ method: 'GET', url, headers: await bearer(), body: Buffer.alloc(0), location: 'internet' })
  expect(answer.status).toBe(201)
  expect(seen[0]?.headers).toMatchObject({
    host: 'connector.azurewebsites.net',
    'x-forwarded-proto': 'https',
    'x-ms-client-principal-id': 'anna',
  })
})

it('says that the host does not answer', async () => {
  const lonely = await startFront({ target: 'http://127.0.0.1:1', entra, clock, audience })
  expect((await fetch(`${lonely.url}/healthz`)).status).toBe(502)
  await lonely.close()
})

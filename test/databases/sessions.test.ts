// How the app gets to a server of databases, and what happens where it does not.
import { once } from 'node:events'
import { createServer, type Server, Socket } from 'node:net'
import fc from 'fast-check'
import { EnvHttpProxyAgent } from 'undici'
import { describe, expect, it, onTestFinished } from 'vitest'
import { proxyFor } from '../../src/databases/proxy.ts'
import { connected, dialThrough, openerFor } from '../../src/databases/sessions.ts'

async function serving(each: (socket: Socket) => void): Promise<{ readonly port: number }> {
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => each(socket.on('error', () => undefined).resume()))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => void server.close())
  const address = server.address()
  return { port: typeof address === 'object' && address ? address.port : 0 }
}

/** Accepts, and answers nothing. `reached`: its connections. */
async function silent(): Promise<{ readonly port: number; readonly reached: readonly Socket[] }> {
  const reached: Socket[] = []
  return { ...(await serving((socket) => void reached.push(socket))), reached }
}

describe('a server that is not reached', () => {
  it('fails in time, and what its socket says later ends nothing', async () => {
    const socket = new Socket()
    await expect(connected(socket, 5)).rejects.toThrow(/abort/i)
    expect(socket.destroyed).toBe(true)
    socket.emit('error', Object.assign(new Error('connect ETIMEDOUT'), { code: 'ETIMEDOUT' }))
  })

  it('fails in time behind a proxy that answers nothing, and leaves no connection to it', async () => {
    const proxy = await silent()
    const dial = dialThrough({ HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` }, 50)
    await expect(dial('shopdb.postgres.database.azure.com', 5432)).rejects.toThrow(/abort/i)
    const [tunnel = expect.fail('the proxy was not asked')] = proxy.reached
    if (!tunnel.readableEnded) await once(tunnel, 'end')
  })
})

describe('a server that falls silent', () => {
  /** The protocol up to the first statement: https://www.postgresql.org/docs/current/protocol-flow.html */
  const welcome = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0, 0x5a, 0, 0, 0, 5, 0x49])

  it('keeps nothing open, and no one waiting', async () => {
    const sockets: Socket[] = []
    const { port } = await serving((socket) => {
      sockets.push(socket)
      socket.once('data', () => socket.write(welcome))
    })
    const place = { engine: 'postgres', host: '127.0.0.1', port, database: 'shop' } as const
    const session = await openerFor(place, { user: 'ada', password: '', isToken: false }, dialThrough({}))('shop')
    await session.end()
    const [socket = expect.fail('no connection came')] = sockets
    if (!socket.readableEnded) await once(socket, 'end')
  })
})

describe('a proxy', () => {
  it('hands over what a server has said along with its own answer', async () => {
    const proxy = await serving((socket) => void socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\n\r\ngreeting')))
    const socket = await dialThrough({ HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` })('shopdb.mysql.database.azure.com', 3306)
    const [said] = await once(socket, 'data')
    expect(String(said)).toBe('greeting')
    socket.destroy()
  })

  it('is left out for hosts that NO_PROXY names', async () => {
    const { port, reached } = await silent()
    const dial = dialThrough({ HTTPS_PROXY: 'http://127.0.0.1:1', NO_PROXY: 'example.com,127.0.0.1' })
    const socket = await dial('127.0.0.1', port)
    socket.destroy()
    await expect.poll(() => reached.length).toBe(1)
  })

  it('serves the hosts that it serves for clusters', async () => {
    const name = fc.constantFrom(
      'shop.example.com',
      'example.com',
      'Example.com',
      'com',
      'anexample.com',
      'a.shop.example.com',
      '10.0.0.4',
      '*',
    )
    const dot = fc.constantFrom('', '.', '*.')
    const onPort = fc.constantFrom('', ':443', ':5432')
    const entries = fc.array(
      fc.tuple(dot, name, onPort).map((parts) => parts.join('')),
      { maxLength: 3 },
    )
    await fc.assert(
      fc.asyncProperty(
        name.filter((one) => one !== '*'),
        fc.constantFrom(443, 5432),
        fc.tuple(entries, fc.constantFrom(',', ' ', ', ')).map(([all, between]) => all.join(between)),
        async (host, port, noProxy) => {
          let isDirect = false
          const dispatcher = new EnvHttpProxyAgent({
            httpsProxy: 'http://127.0.0.1:1',
            noProxy,
            connect: (_options, done) => {
              isDirect = true
              done(new Error('it need not be reached'), null)
            },
          })
          await dispatcher.request({ origin: `https://${host}:${port}`, path: '/', method: 'GET' }).catch(() => undefined)
          expect(proxyFor(host, port, { HTTPS_PROXY: 'http://127.0.0.1:1', NO_PROXY: noProxy }) === undefined).toBe(isDirect)
        },
      ),
    )
  })
})

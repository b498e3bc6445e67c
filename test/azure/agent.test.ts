import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { createDefaultHttpClient, createPipelineRequest } from '@azure/core-rest-pipeline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { azureAgent } from '../../src/azure/agent.ts'
import { createArm } from '../../src/azure/arm.ts'
import { clusterPath } from '../local/cloud/arm/arm-world.ts'
import { type AzureWorld, azureWorld, failure } from './azure-world.ts'

describe('the connection pool', () => {
  let world: AzureWorld
  beforeAll(async () => {
    world = await azureWorld()
  })
  afterAll(() => world.close())

  it('goes through the proxy that the environment names, and uses one tunnel for many requests', async () => {
    const agent = azureAgent({ HTTPS_PROXY: world.cloud.proxyUrl('functions') })
    const arm = createArm({ ...world.connection(), agent })
    const ports = new Set<number | undefined>()
    agent.on('free', (socket: { readonly localPort?: number }) => void ports.add(socket.localPort))
    for (let count = 0; count < 5; count++) expect(await arm.get(clusterPath('c1'), '2026-06-01')).toMatchObject({ name: 'c1' })
    expect(world.cloud.calls.at(-1)?.location).toBe('functions')
    expect(ports.size).toBe(1)
    agent.destroy()
  })

  it('goes straight to hosts that the environment keeps from the proxy', async () => {
    const reason = async (env: Record<string, string>): Promise<string | undefined> => {
      const agent = azureAgent({ HTTPS_PROXY: world.cloud.proxyUrl('functions'), ...env })
      const { about } = await failure(
        createArm({ ...world.connection(), agent, endpoint: 'https://127.0.0.1:1' }).get(clusterPath('c1'), '2026-06-01'),
      )
      agent.destroy()
      return about.message
    }
    expect(await reason({ NO_PROXY: '127.0.0.1' })).toBe('ECONNREFUSED')
    expect(await reason({})).not.toBe('ECONNREFUSED')
  })

  it('survives a connection that fails when the request it was made for has failed on another one', async () => {
    const relay = await relayTo(new URL(world.cloud.proxyUrl('functions')))
    const agent = azureAgent({ HTTPS_PROXY: relay.url })
    const client = createDefaultHttpClient()
    const ask = async (): Promise<string> => {
      const request = Object.assign(createPipelineRequest({ url: 'https://management.azure.com/', timeout: 20_000 }), { agent })
      return await client.sendRequest(request).then(
        () => 'answered',
        () => 'failed',
      )
    }
    const uncaught = await uncaughtDuring(async () => {
      await Promise.all(Array.from({ length: 64 }, ask))
      const [first, second, ...others] = relay.links
      const input = new Set<Link>()
      for (const link of relay.links) {
        link.onwards.pause()
        link.socket.once('data', () => input.add(link))
      }
      const inFlight = Array.from({ length: 64 }, ask)
      const waiting = ask()
      await until(() => input.size === 64)

      relay.isSilent = true
      first?.socket.destroy() // a connection is begun for the request that waits
      await until(() => relay.links.length === 65)
      second?.onwards.resume() // another one is free before
      second?.socket.once('data', () => second.socket.destroy()) // and breaks
      expect(await waiting).toBe('failed')
      const begun = relay.links.slice(64)
      for (const { socket } of begun) socket.destroy()
      await until(() => begun.every(({ socket }) => socket.closed))
      await wait(50)

      for (const { onwards } of others) onwards.resume()
      expect((await Promise.all(inFlight)).filter((end) => end === 'failed')).toHaveLength(1)
    })
    agent.destroy()
    relay.close()
    expect(uncaught).toEqual([])
  })
})

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await wait(2)
}

type Link = { readonly socket: Socket; readonly onwards: Socket }

/** Between the agent and the proxy: holds up answers, or never lets a tunnel come about. */
async function relayTo({ hostname, port }: URL) {
  const links: Link[] = []
  const server = createServer((socket) => {
    const onwards = connect(Number(port), hostname)
    for (const [end, other] of [
      [socket, onwards],
      [onwards, socket],
    ] as const) {
      end.on('error', () => other.destroy())
      end.on('close', () => other.destroy())
    }
    links.push({ socket, onwards })
    if (!relay.isSilent) socket.pipe(onwards).pipe(socket)
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const relay = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    links,
    isSilent: false,
    close: () => void server.close(),
  }
  return relay
}

/** What would have ended the process. */
async function uncaughtDuring(work: () => Promise<void>): Promise<readonly unknown[]> {
  const uncaught: unknown[] = []
  const others = process.rawListeners('uncaughtException') as NodeJS.UncaughtExceptionListener[]
  process.removeAllListeners('uncaughtException').on('uncaughtException', (error) => uncaught.push(error))
  try {
    await work()
  } finally {
    process.removeAllListeners('uncaughtException')
    for (const listener of others) process.on('uncaughtException', listener)
  }
  return uncaught
}

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
})

// What was acknowledged survives: `npm start` is killed with all its processes right after an answer, and the next one knows what was answered.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readFleet } from '../../src/local/fleets/fleet.ts'
import { throughProxy } from '../../src/local/through-proxy.ts'
import { freePort, type Started, start } from './started.ts'

const folder = mkdtempSync(join(tmpdir(), 'kill-test-'))
const fleet = readFleet(readFileSync(new URL('../../src/local/fleets/demo.yaml', import.meta.url), 'utf8'))
const group = `/subscriptions/${fleet.subscriptions[0]?.id}/resourceGroups/shop/providers`
const cluster = `${group}/Microsoft.ContainerService/managedClusters/shop`
let port: number
let running: Started

const begin = async (): Promise<void> => {
  running = start(['--state', join(folder, 'state'), '--port', String(port), '--latency', '0.01'])
  await running.said('docs/local.md')
}

/** Itself and what it has started, all by SIGKILL: nothing gets a last chance to write. */
async function killAll(): Promise<void> {
  const rows = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n')
  const children = rows.map((row) => row.trim().split(/\s+/).map(Number)).filter(([, parent]) => parent === running.pid)
  for (const pid of [running.pid, ...children.map(([child]) => child ?? 0)]) process.kill(pid, 'SIGKILL')
  await running.ended
}

const token = async (person: string, audience = 'app'): Promise<string> =>
  (await (await fetch(`http://127.0.0.1:${port + 4}/token?person=${person}&for=${audience}`)).text()).trim()

async function call(person: string, method: string, path: string, body?: object) {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    headers: { authorization: `Bearer ${await token(person)}`, 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
  const text = await answer.text()
  return { status: answer.status, body: text === '' ? undefined : (JSON.parse(text) as { properties?: { provisioningState?: string } }) }
}

const linker = (name: string): string => `${cluster}/providers/Microsoft.ServiceLinker/linkers/${name}?api-version=2024-04-01`
const wanted = {
  properties: {
    targetService: { type: 'AzureResource', id: `${group}/Microsoft.Storage/storageAccounts/shopphotos/blobServices/default` },
    authInfo: { authType: 'secret' },
    scope: 'web',
  },
}
const policy = { allow: { clusters: ['*/shop/shop'], targets: ['*/shop/shopphotos'], namespaces: ['web'], auth: ['secret'] } }

async function tags(method: 'GET' | 'PATCH', given?: Record<string, string>): Promise<unknown> {
  const ca = readFileSync(join(folder, 'state', 'ca.pem'), 'utf8')
  const { send, close } = throughProxy({ proxyUrl: `http://127.0.0.1:${port + 1}`, ca })
  try {
    const answer = await send(
      method,
      `https://management.azure.com${cluster}/providers/Microsoft.Resources/tags/default?api-version=2021-04-01`,
      {
        token: await token('ada', 'arm'),
        ...(given ? { body: { operation: 'Merge', properties: { tags: given } } } : {}),
      },
    )
    expect(answer.status).toBe(200)
    return (answer.body as { properties: { tags: unknown } }).properties.tags
  } finally {
    close()
  }
}

beforeAll(async () => {
  port = await freePort()
  await begin()
}, 60_000)
afterAll(async () => {
  await running.stop('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

describe('npm start, killed right after an answer', () => {
  const names = ['one', 'two', 'three', 'four']

  it('still has every connection, policy and tag that was answered, and ends what it had accepted', async () => {
    for (const name of names) {
      expect((await call('ada', 'PUT', `/policies/${name}`, policy)).status).toBe(201)
      if (name === 'two') await tags('PATCH', { survives: name })
      expect([200, 201, 202]).toContain((await call('ben', 'PUT', linker(name), wanted)).status)
      await killAll()
      await begin()
      expect([name, (await call('ada', 'GET', `/policies/${name}`)).status]).toEqual([name, 200])
      expect([name, (await call('ben', 'GET', linker(name))).status]).toEqual([name, 200])
    }
    expect(await tags('GET')).toMatchObject({ survives: 'two' })
    // An activity that was under way in a killed host comes back ten seconds after its start.
    const states = () =>
      Promise.all(names.map(async (name) => (await call('ben', 'GET', linker(name))).body?.properties?.provisioningState))
    await expect.poll(states, { timeout: 150_000, interval: 1000 }).toEqual(names.map(() => 'Succeeded'))
  }, 240_000)
})

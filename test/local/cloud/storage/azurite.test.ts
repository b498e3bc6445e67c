import { spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { expect, it } from 'vitest'
import { type AzuriteAddress, joinAzurite, startAzurite } from '../../../../src/local/cloud/storage/azurite.ts'
import { storageWorld } from './world.ts'

it('keeps what was written over a restart of Azurite and world', async () => {
  const location = mkdtempSync(join(tmpdir(), 'azurite-test-'))
  const first = await startAzurite({ location })
  const before = await storageWorld(first)
  await before.tablesByKey().createTable()
  await before.tablesByKey().upsertEntity({ partitionKey: 'p', rowKey: 'r', n: 1 })
  await before.blobsByKey().createContainer('one')
  await first.close()
  const second = await startAzurite({ location })
  const stranger = await storageWorld(second)
  await stranger.blobsByKey().createContainer('other')
  const after = await storageWorld(second, JSON.parse(JSON.stringify(before.world.snapshot())))
  expect(await after.tablesByKey().getEntity('p', 'r')).toMatchObject({ n: 1 })
  const names = []
  for await (const each of after.blobsByKey().listContainers()) names.push(each.name)
  expect(names).toEqual(['one'])
  await second.close()
})

it('is shared by processes that never take the same account', async () => {
  const azurite = await startAzurite()
  const joined = joinAzurite({ ...(JSON.parse(JSON.stringify(azurite.address)) as AzuriteAddress), accounts: 3 })
  const taken = [azurite.claim().name, joined.claim().name, azurite.claim().name]
  expect(new Set(taken).size).toBe(3)
  expect(() => joined.claim()).toThrow(/All 3 accounts/)
  await joined.close()
  await azurite.close()
})

it('is asked again where it closes a connection just as that is used again', async () => {
  const used = new WeakSet<object>()
  const closing = createServer((request, response) => {
    if (used.has(request.socket)) return void request.socket.destroy()
    used.add(request.socket)
    response.end('here')
  })
  await new Promise<void>((listening) => closing.listen(0, '127.0.0.1', listening))
  const { port } = closing.address() as AddressInfo
  const azurite = joinAzurite({ ports: { blob: port, queue: port, table: port }, claims: '', accounts: 0 })
  for (let times = 0; times < 3; times++) {
    const { body } = await azurite.send('table', { method: 'GET', path: '/', headers: {}, body: Buffer.alloc(0) })
    expect(String(body)).toBe('here')
  }
  await azurite.close()
  closing.close()
})

it('ends when its parent is killed', async () => {
  const file = pathToFileURL(join(import.meta.dirname, '../../../../src/local/cloud/storage/azurite.ts')).href
  const script = `const { startAzurite } = await import('${file}'); const a = await startAzurite(); console.log(a.address.ports.table); setInterval(() => {}, 1000)`
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const port = await new Promise<string>((read) => parent.stdout.once('data', (text) => read(String(text).trim())))
  const answers = (): Promise<boolean> => fetch(`http://127.0.0.1:${port}/`).then(Boolean, () => false)
  expect(await answers()).toBe(true)
  parent.kill('SIGKILL')
  let alive = true
  for (let tries = 0; alive && tries < 100; tries++) {
    await wait(100)
    alive = await answers()
  }
  expect(alive).toBe(false)
})

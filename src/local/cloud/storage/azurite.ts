// Azurite, Microsoft's storage emulator, as one child process for a program or a whole test run. It keeps the bytes; who may see them
// is decided before it, in the gate. With a `location`, the answer to a write is passed on only when the write is on disk (azurite-process.ts): a kill
// of any process loses nothing that was acknowledged.
//
// Many worlds share one Azurite: it starts with a pool of accounts, and each simulated account takes one for itself. Claims are files
// in a folder (created exclusively), so that the processes of a test run do not take the same one; with a `location` they last.
//
// The child ends when its parent does, however that dies: it watches the IPC channel. It has a process group of its own, or Ctrl-C would
// stop it while the product is still writing.

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { groupCommit } from '../../durable.ts'

export type StorageService = 'blob' | 'queue' | 'table'
/** Plain data: another process may work with the same Azurite by `joinAzurite`. */
export type AzuriteAddress = {
  readonly ports: Readonly<Record<StorageService, number>>
  readonly claims: string
  readonly accounts: number
}
type AzuriteRequest = {
  readonly method: string
  readonly path: string
  readonly headers: Record<string, string>
  readonly body: Buffer
}
type AzuriteResponse = { readonly status: number; readonly headers: Record<string, string>; readonly body: Buffer }

export type AzuriteHandle = {
  readonly address: AzuriteAddress
  /** An account that no other caller has; `known` = one that was claimed in an earlier life. */
  claim(known?: string): { readonly name: string; readonly key: string }
  send(service: StorageService, request: AzuriteRequest): Promise<AzuriteResponse>
  close(): Promise<void>
}

const accountName = (index: number): string => `pool${String(index).padStart(4, '0')}`
const accountKey = (name: string): string => Buffer.from(name).toString('base64')

/** As many as fit: the list travels in an environment variable, which Linux limits to 128 KB. */
const accounts = 4000

const withinTheChild = new URL('./azurite-process.ts', import.meta.url)

export async function startAzurite(options: { readonly location?: string } = {}): Promise<AzuriteHandle> {
  const folder = options.location ?? mkdtempSync(join(tmpdir(), 'azurite-'))
  const claims = join(folder, 'claims')
  mkdirSync(claims, { recursive: true })
  const list = Array.from({ length: accounts }, (_, index) => `${accountName(index)}:${accountKey(accountName(index))}`)

  const child = spawn(
    process.execPath,
    [
      ...['--import', withinTheChild.href],
      createRequire(import.meta.url).resolve('azurite/dist/src/azurite.js'),
      ...['--silent', '--skipApiVersionCheck', '--disableTelemetry', '--blobPort', '0', '--queuePort', '0', '--tablePort', '0'],
      ...(options.location === undefined ? ['--inMemoryPersistence'] : ['--location', options.location]),
    ],
    {
      cwd: folder,
      env: { PATH: process.env['PATH'], HOME: folder, AZURITE_ACCOUNTS: list.join(';') },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      detached: true,
    },
  )
  const exited = new Promise<void>((done) => child.once('exit', () => done()))
  const ports: Partial<Record<StorageService, number>> = {}
  await new Promise<void>((listening, failed) => {
    let text = ''
    const read = (part: Buffer): void => {
      text += part.toString()
      for (const [, name, port] of text.matchAll(/Azurite (\w+) service is successfully listening at \S+:(\d+)/g))
        ports[String(name).toLowerCase() as StorageService] = Number(port)
      if (ports.blob && ports.queue && ports.table) listening()
    }
    child.stdout?.on('data', read)
    child.stderr?.on('data', read)
    child.once('error', failed)
    child.once('exit', (code) => failed(new Error(`Azurite ended with code ${code} before it listened: ${text}`)))
  })
  child.unref()
  child.channel?.unref()
  for (const stream of [child.stdout, child.stderr]) (stream as unknown as { unref(): void } | null)?.unref()

  const { blob, queue, table } = ports as Record<StorageService, number>
  const joined = joinAzurite({ ports: { blob, queue, table }, claims, accounts })
  const saved = groupCommit(() => saveIn(child))
  return {
    ...joined,
    async send(service, request) {
      const answer = await joined.send(service, request)
      if (options.location !== undefined && !['GET', 'HEAD', 'OPTIONS'].includes(request.method)) await saved()
      return answer
    },
    async close() {
      await joined.close()
      if (options.location !== undefined && child.connected) await saved()
      child.ref()
      if (child.connected) child.disconnect()
      await exited
      if (options.location === undefined) rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Resolves when all that the child knows now is on disk. One at a time. Only while it waits does the child keep this process alive. */
async function saveIn(child: ChildProcess): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>()
  const ended = (): void => reject(new Error('Azurite ended before it had saved'))
  child.channel?.ref()
  child.once('exit', ended).once('message', resolve)
  try {
    child.send('save', (error) => {
      if (error) reject(error)
    })
    const said = await promise
    if (said !== 'saved') throw new Error(String(said))
  } finally {
    child.off('exit', ended).off('message', resolve)
    child.channel?.unref()
  }
}

/** Works with an Azurite that another process started; closing lets go of it only. */
export function joinAzurite(address: AzuriteAddress): AzuriteHandle {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  let next = 0
  const take = (name: string): boolean => {
    try {
      writeFileSync(join(address.claims, name), '', { flag: 'wx' })
      return true
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      return false
    }
  }
  return {
    address,
    claim(known) {
      if (known !== undefined) {
        take(known)
        return { name: known, key: accountKey(known) }
      }
      for (; next < address.accounts; next++) {
        const name = accountName(next)
        if (take(name)) return { name, key: accountKey(name) }
      }
      throw new Error(`All ${address.accounts} accounts of this Azurite are taken`)
    },
    async send(service, request) {
      for (;;)
        try {
          return await sendOn(agent, address.ports[service], request)
        } catch (error) {
          // Azurite closes a connection that nothing came on for five seconds, now and then just as it is used again.
          if (!(error instanceof ClosedWhileIdle)) throw error
        }
    },
    async close() {
      agent.destroy()
    },
  }
}

/** https://nodejs.org/api/http.html#requestreusedsocket */
class ClosedWhileIdle extends Error {}

function sendOn(agent: Agent, port: number, { method, path, headers, body }: AzuriteRequest): Promise<AzuriteResponse> {
  return new Promise((done, failed) => {
    const sent = httpRequest({ host: '127.0.0.1', port, agent, method, path, headers }, (response) => {
      readWhole(response).then((content) => done({ status: response.statusCode ?? 500, headers: flat(response), body: content }), failed)
    })
    sent.on('error', (error: NodeJS.ErrnoException) =>
      failed(sent.reusedSocket && error.code === 'ECONNRESET' ? new ClosedWhileIdle(error.message) : error),
    )
    sent.end(body)
  })
}

async function readWhole(response: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of response) parts.push(part as Buffer)
  return Buffer.concat(parts)
}

const flat = (response: IncomingMessage): Record<string, string> =>
  Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]))

// What `npm start` keeps over a restart, in one folder: the simulated cloud as one JSON file, the host's SQLite file, Azurite's folder, the
// CA certificate that other tools trust, and a note of who is using it all.
//
// A kill at any moment is allowed, and what was acknowledged before it is there after it: each of the three is on disk before the answer to a write goes
// out. Files are replaced as a whole, SQLite has its log. What the three disagree on after a kill was on its way, which is drift, and the product
// repairs it.

import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { WorldState } from './cloud/world.ts'
import { replaceFile } from './durable.ts'
import type { HostKeys } from './host/contract.ts'
import { randomKeys } from './host/keys.ts'

export type State = {
  readonly folder: string
  readonly hostFile: string
  readonly azuriteFolder: string
  readonly caFile: string
  /** The cloud of the last time. */
  cloud(): WorldState | undefined
  /** One at a time. A state that is saved already costs no write. */
  saveCloud(state: WorldState): Promise<void>
  saveCa(pem: string): void
  /** Keys of the function app, the same over restarts: events in delivery know the webhook by its key. */
  hostKeys(): HostKeys
  /** Releases the folder. */
  release(): void
}

/** Grows when the form of the world's tables changes; an older cloud is then of no use. */
const version = 1

/** @throws Error when another process uses the folder. */
export function openState(given: string, { fresh = false, what = '' } = {}): State {
  const folder = resolve(given)
  const file = (name: string): string => join(folder, name)
  const userFile = file('in-use.json')
  mkdirSync(folder, { recursive: true })
  const user = readJson<{ readonly pid: number; readonly what: string }>(userFile)
  if (user && user.pid !== process.pid && isAlive(user.pid))
    throw new Error(
      `${folder} is in use by process ${user.pid}${user.what === '' ? '' : `: ${user.what}`}.\n` +
        'Stop that one with Ctrl-C, or start this one beside it: npm start -- --port 7500 --state .local/second\n' +
        `(If process ${user.pid} is something else altogether, delete ${userFile}.)`,
    )
  replace(userFile, JSON.stringify({ pid: process.pid, what }))
  if (fresh)
    for (const name of ['cloud.json', 'host.sqlite', 'host.sqlite-wal', 'host.sqlite-shm', 'azurite', 'ca.pem', 'keys.json'])
      discard(file(name))

  let saved = ''
  return {
    folder,
    hostFile: file('host.sqlite'),
    azuriteFolder: file('azurite'),
    caFile: file('ca.pem'),
    cloud() {
      const kept = readJson<{ readonly version: number; readonly state: WorldState }>(file('cloud.json'))
      if (kept && kept.version !== version)
        throw new Error(`${folder} was written by another version of this program: npm start -- --fresh`)
      return kept?.state
    },
    async saveCloud(state) {
      const text = JSON.stringify({ version, state })
      const digest = createHash('sha256').update(text).digest('hex')
      if (digest === saved) return
      await replaceFile(file('cloud.json'), text)
      saved = digest
    },
    saveCa: (pem) => replace(file('ca.pem'), pem),
    hostKeys() {
      const keys = readJson<HostKeys>(file('keys.json')) ?? randomKeys()
      replace(file('keys.json'), JSON.stringify(keys))
      return keys
    },
    release: () => discard(userFile),
  }
}

const discard = (path: string): void => rmSync(path, { recursive: true, force: true })

/** A reader sees either the old text or the new one. Keys of the simulated cloud are in it, so it is not readable by others. */
function replace(path: string, text: string): void {
  writeFileSync(`${path}.new`, text, { mode: 0o600 })
  renameSync(`${path}.new`, path)
}

function readJson<T>(path: string): T | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
  try {
    return JSON.parse(text) as T
  } catch {
    throw new Error(`${path} cannot be read: it is not JSON. Start fresh with: npm start -- --fresh`)
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

// What host and app log: all of it into a file of the state folder, errors also onto the screen.

import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import type { HostLog } from '../host/contract.ts'

export type Log = { readonly write: (entry: HostLog) => void; close(): void }

export function openLog(folder: string, verbose: boolean, say: (text: string) => void): Log {
  const file = createWriteStream(join(folder, 'host.log'), { flags: 'w', mode: 0o600 })
  return {
    write({ level, source, message }) {
      const line = `${new Date().toISOString()} ${level} ${source}: ${message}`
      file.write(`${line}\n`)
      if (verbose || level === 'error' || level === 'critical') say(line)
    },
    close: () => file.end(),
  }
}

// A discovery in a process of its own (discover-fleet.ts), so that its memory is its own.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

type Cost = Readonly<Record<'clusters' | 'rows' | 'queries' | 'ms' | 'peakMb', number>>

export const discoveryOver = (clusters: number, connected: number): Cost =>
  JSON.parse(
    execFileSync(process.execPath, [fileURLToPath(new URL('discover-fleet.ts', import.meta.url)), String(clusters), String(connected)], {
      encoding: 'utf8',
    }),
  ) as Cost

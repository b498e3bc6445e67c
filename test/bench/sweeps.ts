// A sweep of a fleet in a process of its own (sweep-fleet.ts), so that its memory is its own.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

type Cost = Readonly<Record<'clusters' | 'callsPerCluster' | 'mostOfOneKind' | 'peakMb', number>>

export const sweepOver = (clusters: number): Cost =>
  JSON.parse(
    execFileSync(process.execPath, [fileURLToPath(new URL('sweep-fleet.ts', import.meta.url)), String(clusters)], { encoding: 'utf8' }),
  ) as Cost

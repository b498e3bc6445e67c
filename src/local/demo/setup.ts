// What all scenes share: the embedded environment with shortened times, the people, and what can be checked of it.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { realClock } from '../clock.ts'
import { startAzurite } from '../cloud/storage/azurite.ts'
import { type Fleet, readFleet } from '../fleets/fleet.ts'
import { type Local, startLocal } from '../local.ts'
import { type Person, personOf } from '../person.ts'
import { latenciesFor } from '../start/latencies.ts'
import type { DemoConsole } from './console.ts'

export type DemoSetup = {
  readonly local: Local
  readonly fleet: Fleet
  readonly demoConsole: DemoConsole
  /** Runs the platform: policies, tags, everything in Azure. */
  readonly ada: Person
  /** Builds the shop: may connect, within the policies. */
  readonly ben: Person
  readonly caFile: string
  /** What was printed of each step: each text is printed once. */
  readonly told: Map<string, string>
  /** Figures for the last scene. */
  readonly measured: Map<string, number>
  close(): Promise<void>
}

/** Something was not as expected. */
export class NotAsExpected extends Error {}

export function must(condition: unknown, told: string): asserts condition {
  if (!condition) throw new NotAsExpected(told)
}

/** A cluster update takes 10 s instead of 4 minutes; the others are in proportion. */
const latencies = latenciesFor(1 / 24)
/** The product's own times of patience, for people who watch: in production half an hour and more. */
const settings = {
  CONNECTOR_GRACE_MINUTES: '0.05',
  CONNECTOR_GONE_AFTER_MINUTES: '0.05',
  CONNECTOR_LEAVING_MINUTES: '0.05',
  CONNECTOR_SWEEP: 'all',
  CONNECTOR_SWEEP_GRACE_MINUTES: '0.05',
}

/** `more`: what there is beside demo.yaml. */
export async function openSetup(demoConsole: DemoConsole, more: (fleet: Fleet) => Fleet['resources'] = () => []): Promise<DemoSetup> {
  const demo = readFleet(readFileSync(new URL('../fleets/demo.yaml', import.meta.url), 'utf8'))
  const fleet: Fleet = { ...demo, resources: [...demo.resources, ...more(demo)] }
  const folder = mkdtempSync(join(tmpdir(), 'connector-demo-'))
  const caFile = join(folder, 'ca.pem')
  const azurite = await startAzurite()
  const log = (entry: { readonly level: string; readonly source: string; readonly message: string }): void => {
    if (entry.level === 'error') demoConsole.seen(`${entry.source}: ${entry.message.split('\n')[0]}`, 'bad')
  }
  const local = await startLocal({ clock: realClock, fleet, azurite, latencies, settings, caFile, host: { log } })
  writeFileSync(caFile, local.cloud.caPem)
  const people = [personOf(local, 'ada'), personOf(local, 'ben')] as const
  return {
    local,
    fleet,
    demoConsole,
    ada: people[0],
    ben: people[1],
    caFile,
    told: new Map(),
    measured: new Map(),
    async close() {
      for (const person of people) person.close()
      await local.close()
      await azurite.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Asks again and again until the answer is not `undefined`. */
export async function until<T>(what: string | (() => string), within: number, ask: () => Promise<T | undefined>): Promise<T> {
  const end = performance.now() + within * 1000
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (performance.now() > end)
      throw new NotAsExpected(`${typeof what === 'string' ? what : what()} did not happen within ${within} seconds`)
    await wait(250)
  }
}

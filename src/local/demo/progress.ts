// Live progress: asks the connector for the steps of some connections and tells what is new. What connections share is told once.

import { type Entry, type Linker, linkerOf } from './linkers.ts'
import type { Connection } from './places.ts'
import { type Stage, until } from './stage.ts'

const nameWidth = 9

/** Until all of them are connected, or gone. Answers the seconds that each one took. */
export async function follow(
  stage: Stage,
  connections: readonly Connection[],
  goal: 'Succeeded' | 'gone',
  within: number,
): Promise<ReadonlyMap<string, number>> {
  const { narrator } = stage
  const told = new Map<string, string>()
  const began = narrator.seconds()
  const reached = new Map<string, number>()
  await until(`${connections.map(({ name }) => name).join(', ')}: ${goal}`, within, async () => {
    for (const connection of connections) {
      if (reached.has(connection.name)) continue
      const linker = await linkerOf(stage, connection)
      if (linker) tell(stage, connection, linker, told)
      const done = goal === 'gone' ? linker === undefined : linker?.properties.provisioningState === goal
      if (!done) continue
      reached.set(connection.name, narrator.seconds() - began)
      narrator.seen(`${connection.name.padEnd(nameWidth)} ${goal === 'gone' ? 'gone' : 'connected'}`, 'good')
    }
    return reached.size === connections.length ? true : undefined
  })
  return reached
}

function tell({ narrator }: Stage, connection: Connection, { properties }: Linker, told: Map<string, string>): void {
  for (const entry of properties.timeline) {
    const owner = entry.loop === 'connection' || entry.loop === 'identity' ? connection.name : placeOf(entry.loop, connection)
    const key = `${owner} ${entry.step}`
    const words = wordsOf(entry)
    if (words === undefined || told.get(key) === words.text) continue
    told.set(key, words.text)
    narrator.seen(`${owner.padEnd(nameWidth)} ${entry.step}: ${words.text}`, words.kind)
  }
}

/** Cluster and target are shared: their steps are told as theirs. */
const placeOf = (loop: string, { cluster, account }: Connection): string => (loop === 'cluster' ? cluster : account)

/** Nothing to tell of a step that has not run yet, or found everything as it shall be. */
function wordsOf({ outcome, changed, waitsFor, problems }: Entry): { readonly text: string; readonly kind?: 'waits' | 'bad' } | undefined {
  if (outcome === 'changed') return { text: changed.join('; ') }
  if (outcome === 'started') return { text: [...changed, ...waitsFor].join('; ') || 'an operation is under way', kind: 'waits' }
  if (outcome === 'waiting') return { text: waitsFor.join('; '), kind: 'waits' }
  if (outcome === 'pending' || outcome === 'satisfied') return undefined
  return { text: `${outcome}: ${problems.map(({ code, text }) => `${code}: ${text}`).join('; ')}`, kind: 'bad' }
}

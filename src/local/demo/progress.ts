// Live progress: reads the steps of some connections from the connector and prints what is new. What connections share is printed once.

import { type Entry, type Linker, linkerOf } from './linkers.ts'
import type { Connection } from './places.ts'
import { type DemoSetup, until } from './setup.ts'

const nameWidth = 13
const patience = 90

/**
 * Until all of them are connected, or gone, and their status is published: that step runs last, and its line belongs here and not into the next scene.
 * Answers how long after `since` each one was connected or gone.
 */
export async function follow(
  setup: DemoSetup,
  connections: readonly Connection[],
  goal: 'Succeeded' | 'gone',
  since: number,
): Promise<ReadonlyMap<string, number>> {
  const { demoConsole } = setup
  const reached = new Map<string, number>()
  const open = new Set(connections)
  await until(`${connections.map(({ name }) => name).join(', ')}: ${goal}`, patience, async () => {
    for (const connection of open) {
      const linker = await linkerOf(setup, connection)
      for (const { owner, text, kind } of linker ? newEvents(setup, connection, linker) : [])
        demoConsole.seen(`${owner.padEnd(nameWidth)} ${text}`, kind)
      const done = goal === 'gone' ? linker === undefined : linker?.properties.provisioningState === goal
      if (done && !reached.has(connection.name)) {
        reached.set(connection.name, demoConsole.seconds() - since)
        demoConsole.seen(`${connection.name.padEnd(nameWidth)} ${goal === 'gone' ? 'gone' : 'connected'}`, 'good')
      }
      if (done && isPublished(linker)) open.delete(connection)
    }
    return open.size === 0 ? true : undefined
  })
  return reached
}

const isPublished = (linker: Linker | undefined): boolean =>
  !linker?.properties.timeline.some(({ step, outcome }) => step === 'publish-status' && ['pending', 'waiting', 'started'].includes(outcome))

type StatusEvent = { readonly owner: string; readonly text: string; readonly kind?: 'waits' | 'bad' }

/** What differs from what was printed before; records it. */
export function newEvents({ told }: DemoSetup, connection: Connection, { properties }: Linker): readonly StatusEvent[] {
  return properties.timeline.flatMap((entry): StatusEvent[] => {
    const owner = ownerOf(entry.loop, connection)
    const words = wordsOf(entry)
    const key = `${owner} ${entry.step}`
    if (words === undefined || told.get(key) === words.text) return []
    told.set(key, words.text)
    return [{ owner, ...words, text: `${entry.step}: ${words.text}` }]
  })
}

/** Cluster and target are shared: their steps are printed as theirs. */
function ownerOf(loop: string, { name, cluster, account }: Connection): string {
  return loop === 'cluster' ? cluster : loop === 'target' ? account : name
}

/** Nothing to print of a step that has not run yet, or found everything as desired. */
function wordsOf({ outcome, changed, waitsFor, problems }: Entry): Omit<StatusEvent, 'owner'> | undefined {
  if (outcome === 'pending' || outcome === 'satisfied') return undefined
  // what failed is tried again by itself
  const isBad = outcome !== 'failed' && problems.length > 0
  const waits = waitsFor.length > 1 ? [...waitsFor.slice(0, 1), `and ${waitsFor.length - 1} more`] : waitsFor
  const texts =
    problems.length > 0 ? problems.map(({ code, text }) => `${code}: ${text}`) : outcome === 'changed' ? changed : [...changed, ...waits]
  const text = short(texts.length > 0 ? texts.join('; ') : outcome === 'started' ? 'an operation is under way' : '')
  if (text === '') return undefined
  return outcome === 'changed' ? { text } : { text, kind: isBad ? 'bad' : 'waits' }
}

/** Ids are long, and the story is not about them. */
const short = (text: string): string => text.replaceAll(/\b([0-9a-f]{8})(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi, '$1…')

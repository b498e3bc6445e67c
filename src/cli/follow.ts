// Follows a connection until it is settled, and says each step as it happens: lines that are appended, so that a log keeps what a terminal shows.
import type { Terminal } from './command.ts'
import { CommandError } from './exit.ts'
import { detailOf, type Entry, isInProgress, type Linker, stateOf } from './linker.ts'
import { shown } from './print.ts'
import { steadily } from './steadily.ts'

const pollMs = 2_000

type Following = {
  /** `undefined`: it is gone. */
  readonly read: () => Promise<Linker | undefined>
  readonly say: (text: string) => void
  readonly terminal: Pick<Terminal, 'wait' | 'now' | 'note'>
  readonly timeoutSeconds: number
}

/** The connection as it is once nothing is in progress. `undefined`: it is gone. @throws CommandError when the time is up. */
export async function follow({ read, say, terminal, timeoutSeconds }: Following): Promise<Linker | undefined> {
  const end = terminal.now() + timeoutSeconds * 1000
  const told = new Map<string, string>()
  for (let state = ''; ; ) {
    const linker = state === '' ? await read() : await steadily(read, terminal)
    for (const line of linker ? newLines(linker, told) : []) say(shown(line))
    const now = linker ? stateOf(linker) : 'gone'
    if (now !== state) say(shown(`${new Date(terminal.now()).toISOString()}  ${now}`))
    state = now
    if (!linker || !isInProgress(state)) return linker
    if (terminal.now() >= end)
      throw new CommandError(
        'timeout',
        `${linker.name} is still ${state} after ${timeoutSeconds} seconds. The app goes on: sc show ${linker.name}`,
      )
    await terminal.wait(pollMs)
  }
}

/** What differs from what was told before. A step that has not run yet, or found everything as desired, is not news. */
function newLines({ properties }: Linker, told: Map<string, string>): readonly string[] {
  return (properties.timeline ?? []).flatMap((entry) => {
    const key = `${entry.loop} ${entry.step}`
    const text = wordsOf(entry)
    if (told.get(key) === text || (text === undefined && !told.has(key))) return []
    told.set(key, text ?? '')
    return text === undefined ? [] : [`${entry.since ?? ''}  ${key.padEnd(32)}  ${text}`]
  })
}

function wordsOf(entry: Entry): string | undefined {
  if (entry.outcome === 'pending' || entry.outcome === 'satisfied') return undefined
  return [entry.outcome, detailOf(entry)].filter((text) => text !== '').join(': ')
}

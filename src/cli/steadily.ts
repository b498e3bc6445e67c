// What a command asks while it waits: a network or an app that fails for a moment does not end a wait of minutes.
import type { Terminal } from './command.ts'
import { CommandError } from './exit.ts'

/** Two minutes in all. */
const mostTries = 10
const longestWait = 15_000

/** The answer, asked for again while the app or the network fails. @throws CommandError */
export async function steadily<T>(ask: () => Promise<T>, { wait, note }: Pick<Terminal, 'wait' | 'note'>): Promise<T> {
  for (let count = 1; ; count++) {
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof CommandError) || error.exit !== 'unexpected' || count === mostTries) throw error
      note(`${error.message} It is asked again.`)
      await wait(Math.min(2_000 * count, longestWait))
    }
  }
}

// How `sc` ends. Scripts tell apart by the exit code what they would otherwise have to read in a message.

export const exits = {
  ok: { code: 0, means: 'done; of a connection: it is `Succeeded`, or in progress and the command does not wait' },
  unexpected: { code: 1, means: 'the app or the network failed; trying again may help' },
  usage: { code: 2, means: 'the command line or the input is wrong; the message says how to write it' },
  notFound: { code: 3, means: 'there is no such connection, policy or cluster' },
  refused: { code: 4, means: 'not signed in, without the app role, or no policy allows it' },
  conflict: { code: 5, means: 'it is declared elsewhere, or the name is taken' },
  failed: { code: 6, means: 'the connection is `Failed`, a check failed, or something is missing' },
  timeout: { code: 7, means: 'it was still in progress when the time was up; the app goes on' },
} as const satisfies Readonly<Record<string, { readonly code: number; readonly means: string }>>

export type Exit = keyof typeof exits

/** Ends the command with a message for people. */
export class CommandError extends Error {
  readonly exit: Exit
  constructor(exit: Exit, message: string) {
    super(message)
    this.exit = exit
  }
}

export const usage = (message: string): CommandError => new CommandError('usage', message)

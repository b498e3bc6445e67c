// The program `sc`: what main.ts needs of the machine.
import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import { CommandError } from './exit.ts'
import { main } from './main.ts'

// A reader that closes the pipe early, such as `head`, is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

void main(process.argv.slice(2), {
  terminal: {
    say: (line) => void process.stdout.write(`${line}\n`),
    note: (line) => void process.stderr.write(`${line}\n`),
    read: (file) =>
      (file === '-' ? text(process.stdin) : readFile(file, 'utf8')).catch((error: Error) => {
        throw new CommandError('usage', `${file} cannot be read: ${error.message}`)
      }),
    wait: (ms) => setTimeout(ms),
    now: () => Date.now(),
    env: process.env,
  },
  fetch,
  credential: async () => new (await import('@azure/identity')).DefaultAzureCredential(),
}).then((code) => {
  process.exitCode = code
})

// `npm start`, from the command line to the end.

import { startEmbedded } from './embedded.ts'
import { help, parseOptions, type StartOptions } from './options.ts'
import { startOnRealAzure } from './real-azure.ts'
import { untilStopped } from './stopping.ts'

export async function main(args: readonly string[]): Promise<void> {
  let options: StartOptions | 'help'
  try {
    options = parseOptions(args)
  } catch (error) {
    return failed(`${(error as Error).message}\n\n${help}`)
  }
  if (options === 'help') return void process.stdout.write(`${help}\n`)
  const say = (text: string): void => void process.stdout.write(`${text}\n`)
  try {
    const running = options.azure ? await startOnRealAzure(options, say) : await startEmbedded(options, say)
    await untilStopped(running, say)
    process.exit(0)
  } catch (error) {
    failed((error as Error).message)
  }
}

function failed(text: string): never {
  process.stderr.write(`\nIt could not start: ${text}\n`)
  process.exit(1)
}

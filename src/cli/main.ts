// `sc`, from the command line to the exit code. It holds no rule of the product: each command is a few requests to the app.
import { openApi } from './api.ts'
import { optionsOf, readArguments } from './arguments.ts'
import { type Command, outputFormats, type Terminal } from './command.ts'
import { commands } from './commands.ts'
import { completionFor } from './completion.ts'
import { CommandError, exits, usage } from './exit.ts'
import { helpOf, overview, usageOf } from './help.ts'
import { printed, shown } from './print.ts'
import { type Credential, signIn } from './sign-in.ts'

type World = { readonly terminal: Terminal; readonly fetch: typeof fetch; readonly credential: () => Promise<Credential> }

/** The exit code. */
export async function main(args: readonly string[], world: World): Promise<number> {
  const [name, ...rest] = args
  const command = commands.find((one) => one.name === name)
  try {
    return await run(name, rest, command, world)
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    world.terminal.note(shown(error.message))
    if (error.exit === 'usage' && command) world.terminal.note(`\n${usageOf(command)}\nsc ${command.name} --help says more.`)
    return exits[error.exit].code
  }
}

async function run(name: string | undefined, rest: readonly string[], command: Command | undefined, world: World): Promise<number> {
  const { terminal, fetch, credential } = world
  if (name === undefined || ['help', '--help', '-h'].includes(name)) {
    terminal.say(overview(commands))
    return name === undefined ? exits.usage.code : exits.ok.code
  }
  if (name === 'completion') {
    terminal.say(completionFor(rest[0], commands))
    return exits.ok.code
  }
  if (!command) throw usage(`There is no command '${name}'. sc --help lists all.`)
  const given = readArguments(rest, optionsOf(command))
  if (given.has('help')) {
    terminal.say(helpOf(command))
    return exits.ok.code
  }
  const app = given.text('app') ?? terminal.env['SC_APP']
  if (!app) throw usage('Where is the app? Set SC_APP to its address, or write --app.')
  const token = signIn({ given, env: terminal.env, now: terminal.now, credential })
  const api = openApi({ app, token, fetch, wait: terminal.wait })
  const output = outputFormats.find((format) => format === given.text('output')) ?? 'table'
  const result = await command.run({ api, given, terminal, output })
  terminal.say(printed(result, output))
  return exits[result.exit ?? 'ok'].code
}

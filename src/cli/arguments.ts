// The command line, read by node:util's parseArgs against the options of a command. What is wrong names the option and what it takes.
import { parseArgs } from 'node:util'
import { type Command, type Given, type Option, type Options, outputFormats } from './command.ts'
import { usage } from './exit.ts'

/** Every command has these. */
export const globalOptions: Options = {
  app: { value: '<url>', about: 'address of the app; or the environment variable SC_APP' },
  audience: { value: '<uri>', about: "application id URI of the app's registration, to sign in for; or SC_AUDIENCE" },
  token: { value: '<token>', about: 'a token for the app instead of a sign-in; better SC_TOKEN, which no list of processes shows' },
  output: { short: 'o', value: '<format>', about: outputFormats.join(', '), oneOf: outputFormats },
  help: { short: 'h', about: 'what the command does' },
}

export const clusterOption: Options = {
  cluster: { short: 'c', value: '<cluster>', about: 'id of the cluster, or <subscription>/<group>/<name>; or SC_CLUSTER' },
}

export const optionsOf = ({ options = {} }: Pick<Command, 'options'>): Options => ({ ...options, ...globalOptions })

/** @throws CommandError */
export function readArguments(args: readonly string[], options: Options): Given {
  const { values, positionals } = parsed(args, options)
  const all = new Map(
    Object.entries(values).map(([name, value]) => [name, [value].flat().filter((one) => typeof one === 'string')] as const),
  )
  for (const [name, given] of all) check(name, given, options[name])
  return {
    words: positionals,
    text: (option) => all.get(option)?.at(-1),
    list: (option) => all.get(option) ?? [],
    has: (option) => all.has(option),
  }
}

function parsed(args: readonly string[], options: Options) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: Object.fromEntries(
        Object.entries(options).map(([name, { short, value, isList }]) => [
          name,
          { type: value === undefined ? 'boolean' : 'string', ...(short ? { short } : {}), ...(isList ? { multiple: true } : {}) } as const,
        ]),
      ),
    })
  } catch (error) {
    throw usage((error as Error).message)
  }
}

function check(name: string, given: readonly string[], option: Option | undefined): void {
  const wrong = given.find((value) => value === '' || (option?.oneOf && !option.oneOf.includes(value)))
  if (wrong !== undefined) throw usage(`--${name} takes ${option?.oneOf?.join(', ') ?? option?.value}, not '${wrong}'.`)
}

/** Exactly these words. @throws CommandError */
export function wordsOf(given: Given, ...names: readonly string[]): readonly string[] {
  const { words } = given
  const missing = names[words.length]
  if (missing !== undefined) throw usage(`${missing} is missing.`)
  if (words.length > names.length) throw usage(`'${words[names.length]}' is one word too many.`)
  return words
}

/** A whole number of seconds. @throws CommandError */
export function secondsOf(given: Given, option: string, fallback: number): number {
  const text = given.text(option)
  const seconds = text === undefined ? fallback : Number(text)
  if (Number.isInteger(seconds) && seconds > 0 && seconds <= 86_400) return seconds
  throw usage(`--${option} takes a whole number of seconds, at most 86400, not '${text}'.`)
}

// A command of `sc`: commands.ts is the list of all. Help, completion and docs/cli.md are made from these descriptions.
import type { Api } from './api.ts'
import type { Exit } from './exit.ts'

export type Option = {
  readonly about: string
  /** What stands after it, `<namespace>`; absent: it is a switch. */
  readonly value?: string
  readonly short?: string
  /** Any number of times. */
  readonly isList?: true
  /** The only values there are. */
  readonly oneOf?: readonly string[]
}
export type Options = Readonly<Record<string, Option>>

/** What was given on the command line, checked against the options of the command. */
export type Given = {
  /** The words that are not options. */
  readonly words: readonly string[]
  /** `undefined`: not given. */
  text(option: string): string | undefined
  list(option: string): readonly string[]
  has(option: string): boolean
}

export type Terminal = {
  /** A line of what was asked for. */
  say(text: string): void
  /** A line about what is going on: never part of the output that a script reads. */
  note(text: string): void
  /** @throws CommandError if it cannot be read. `-` is standard input. */
  read(file: string): Promise<string>
  wait(ms: number): Promise<void>
  readonly now: () => number
  readonly env: Readonly<Record<string, string | undefined>>
}

export type Session = { readonly api: Api; readonly given: Given; readonly terminal: Terminal; readonly output: OutputFormat }

export const outputFormats = ['table', 'json', 'yaml'] as const
export type OutputFormat = (typeof outputFormats)[number]

/** `text` is printed for people, `data` for `-o json` and `-o yaml`. */
export type Result = { readonly data: unknown; readonly text: string; readonly exit?: Exit }

type Described = {
  readonly name: string
  readonly about: string
  /** The words after the name: `<name> <type>:<target>`. */
  readonly words?: string
  readonly options?: Options
  /** Lines to copy. */
  readonly examples?: readonly string[]
}
export type Command = Described & { readonly run: (session: Session) => Promise<Result> }

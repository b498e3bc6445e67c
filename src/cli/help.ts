// What `sc --help` and `sc <command> --help` print.
import { globalOptions } from './arguments.ts'
import type { Command, Options } from './command.ts'
import { exits } from './exit.ts'
import { indented } from './print.ts'

const lineOf = (name: string, about: string, width: number): string => `  ${name.padEnd(width)}  ${about}`

export const overview = (commands: readonly Command[]): string => {
  const all = [
    ...commands.map(({ name, about }) => [name, about] as const),
    ['completion', 'Completion for a shell: bash, zsh or fish'] as const,
  ]
  const width = Math.max(...all.map(([name]) => name.length))
  return [
    'sc <command> [options]   connections of AKS clusters to Azure services',
    '',
    ...all.map(([name, about]) => lineOf(name, about, width)),
    '',
    'Of every command:',
    optionLines(globalOptions),
    '',
    'Exit codes:',
    ...Object.values(exits).map(({ code, means }) => lineOf(String(code), means.replaceAll('`', ''), 2)),
  ].join('\n')
}

export const usageOf = ({ name, words }: Pick<Command, 'name' | 'words'>): string =>
  ['sc', name, ...(words ? [words] : []), '[options]'].join(' ')

export function helpOf(command: Command): string {
  const { about, options = {}, examples = [] } = command
  return [
    usageOf(command),
    '',
    about,
    '',
    optionLines({ ...options, ...globalOptions }),
    ...(examples.length > 0 ? ['', ...examples.map((line) => indented(line))] : []),
  ].join('\n')
}

function optionLines(options: Options): string {
  const rows = Object.entries(options).map(([name, { short, value, about }]) => ({
    name: `${short ? `-${short}, ` : '    '}--${name}${value ? ` ${value}` : ''}`,
    about,
  }))
  const width = Math.max(...rows.map((row) => row.name.length))
  return rows.map((row) => lineOf(row.name, row.about, width)).join('\n')
}

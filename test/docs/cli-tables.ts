// The tables of docs/cli.md, written from the commands and exit codes of `sc`.
import { commands } from '../../src/cli/commands.ts'
import { exits } from '../../src/cli/exit.ts'

const cell = (text: string): string => text.replaceAll('|', '\\|')
const commandRows = commands.map(
  ({ name, words, about }) => `| \`${cell(['sc', name, ...(words ? [words] : [])].join(' '))}\` | ${cell(about)} |`,
)
const exitRows = Object.values(exits).map(({ code, means }) => `| ${code} | ${means} |`)

const tables: Readonly<Record<string, readonly string[]>> = {
  commands: ['| command | |', '|---|---|', ...commandRows, '| `sc completion <bash\\|zsh\\|fish>` | Completion for a shell |'],
  exits: ['| code | |', '|---|---|', ...exitRows],
}

export const withCommands = (page: string): string =>
  Object.entries(tables).reduce((text, [name, lines]) => {
    const [start, end] = [text.indexOf(`<!-- ${name}:`), text.indexOf(`<!-- /${name} -->`)]
    if (start === -1 || end === -1) throw new Error(`The page has no place for the table of ${name}`)
    return `${text.slice(0, text.indexOf('\n', start) + 1)}${lines.join('\n')}\n${text.slice(end)}`
  }, page)

// Completion scripts: commands, their options, and the values of options that have a fixed set. They call nothing, so completing is fast and needs no
// sign-in.
import { shellText } from '../model/as-code.ts'
import { optionsOf } from './arguments.ts'
import type { Command } from './command.ts'
import { usage } from './exit.ts'

type Script = (commands: readonly Command[]) => string

const flags = (command: Command): readonly string[] => Object.keys(optionsOf(command)).map((name) => `--${name}`)

/** What a command may begin with where that is one of a few words: `<list|show> [<name>]`, `[approve <report>]`. */
const firstWords = ({ words = '' }: Command): readonly string[] =>
  (/^<([\w-]+(?:\|[\w-]+)+)>/.exec(words) ?? /^\[([\w-]+) /.exec(words))?.[1]?.split('|') ?? []

/** Options whose values are known, as they are written: `--output`, `-o`. */
const chosen = (command: Command): readonly (readonly [names: readonly string[], values: readonly string[]])[] =>
  Object.entries(optionsOf(command)).flatMap(([name, { short, oneOf }]) =>
    oneOf ? [[[`--${name}`, ...(short ? [`-${short}`] : [])], oneOf] as const] : [],
  )

/** Cases of a shell's `case`, on the command and the word before. */
const cases = (commands: readonly Command[], then: (values: readonly string[]) => string): readonly string[] =>
  commands.flatMap((command) => [
    ...(firstWords(command).length > 0
      ? [`    '${command.name} ${command.name}') ${then([...firstWords(command), ...flags(command)])} ;;`]
      : []),
    ...chosen(command).map(
      ([names, values]) => `    ${names.map((name) => `'${command.name} ${name}'`).join('|')}) ${then(values)}; return ;;`,
    ),
  ])

const bash: Script = (commands) => `_sc() {
  local word=\${COMP_WORDS[COMP_CWORD]}
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${[...commands.map(({ name }) => name), 'completion'].join(' ')}" -- "$word"))
    return
  fi
  case "\${COMP_WORDS[COMP_CWORD-1]}" in
    -f|--file) COMPREPLY=($(compgen -f -- "$word")); return ;;
  esac
  case "\${COMP_WORDS[1]}" in
${commands.map((command) => `    ${command.name}) COMPREPLY=($(compgen -W "${flags(command).join(' ')}" -- "$word")) ;;`).join('\n')}
    completion) COMPREPLY=($(compgen -W "bash zsh fish" -- "$word")) ;;
  esac
  case "\${COMP_WORDS[1]} \${COMP_WORDS[COMP_CWORD-1]}" in
${cases(commands, (values) => `COMPREPLY=($(compgen -W "${values.join(' ')}" -- "$word"))`).join('\n')}
  esac
}
complete -F _sc sc
`

const zsh: Script = (commands) => `#compdef sc
_sc() {
  if (( CURRENT == 2 )); then
    local -a names=(${commands.map(({ name, about }) => shellText(`${name}:${about.replaceAll(':', ' ')}`)).join(' ')} 'completion:Completion for a shell')
    _describe command names
    return
  fi
  case "$words[CURRENT-1]" in
    -f|--file) _files; return ;;
  esac
  case "$words[2] $words[CURRENT-1]" in
${cases(commands, (values) => `compadd -- ${values.join(' ')}`).join('\n')}
  esac
  case "$words[2]" in
${commands.map((command) => `    ${command.name}) compadd -- ${flags(command).join(' ')} ;;`).join('\n')}
    completion) compadd -- bash zsh fish ;;
  esac
}
compdef _sc sc
`

const fish: Script = (commands) =>
  [
    'complete -c sc -f',
    ...commands.map(({ name, about }) => `complete -c sc -n __fish_use_subcommand -a ${name} -d ${shellText(about)}`),
    'complete -c sc -n __fish_use_subcommand -a completion',
    "complete -c sc -n '__fish_seen_subcommand_from completion' -a 'bash zsh fish'",
    ...commands.flatMap((command) =>
      firstWords(command).length > 0
        ? [`complete -c sc -n '__fish_seen_subcommand_from ${command.name}' -a '${firstWords(command).join(' ')}'`]
        : [],
    ),
    ...commands.flatMap((command) =>
      Object.entries(optionsOf(command)).map(
        ([name, { about, short, value, oneOf }]) =>
          `complete -c sc -n '__fish_seen_subcommand_from ${command.name}' -l ${name}${short ? ` -s ${short}` : ''}${
            name === 'file' ? ' -r -F' : value ? ` -x${oneOf ? ` -a '${oneOf.join(' ')}'` : ''}` : ''
          } -d ${shellText(about)}`,
      ),
    ),
    '',
  ].join('\n')

const scripts: Readonly<Record<string, Script>> = { bash, zsh, fish }

/** @throws CommandError */
export function completionFor(shell: string | undefined, commands: readonly Command[]): string {
  const script = shell !== undefined && Object.hasOwn(scripts, shell) ? scripts[shell] : undefined
  if (!script) throw usage('Write sc completion bash, sc completion zsh or sc completion fish.')
  return script(commands)
}

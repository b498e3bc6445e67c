// Completion scripts: commands, their options, and the values of options that have a fixed set. They call nothing, so completing is fast and needs no
// sign-in.
import { shellText } from '../model/as-code.ts'
import { optionsOf } from './arguments.ts'
import type { Command } from './command.ts'
import { usage } from './exit.ts'

type Script = (commands: readonly Command[]) => string

const flags = (command: Command): readonly string[] => Object.keys(optionsOf(command)).map((name) => `--${name}`)

const bash: Script = (commands) => `_sc() {
  local word=\${COMP_WORDS[COMP_CWORD]}
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${[...commands.map(({ name }) => name), 'completion'].join(' ')}" -- "$word"))
    return
  fi
  case "\${COMP_WORDS[COMP_CWORD-1]}" in
    -o|--output) COMPREPLY=($(compgen -W "table json yaml" -- "$word")); return ;;
    -f|--file) COMPREPLY=($(compgen -f -- "$word")); return ;;
  esac
  case "\${COMP_WORDS[1]}" in
${commands.map((command) => `    ${command.name}) COMPREPLY=($(compgen -W "${flags(command).join(' ')}" -- "$word")) ;;`).join('\n')}
    completion) COMPREPLY=($(compgen -W "bash zsh fish" -- "$word")) ;;
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

// A small POSIX shell: what a command of `az aks command invoke` usually is made of. Lists with `;`, `&&` and `||`, both kinds of quotes, variables, `$?`,
// `${name%%pattern}`, command substitution, pipes, `2>&1`, `2>/dev/null` and `2>name`. Anything else is refused with words, as by a shell that does not have it.
// https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html
import { jq } from './jq.ts'
import type { Output, Program } from './program.ts'
import { type Command, type List, type Part, type Pipeline, parse, type Word } from './shell-syntax.ts'

type Shell = {
  readonly programs: Readonly<Record<string, Program>>
  /** Text by name, in the folder in which the command runs. */
  readonly files: Map<string, string>
  readonly variables: Map<string, string>
  status: number
}

class Exit extends Error {
  readonly code: number
  constructor(code: number) {
    super(`exit ${code}`)
    this.code = code
  }
}

/** `printed`: both outputs in one, as the pod's log has them. */
export async function runShell(
  command: string,
  files: ReadonlyMap<string, string>,
  programs: Readonly<Record<string, Program>>,
): Promise<{ readonly exit: number; readonly printed: string }> {
  const shell: Shell = { programs, files: new Map(files), variables: new Map(), status: 0 }
  const written: string[] = []
  try {
    await runText(shell, command, (text) => void written.push(text))
  } catch (error) {
    if (!(error instanceof Exit)) throw error
    shell.status = error.code
  }
  return { exit: shell.status, printed: written.join('') }
}

type Print = (text: string, isError: boolean) => void

async function runText(shell: Shell, text: string, print: Print): Promise<void> {
  let lists: readonly List[]
  try {
    lists = parse(text)
  } catch (error) {
    print(`sh: ${(error as Error).message}\n`, true)
    shell.status = 2
    return
  }
  for (const { first, rest } of lists) {
    await runPipeline(shell, first, print)
    for (const { when, pipeline } of rest) if ((shell.status === 0) === (when === '&&')) await runPipeline(shell, pipeline, print)
  }
}

/** One command after the other; its exit code is that of the last. */
async function runPipeline(shell: Shell, pipeline: Pipeline, print: Print): Promise<void> {
  let input = ''
  for (const command of pipeline.slice(0, -1)) {
    const caught: string[] = []
    await runCommand(shell, command, (text, isError) => void (isError ? print(text, true) : caught.push(text)), input)
    input = caught.join('')
  }
  const last = pipeline.at(-1)
  if (last) await runCommand(shell, last, print, input)
}

async function runCommand(shell: Shell, { assigned, words, errors }: Command, print: Print, input: string): Promise<void> {
  if (typeof errors === 'object') shell.files.set(errors.file, '')
  const to: Print = (text, isError) => {
    if (!isError || errors === 'apart') print(text, isError)
    else if (errors === 'joined') print(text, false)
    else if (typeof errors === 'object') shell.files.set(errors.file, `${shell.files.get(errors.file) ?? ''}${text}`)
  }
  const expanded: string[] = []
  for (const word of words) expanded.push(await expand(shell, word, to))
  const [name, ...args] = expanded
  if (assigned) {
    shell.variables.set(assigned.name, await expand(shell, assigned.value, to))
    // Its exit code is that of a command in the value, where there is one.
    if (!assigned.value.some((part) => typeof part === 'object' && 'command' in part)) shell.status = 0
    return
  }
  if (name === undefined) return
  if (name === 'exit') throw new Exit(Number(args[0] ?? shell.status))
  if (name === 'sh') {
    const script = shell.files.get(args[0] ?? '')
    if (script !== undefined) return runText(shell, script, to)
    to(`sh: 0: cannot open ${args[0]}: No such file\n`, true)
    shell.status = 2
    return
  }
  const { exit, out, err } = await runProgram(shell, name, args, input)
  if (err !== '') to(err, true)
  if (out !== '') to(out, false)
  shell.status = exit
}

async function runProgram(shell: Shell, name: string, args: readonly string[], input: string): Promise<Output> {
  if (name === 'cat') return done(args.map((file) => shell.files.get(file) ?? '').join(''))
  if (name === 'xargs') return await xargs(shell, args, input)
  const program = shell.programs[name] ?? builtins[name]
  return program ? await program(args, input) : { exit: 127, out: '', err: `sh: ${name}: not found\n` }
}

/** Only `xargs -r -n 1 <command>`: once for each word of the input; one that fails does not end it. */
async function xargs(shell: Shell, args: readonly string[], input: string): Promise<Output> {
  const [r, n, one, name = '', ...rest] = args
  if (r !== '-r' || n !== '-n' || one !== '1') return { exit: 2, out: '', err: 'xargs: only -r -n 1 is here\n' }
  const outputs: Output[] = []
  for (const word of input.split(/\s+/).filter((text) => text !== '')) outputs.push(await runProgram(shell, name, [...rest, word], ''))
  const all = (side: 'out' | 'err'): string => outputs.map((output) => output[side]).join('')
  return { exit: outputs.some(({ exit }) => exit !== 0) ? 123 : 0, out: all('out'), err: all('err') }
}

const done = (out = '', exit = 0): Output => ({ exit, out, err: '' })

const builtins: Readonly<Record<string, Program>> = {
  echo: async (args) => done(`${args.join(' ')}\n`),
  jq,
  true: async () => done(),
  false: async () => done('', 1),
  /** The format is used again for further arguments. Of its conversions only `%s` is here. */
  printf: async ([format = '', ...args]) => {
    const plain = format.replaceAll('\\n', '\n').replaceAll('\\t', '\t')
    return done((args.length === 0 ? [''] : args).map((arg) => plain.replaceAll('%s', () => arg)).join(''))
  },
  /** Only `grep -v '^<text>'`: the lines that do not begin so. */
  grep: async ([option, pattern = ''], input) => {
    if (option !== '-v' || !/^\^[\w: ]+$/.test(pattern))
      return { exit: 2, out: '', err: 'grep: only -v with the begin of a line is here\n' }
    const lines = input.split('\n').slice(0, input.endsWith('\n') ? -1 : undefined)
    const left = lines.filter((line) => !line.startsWith(pattern.slice(1)))
    return done(left.map((line) => `${line}\n`).join(''), left.length > 0 ? 0 : 1)
  },
  '[': async ([left, operator, right, end]) => {
    if (end !== ']' || (operator !== '=' && operator !== '!=')) return { exit: 2, out: '', err: 'sh: [: only = and != are here\n' }
    return done('', (left === right) === (operator === '=') ? 0 : 1)
  },
}

async function expand(shell: Shell, word: Word, print: Print): Promise<string> {
  const parts: string[] = []
  for (const part of word) parts.push(await partOf(shell, part, print))
  return parts.join('')
}

async function partOf(shell: Shell, part: Part, print: Print): Promise<string> {
  if (typeof part === 'string') return part
  if ('command' in part) {
    const caught: string[] = []
    await runText(shell, part.command, (text, isError) => void (isError ? print(text, true) : caught.push(text)))
    return caught.join('').replace(/\n+$/, '')
  }
  const value = part.variable === '?' ? String(shell.status) : (shell.variables.get(part.variable) ?? '')
  if (part.without === undefined) return value
  // `%%` takes away the longest end that fits: everything from the first place of what stands before the star.
  const at = value.indexOf(part.without.replace(/\*$/, ''))
  return at < 0 ? value : value.slice(0, at)
}

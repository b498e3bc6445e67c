// What is asked of a cluster in one command: a shell script of kubectl statements, and their answers in what it printed. The script runs nothing where
// it could do everything: a command that got other rights than the app's own, or the rights of an app that has too many, ends at once.
//
// Everything comes back as one text, in which messages of others are quoted. So each answer stands behind a mark that no writer of a message can know, and
// an answer that is not followed by another mark is cut off, and no answer.
import { Failure } from '../../errors/failure.ts'
import { type Secret, secret } from '../../model/secret.ts'
import type { ShellCommand } from '../../ports/run-command.ts'

/** `line`: one simple command; `{file}` stands for the name of its file. */
export type Statement = { readonly line: string; readonly file?: Secret<string> }
export type Answer = { readonly exit: number; readonly text: string }

/** One word of a shell. https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_02_02 */
export const word = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

/** Drops what stands behind the first of these words, and the words. */
const without = (words: string): string => `out="\${out%%${words}*}"`

/** kubectl prints each on a line of its own, before everything else. https://kubernetes.io/blog/2020/09/03/warnings/ */
const withoutWarnings = `out="$(printf '%s\\n' "$out" | grep -v '^Warning: ')"`

/** `mark`: random, of letters and digits. */
export function commandOf(statements: readonly Statement[], mark: string): ShellCommand {
  const files = new Map<string, Secret<string>>()
  const lines = statements.flatMap(({ line, file }, at) => {
    const name = `${at}.json`
    if (file) files.set(name, file)
    return [
      `out="$(${line.replaceAll('{file}', name)} 2>&1)"`,
      'code=$?',
      // What admission says of its own accord, as a warning or as a refusal, may repeat what was sent to it.
      ...(file ? [withoutWarnings, without('the request:'), without('denied request:')] : []),
      `printf '%s\\n' "${mark} ${at} $code" "$out"`,
    ]
  })
  const script = [
    `who="$(kubectl auth can-i '*' '*' --all-namespaces 2>/dev/null)"`,
    `printf '%s\\n' "${mark} who $who"`,
    '[ "$who" = no ] || exit 3',
    ...lines,
    `printf '%s\\n' "${mark} end"`,
  ]
  files.set('round.sh', secret(`${script.join('\n')}\n`))
  return { command: 'sh round.sh', files }
}

/** In the order of the statements; `undefined`: cut off. Throws `Failure` if nothing was run. */
export function answersIn(
  printed: string,
  count: number,
  mark: string,
  about: Readonly<Record<string, string>>,
): readonly (Answer | undefined)[] {
  const [, first, ...parts] = printed.split(`${mark} `)
  const who = first?.startsWith('who ') ? first.slice(4).trim() : undefined
  if (who === 'yes') throw new Failure({ class: 'manual', code: 'CommandHasAllRights', about })
  if (who !== 'no') throw new Failure({ class: 'transient', code: 'CommandCutShort', about })
  const whole = new Map(
    parts.slice(0, -1).flatMap((part) => {
      const [, at, exit, text = ''] = /^(\d+) (\d+)\n([\s\S]*?)\n?$/.exec(part) ?? []
      return at === undefined ? [] : [[Number(at), { exit: Number(exit), text }] as const]
    }),
  )
  return Array.from({ length: count }, (_, at) => whole.get(at))
}

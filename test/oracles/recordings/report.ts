// What a person reads: kind by kind what agrees, what differs and why, and last what is not explained yet.
import type { Compared, Difference } from './compare.ts'
import type { KnownDifference } from './known-differences.ts'

export type Report = { readonly lines: readonly string[]; readonly unexplained: number }

export function report(compared: Compared, known: readonly KnownDifference[], recorded: number): Report {
  const explains = (one: Difference): KnownDifference | undefined =>
    known.find(({ kind, what }) => kind.test(one.kind) && what.test(one.what))
  const all = compared.kinds.flatMap(({ differences }) => differences)
  const used = new Set(all.map(explains))
  const unused = known.filter((one) => !used.has(one))
  const unexplained = all.filter((one) => !explains(one))
  const agreeing = compared.kinds.filter(({ differences }) => differences.length === 0)
  const lines = [
    ...section(
      `${agreeing.length} kinds of requests agree in everything that is compared`,
      agreeing.map(({ kind }) => kind),
    ),
    ...section(
      'These differ, and are meant to',
      meaning(
        all,
        known.filter(({ notYet }) => !notYet),
      ),
    ),
    ...section(
      'These differ, and are not done yet',
      meaning(
        all,
        known.filter(({ notYet }) => notYet),
      ),
    ),
    ...section(`${compared.onlyRecorded.length} kinds are recorded, and not simulated`, counted(compared.onlyRecorded)),
    ...section(`${compared.onlyAnswered.length} kinds are simulated, and not recorded`, counted(compared.onlyAnswered)),
    ...section(
      'Entries of known-differences.ts that this run did not need',
      unused.map(({ kind, what }) => `${kind} ${what}`),
    ),
    ...section(
      'Unexplained: correct the simulated cloud or the app, or say in known-differences.ts why it is meant',
      unexplained.map(({ kind, what }) => `${kind}: ${what}`),
    ),
    `${recorded} exchanges recorded. ${compared.kinds.length} kinds compared: ${agreeing.length} agree, ${all.length - unexplained.length} differences are explained, ${unexplained.length} are not.`,
  ]
  return { lines, unexplained: unexplained.length }
}

const section = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : [`${title}:`, ...lines.map((line) => `  ${line}`), '']

/** The reason once, and below it what it explains, a line for each kind. */
function meaning(all: readonly Difference[], known: readonly KnownDifference[]): readonly string[] {
  return known.flatMap(({ kind, what, reason }) => {
    const mine = all.filter((one) => kind.test(one.kind) && what.test(one.what))
    const kinds = [...Map.groupBy(mine, (one) => one.kind)].map(([name, these]) => `  ${name}: ${these.length}`)
    return mine.length === 0 ? [] : [reason, ...kinds]
  })
}

/** `PUT microsoft.sql: 4` */
function counted(kinds: readonly string[]): readonly string[] {
  const names = Map.groupBy(kinds, (kind) => kind.replace(/^\w+ /, '').split('/')[0] ?? '')
  return [...names].toSorted(([one], [other]) => one.localeCompare(other)).map(([name, all]) => `${name}: ${all.length}`)
}

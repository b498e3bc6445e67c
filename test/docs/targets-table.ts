// The table of the README that says which targets there are, written from the catalogue.
import { targets } from '../../src/targets/catalogue.ts'

const [begin, end] = ['<!-- targets: written by npx vitest run test/docs -u -->', '<!-- /targets -->']

const code = (texts: readonly string[]): string => texts.map((text) => `\`${text}\``).join(', ')

const row = ({ displayName, type, auth, clients }: (typeof targets)[number]): string =>
  `| [${displayName}](docs/targets/${type}.md) | ${code([type])} | ${code(auth)} | ${code(clients)} |`

const table = (): string => ['| target | type | auth | client types |', '|---|---|---|---|', ...targets.map(row)].join('\n')

/** The page with the table as it is now. */
export function withTargets(page: string): string {
  const [before = '', rest] = page.split(begin)
  const after = rest?.split(end)[1]
  if (after === undefined) throw new Error(`The page has no table between ${begin} and ${end}`)
  return `${before}${begin}\n${table()}\n${end}${after}`
}

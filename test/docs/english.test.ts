// Pages, problem texts, and the comments and strings of sources and tests are in plain English with the field's words:
// CONTRIBUTING.md, Style. Names in code are not read: inline code and code blocks are removed first. A file that is not clean yet is listed in `notYet`, by name.
import { globSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { catalogue } from '../../src/errors/catalogue.ts'
import type { Row } from '../../src/errors/problems/row.ts'
import { textsOf } from './source-texts.ts'

const banned: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/\bis no name of\b/gi, 'is not a …'],
  [/\bshall\b/gi, 'must, will, or the present tense'],
  [/[,;] for (it|they|there|this|that|these|those|he|she|we|you|its|names|nothing)\b/gi, 'because'],
  [/\b(whoever|whomever|whosoever|somebody|nobody|anybody|everybody)\b/gi, 'name who: a caller, another writer, no one'],
  [/\b(he|his|him|she|her)\b/gi, 'they, or name who'],
  [/\b(we|us|our|ours)\b/gi, 'the app, or this project'],
  [/\b(mend|mends|mended|mending)\b/gi, 'repair'],
  [/\banew\b/gi, 'again'],
  [/\bthe original('s)?\b/gi, 'Azure Service Connector'],
  [
    /\b(doors?|hypothesis|courtesy|census|ghosts?|standing|unseen|left behind|let go|brought along|bring along|brings along)\b/gi,
    'the field’s word',
  ],
  [/\b(takes?|taken|taking|took) back\b/gi, 'remove'],
  [/\b(aught|naught|thereof|therein|hereby|whilst|lest)\b/gi, 'a plain word'],
]

/** Files that are not clean yet. */
const notYet: readonly string[] = []
/**
 * Not prose of this project: the truth table of the plan has the ledger's word `ours` bare, the simulated API server quotes the real one, and this
 * test names what it bans.
 */
const tables: readonly string[] = ['src/plan/plan.ts', 'src/local/cloud/kubernetes/patches.ts', 'test/docs/english.test.ts']

const proseOf = (page: string): string =>
  page
    .replaceAll(/```.*?```/gs, '')
    .replaceAll(/^ {4}.*$/gm, '')
    .replaceAll(/`[^`\n]*`/g, '')
    .replaceAll(/\]\([^)]*\)/g, ']')

const wrongIn = (text: string): readonly string[] =>
  banned.flatMap(([pattern, instead]) =>
    [...text.matchAll(pattern)].map(
      ({ 0: found, index }) => `'${found}' in '…${text.slice(Math.max(0, index - 40), index + 40).replaceAll('\n', ' ')}…': ${instead}`,
    ),
  )

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'infra/README.md',
  ...globSync(['docs/**/*.md', 'src/**/README.md', 'test/**/README.md'], { exclude: ['test/cases/**'] }),
].sort()
const sources = globSync(['src/**/*.ts', 'test/**/*.ts'])
  .filter((file) => !tables.includes(file))
  .sort()

describe('plain English', () => {
  it.each(pages.filter((page) => !notYet.includes(page)))('in %s', (page) => {
    expect(wrongIn(proseOf(readFileSync(page, 'utf8')))).toEqual([])
  })

  it.each(notYet)('is missing where it is said to be: %s', (page) => {
    expect(wrongIn(proseOf(readFileSync(page, 'utf8')))).not.toEqual([])
  })

  it('in the comments and texts of sources and tests', () => {
    const wrong = sources.flatMap((file) =>
      textsOf(readFileSync(file, 'utf8')).flatMap((text) => wrongIn(proseOf(text)).map((found) => `${file}: ${found}`)),
    )
    expect(wrong).toEqual([])
  })

  it.each(Object.entries<Row>(catalogue))('in the problem %s', (_, row) => {
    const texts = Object.values(row).filter((value) => typeof value === 'string' && !value.startsWith('http'))
    expect(wrongIn(texts.join('\n').replaceAll(/`[^`\n]*`/g, ''))).toEqual([])
  })

  it('knows what it bans', () => {
    const said = 'It shall be mended anew, for it is ours; nobody knows his door.'
    expect(wrongIn(said).length).toBe(8)
  })
})

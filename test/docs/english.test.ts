// Pages and problem texts are in plain English with the field's words: CONTRIBUTING.md, Style. Names in code are not read: inline code and code blocks
// are taken out first. A page that is not clean yet stands in `notYet`, by name.
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { catalogue } from '../../src/errors/catalogue.ts'
import type { Row } from '../../src/errors/problems/row.ts'

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
    /\b(doors?|hypothesis|courtesy|census|standing|unseen|left behind|let go|brought along|bring along|brings along)\b/gi,
    'the field’s word',
  ],
  [/\b(takes?|taken|taking|took) back\b/gi, 'remove'],
  [/\b(aught|naught|thereof|therein|hereby|whilst|lest)\b/gi, 'a plain word'],
]

/** Pages that are not clean yet. */
const notYet: readonly string[] = []

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
  ...readdirSync('docs').flatMap((file) => (file.endsWith('.md') ? [`docs/${file}`] : [])),
]

describe('plain English', () => {
  it.each(pages.filter((page) => !notYet.includes(page)))('in %s', (page) => {
    expect(wrongIn(proseOf(readFileSync(page, 'utf8')))).toEqual([])
  })

  it.each(notYet)('is missing where it is said to be: %s', (page) => {
    expect(wrongIn(proseOf(readFileSync(page, 'utf8')))).not.toEqual([])
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

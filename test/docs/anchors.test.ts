// Comments and pages link to headings of docs/azure-behaviour.md: each link must lead somewhere, and each heading must name its source.
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const page = readFileSync('docs/azure-behaviour.md', 'utf8')
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^a-z0-9 -]/g, '')
    .replaceAll(' ', '-')
const sections = page.split(/^### /m).slice(1)
const anchors = new Set(sections.map((section) => anchorOf(section.split('\n')[0] ?? '')))

const files = ['src', 'test', 'docs', 'infra'].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(ts|md|bicep)$/.test(file) && !file.startsWith('cases'))
    .map((file) => `${folder}/${file}`),
)
const links = files.flatMap((file) =>
  [...readFileSync(file, 'utf8').matchAll(/azure-behaviour\.md((?:(?:, )?#[a-z0-9-]+)+)/g)].flatMap(([, all = '']) =>
    all.split(', ').map((anchor) => ({ file, anchor: anchor.slice(1) })),
  ),
)

describe('docs/azure-behaviour.md', () => {
  it('has a heading for every link to it', () => {
    expect(links.length).toBeGreaterThan(10)
    expect(links.filter(({ anchor }) => !anchors.has(anchor))).toEqual([])
  })

  it('has no two headings of one name', () => expect(anchors.size).toBe(sections.length))

  it.each(sections.map((section) => [section.split('\n')[0], section] as const))('names where it is known from: %s', (_, section) => {
    const sources = section.split('\n\n').find((paragraph) => /^Sources?: /.test(paragraph))
    expect(sources).toMatch(/https:\/\/|adr\/\d{4}|observed/)
  })

  it('is what the repository refers to, and nothing outside of it', () => {
    const outside = /arm-behaviours|\bdesign section\b/
    expect(files.filter((file) => file !== 'test/docs/anchors.test.ts' && outside.test(readFileSync(file, 'utf8')))).toEqual([])
  })
})

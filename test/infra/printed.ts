// The whole Bicep files that problems tell people to deploy, one for each `az deployment`, with something in place of each word.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { catalogue } from '../../src/errors/catalogue.ts'
import type { Row } from '../../src/errors/problems/row.ts'

/** Writes them to files, which are there until the process ends; answers where. */
export function printedFiles(): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'printed-'))
  process.once('exit', () => rmSync(folder, { recursive: true }))
  return Object.entries<Row>(catalogue).flatMap(([code, { commands }]) =>
    (commands?.bicep ?? '')
      .split(/^(?=\/\/ az deployment )/m)
      .filter((text) => text.startsWith('// az deployment '))
      .map((text, index) => {
        const file = join(folder, `${code}-${index + 1}.bicep`)
        writeFileSync(file, text.replaceAll(/\{([a-zA-Z]+)\}/g, '$1'))
        return file
      }),
  )
}

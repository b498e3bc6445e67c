// What a command prints: a table for people, or JSON or YAML for programs. Text from outside cannot move the cursor of a terminal: control characters
// are written as `?`.
import { stringify } from 'yaml'
import type { OutputFormat, Result } from './command.ts'

export function printed({ data, text }: Result, format: OutputFormat): string {
  if (format === 'json') return JSON.stringify(data ?? null, null, 2)
  if (format === 'yaml') return yamlOf(data)
  return shown(text)
}

export const yamlOf = (data: unknown): string => stringify(data ?? null, { lineWidth: 0 }).trimEnd()

/** C0 and C1 control characters but the line feed. */
export const shown = (text: string): string => text.replaceAll(/[^\P{Cc}\n]/gu, '?')

/** Columns as wide as their longest cell; the last one is not padded. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [heads, ...rows.map((row) => row.map((cell) => cell.replaceAll('\n', ' ')))]
  const widths = heads.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)))
  return cells
    .map((row) => row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join('  '))
    .map((line) => line.trimEnd())
    .join('\n')
}

/** The next lines stand below the first one's text. */
export const indented = (text: string, by = '  '): string =>
  text
    .split('\n')
    .map((line) => by + line)
    .join('\n')

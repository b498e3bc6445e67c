// Recorded exchanges with the real Azure: one JSON object a line, as public test recordings of Azure tools have them.
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'

const line = z.object({
  source: z.string().optional(),
  seq: z.unknown().optional(),
  method: z.string(),
  /** With its query; a whole address where the host is not ARM's. */
  path: z.string(),
  status: z.number(),
  headers: z.record(z.string(), z.string()).default({}),
  body: z.unknown(),
})

export type Exchange = {
  readonly method: string
  readonly path: string
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** `''` is an empty body, `null` the JSON literal. */
  readonly body: unknown
  /** The recording that it comes from. */
  readonly source?: string
}

/** Every `*.jsonl` of a folder; a line that stands in two files counts once. */
export function readRecordings(folder: string): readonly Exchange[] {
  const files = globSync('*.jsonl', { cwd: folder }).toSorted()
  if (files.length === 0) throw new Error(`${folder} has no *.jsonl file.`)
  const rows = files.flatMap((file) =>
    readFileSync(join(folder, file), 'utf8')
      .split('\n')
      .filter((text) => text.trim() !== '')
      .map((text, index) => parsed(text, `${file}:${index + 1}`)),
  )
  const unique = new Map(rows.map((row) => [JSON.stringify([row.source, row.seq, row.method, row.path, row.status]), row]))
  return [...unique.values()].map(({ seq: _, source, ...row }) => ({ ...row, ...(source === undefined ? {} : { source }) }))
}

function parsed(text: string, where: string): z.infer<typeof line> {
  const read = line.safeParse(JSON.parse(text))
  if (!read.success) throw new Error(`${where} is no recorded exchange: ${z.prettifyError(read.error)}`)
  return read.data
}

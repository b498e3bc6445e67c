// The row of each loop as this instance of the app last read or wrote it. Whoever writes to a loop again writes under the etag of that row: where
// another instance wrote meanwhile it is refused, and reads. So most news cost one request instead of two.
import { instanceOf, type Loop } from '../domain/loop.ts'
import type { LoopRow } from '../steps/store.ts'
import { loopRow, readLoop } from './rows.ts'
import type { Table } from './table.ts'

export type LoopRows = {
  /** As it is, or as it was when this instance last knew. Only for writes under its etag. */
  latest(loop: Pick<Loop, 'kind' | 'key'>): Promise<LoopRow | undefined>
  /** As it is. */
  read(loop: Pick<Loop, 'kind' | 'key'>): Promise<LoopRow | undefined>
  /** `etag`: what the row's write answered. */
  wrote(row: Omit<LoopRow, 'etag'>, etag: string | undefined): void
  forget(loop: Pick<Loop, 'kind' | 'key'>): void
}

/** Loops at a time; the eldest is forgotten first. */
const most = 2_000

export function loopRows(table: Table): LoopRows {
  const known = new Map<string, LoopRow>()

  const wrote: LoopRows['wrote'] = (row, etag) => {
    const id = instanceOf(row.loop)
    known.delete(id)
    if (etag) known.set(id, { ...row, etag })
    const [eldest] = known.keys()
    if (known.size > most && eldest !== undefined) known.delete(eldest)
  }
  const read: LoopRows['read'] = async (loop) => {
    const entity = await table.get(instanceOf(loop), loopRow)
    const row = entity && readLoop(entity)
    if (row) wrote(row, row.etag)
    else known.delete(instanceOf(loop))
    return row
  }
  return {
    latest: async (loop) => known.get(instanceOf(loop)) ?? (await read(loop)),
    read,
    wrote,
    forget: (loop) => void known.delete(instanceOf(loop)),
  }
}

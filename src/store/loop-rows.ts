// The rows of loops: the only place that writes them. Before a row says when its loop is due, the index says it (due-index.ts). Each row is remembered
// as this instance of the app last read or wrote it: whoever makes a loop due writes under the etag of that row, and where another instance wrote
// meanwhile it is refused, and reads. So most news cost one request instead of two.
import { instanceOf, type Loop } from '../domain/loop.ts'
import type { LoopRow } from '../steps/store.ts'
import type { DueIndex } from './due-index.ts'
import { loopEntity, loopRow, readLoop } from './rows.ts'
import type { Table, Write } from './table.ts'

type Place = Pick<Loop, 'kind' | 'key'>
/** A row as it shall be; `etag`: of the row that it replaces, absent = it is new. */
export type NextRow = Omit<LoopRow, 'etag'> & { readonly etag?: string }

export type LoopRows = {
  /** As it is. */
  read(loop: Place): Promise<LoopRow | undefined>
  /** As it is, or as it was when this instance last knew: only for writes under its etag. */
  latest(loop: Place): Promise<LoopRow | undefined>
  /** One transaction. Answers the new etags by row key. */
  write(row: NextRow, others?: readonly Write[]): Promise<ReadonlyMap<string, string> | 'conflict'>
  remember(row: LoopRow): void
  forget(loop: Place): void
}

/** Loops at a time; the eldest is forgotten first. */
const most = 2_000

export function loopRows(table: Table, index: DueIndex): LoopRows {
  const known = new Map<string, LoopRow>()

  const remember = (row: LoopRow): void => {
    known.delete(instanceOf(row.loop))
    known.set(instanceOf(row.loop), row)
    const [eldest] = known.keys()
    if (known.size > most && eldest !== undefined) known.delete(eldest)
  }
  const read: LoopRows['read'] = async (loop) => {
    const entity = await table.get(instanceOf(loop), loopRow)
    const row = entity && readLoop(entity)
    if (row) remember(row)
    else known.delete(instanceOf(loop))
    return row
  }
  return {
    read,
    latest: async (loop) => known.get(instanceOf(loop)) ?? (await read(loop)),
    async write({ etag, ...row }, others = []) {
      const after = { ...row, indexed: await index.ensure(row) }
      const entity = loopEntity(after)
      const written = await table.write([etag === undefined ? { insert: entity } : { replace: entity, etag }, ...others])
      const now = written === 'conflict' ? undefined : written.get(loopRow)
      if (now) remember({ ...after, etag: now })
      else known.delete(instanceOf(row.loop))
      return written
    },
    remember,
    forget: (loop) => void known.delete(instanceOf(loop)),
  }
}

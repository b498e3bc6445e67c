// The rows of loops: the only place that writes them. Before a row says when its loop is due, the index says it (due-index.ts). Each row is cached as
// this instance of the app last read or wrote it: making a loop due writes under the etag of that row, and if another instance wrote meanwhile the
// write is refused, and reads. So most notifications cost one request instead of two.
import { instanceOf, type Loop } from '../model/loop.ts'
import type { LoopRow } from '../ports/rows.ts'
import type { DueIndex } from './due-index.ts'
import { loopEntity, loopRow, readLoop } from './rows.ts'
import type { Table, Write } from './table.ts'

type Place = Pick<Loop, 'kind' | 'key'>
/** The new row; `etag`: of the row that it replaces, absent = it is new. */
export type NextRow = Omit<LoopRow, 'etag'> & { readonly etag?: string }

export type LoopRows = {
  /** Its current state. */
  read(loop: Place): Promise<LoopRow | undefined>
  /** Its current or last known state, existing or not: only for writes that are refused if it has changed. */
  latest(loop: Place): Promise<LoopRow | undefined>
  /** As this instance last read or wrote it, and when. */
  known(loop: Place): { readonly row?: LoopRow; readonly at: number } | undefined
  /** One transaction. Returns the new etags by row key. */
  write(row: NextRow, others?: readonly Write[]): Promise<ReadonlyMap<string, string> | 'conflict'>
  /** `row` absent: there is no such loop. */
  remember(loop: Place, row: LoopRow | undefined): void
  forget(loop: Place): void
}

/** Loops at a time; the oldest is evicted first. */
const most = 2_000

export function loopRows(table: Table, index: DueIndex, now: () => number): LoopRows {
  const known = new Map<string, { readonly row?: LoopRow; readonly at: number }>()

  const remember: LoopRows['remember'] = (loop, row) => {
    known.delete(instanceOf(loop))
    known.set(instanceOf(loop), { at: now(), ...(row ? { row } : {}) })
    const [eldest] = known.keys()
    if (known.size > most && eldest !== undefined) known.delete(eldest)
  }
  const read: LoopRows['read'] = async (loop) => {
    const entity = await table.get(instanceOf(loop), loopRow)
    const row = entity && readLoop(entity)
    remember(loop, row)
    return row
  }
  return {
    read,
    known: (loop) => known.get(instanceOf(loop)),
    async latest(loop) {
      const before = known.get(instanceOf(loop))
      return before ? before.row : await read(loop)
    },
    async write({ etag, ...row }, others = []) {
      const after = { ...row, indexed: await index.ensure(row) }
      const entity = loopEntity(after)
      const written = await table.write([etag === undefined ? { insert: entity } : { replace: entity, etag }, ...others])
      const version = written === 'conflict' ? undefined : written.get(loopRow)
      if (version) remember(row.loop, { ...after, etag: version })
      else known.delete(instanceOf(row.loop))
      return written
    },
    remember,
    forget: (loop) => void known.delete(instanceOf(loop)),
  }
}

// The rows of the history: in the partition of their loop, so that each is written in the transaction of what it tells. They are a ring for each step and life: a new one
// takes the place of the oldest, so a loop that changes for ever does not grow for ever.
import type { HistoryEntry } from '../model/history.ts'
import { instanceOf, type Loop } from '../model/loop.ts'
import type { Noted } from '../model/outcome.ts'
import type { Store } from '../ports/store.ts'
import { type Entity, pack, timeText, unpack } from './entity.ts'
import { filter, type Table } from './table.ts'

/** Entries of one step, or of requests, in one loop: eleven a day, for as long as they are kept. */
export const mostEntries = 1_000

/** `noted.count`: how many there were before. A ring belongs to one life of a loop: who takes the name later overwrites nothing of it. */
export const historyEntity = (loop: Loop, entry: HistoryEntry, { life, count }: Noted): Entity => ({
  partitionKey: instanceOf(loop),
  rowKey: `history:${entry.step ?? 'request'}:${life}:${String(count % mostEntries).padStart(3, '0')}`,
  notedAt: timeText(entry.at),
  ...pack('entry', entry),
})

/** What reads a loop leaves its history out. A function, because the SDK that builds filters is read at first use. */
export const withoutHistory = (): string => filter`(RowKey lt ${'history:'} or RowKey ge ${'history;'})`

const rows = (): string => filter`RowKey ge ${'history:'} and RowKey lt ${'history;'}`

export const historyStore = (table: Table): Pick<Store, 'history' | 'purgeHistory'> => ({
  async history(loop, since) {
    const found: HistoryEntry[] = []
    const range = `${filter`PartitionKey eq ${instanceOf(loop)}`} and ${rows()} and ${filter`notedAt ge ${timeText(since)}`}`
    for await (const entity of table.query(range)) {
      const entry = unpack<HistoryEntry>(entity, 'entry')
      if (entry) found.push(entry)
    }
    return found
  },
  async purgeHistory(before) {
    let purged = 0
    for await (const entity of table.query(`${rows()} and ${filter`notedAt lt ${timeText(before)}`}`)) {
      await table.remove(entity)
      purged++
    }
    return purged
  },
})

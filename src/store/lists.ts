// Queries over more than one loop: what is due, loops of a kind, tags that are not understood, tombstones.
import { early } from '../contract/next.ts'
import type { Facts } from '../model/facts.ts'
import { instanceOf } from '../model/loop.ts'
import type { Finished } from '../ports/rows.ts'
import type { Store } from '../ports/store.ts'
import type { DueIndex } from './due-index.ts'
import { timeText, unpack } from './entity.ts'
import type { LoopRows } from './loop-rows.ts'
import { loopRow, readLoop, readStep } from './rows.ts'
import { filter, type Table } from './table.ts'

type Lists = Pick<Store, 'due' | 'shared' | 'overdue' | 'loops' | 'connections' | 'invalidTags' | 'finished' | 'purge'>

export function listsOf(table: Table, index: DueIndex, rows: LoopRows): Lists {
  return {
    due: (at) => index.due(at, rows),
    async *overdue(at) {
      for await (const entity of table.query(filter`RowKey eq ${loopRow} and dueAt le ${timeText(at + early)}`)) {
        const { loop, dueAt } = readLoop(entity)
        yield { loop, dueAt }
      }
    },
    async *shared() {
      for await (const entity of table.query(filter`RowKey eq ${loopRow} and kind ne ${'connection'}`)) yield readLoop(entity)
    },
    async *loops(kind, after) {
      const all = filter`RowKey eq ${loopRow} and kind eq ${kind}`
      const range = after === undefined ? all : `${all} and ${filter`PartitionKey gt ${instanceOf({ kind, key: after })}`}`
      for await (const entity of table.query(range)) yield readLoop(entity) as never
    },
    async *connections(cluster, after) {
      const conditions = [
        filter`RowKey eq ${loopRow} and kind eq ${'connection'}`,
        ...(cluster ? [filter`cluster eq ${cluster.key}`] : []),
        ...(after ? [filter`PartitionKey gt ${instanceOf({ kind: 'connection', key: after })}`] : []),
      ]
      for await (const entity of table.query(conditions.join(' and '))) yield readLoop(entity)
    },
    async *invalidTags() {
      for await (const entity of table.query(filter`RowKey eq ${'step:read-declarations'}`))
        yield* (readStep(entity).facts as Partial<Facts['cluster']>).invalidTags ?? []
    },
    async finished(key) {
      const rows: Finished[] = []
      const range = filter`PartitionKey eq ${`connection-${key}`} and RowKey ge ${'finished:'} and RowKey lt ${'finished;'}`
      for await (const entity of table.query(range)) {
        const row = unpack<Finished>(entity, 'finished')
        if (row) rows.push(row)
      }
      return rows
    },
    async purge(before) {
      let purged = 0
      for await (const entity of table.query(
        filter`RowKey ge ${'finished:'} and RowKey lt ${'finished;'} and finishedAt lt ${timeText(before)}`,
      )) {
        await table.remove(entity)
        purged++
      }
      return purged
    },
  }
}

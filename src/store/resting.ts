// The end of a loop's work: it falls asleep, or only a tombstone remains of it. Both only if nothing was written since the row was read.
import { instanceOf } from '../model/loop.ts'
import { secretName } from '../model/names.ts'
import type { Store } from '../ports/store.ts'
import type { Entity } from './entity.ts'
import type { FactsCache } from './facts-cache.ts'
import { asleep } from './ledger.ts'
import type { LoopRows } from './loop-rows.ts'
import { finishedEntity, loopEntity, loopRow, nameKey, stepEntity } from './rows.ts'
import { filter, type Table } from './table.ts'

/** `wrote`: called with each partition that is written without the knowledge of its cached readers. */
export function restingStore(
  table: Table,
  rows: LoopRows,
  cache: FactsCache,
  wrote: (partition: string) => void,
): Pick<Store, 'sleep' | 'forget'> {
  return {
    async sleep(row, until, auditAt, notified = []) {
      const delivered = notified.map(({ etag, ...step }) => ({ replace: stepEntity(row.loop, { ...step, wake: [] }), etag }))
      const written = await rows.write(asleep(row, { until, auditAt }), delivered)
      if (written === 'conflict') return 'changed meanwhile'
      cache.moved(row.loop, row.etag, written.get(loopRow), [])
      return 'asleep'
    },

    async forget(row, finished) {
      cache.forget(row.loop)
      rows.forget(row.loop)
      wrote(instanceOf(row.loop))
      // Its steps' rows go first, under the loop's etag: if the loop comes back to life in between, it reads everything again.
      const partitionKey = instanceOf(row.loop)
      const { etag, ...rest } = row
      const known: Entity[] = []
      const range = filter`PartitionKey eq ${partitionKey} and RowKey ge ${'step:'} and RowKey lt ${'step;'}`
      for await (const entity of table.query(range)) known.push(entity)
      const marked = await table.write([
        { replace: loopEntity(rest), etag },
        ...(finished ? [{ put: finishedEntity(row.loop, finished) }] : []),
        ...known.map((remove) => ({ remove })),
      ])
      if (marked === 'conflict') return 'changed meanwhile'
      if ((await table.remove({ partitionKey, rowKey: loopRow, etag: marked.get(loopRow) ?? '' })) === 'conflict')
        return 'changed meanwhile'
      if (row.self) {
        const reserved = await table.get(instanceOf(row.self.cluster), nameKey(secretName(row.self.name)))
        if (reserved?.['connection'] === row.self.key) await table.remove(reserved)
      }
      return 'forgotten'
    },
  }
}

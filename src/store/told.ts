// What others were told last (model/announcement.ts): one partition, with a row for each connection, and one for the reports of the sweep.
import type { Announced } from '../model/announcement.ts'
import type { Key } from '../model/loop.ts'
import type { ToldStore } from '../ports/announcing.ts'
import { type Entity, pack, unpack } from './entity.ts'
import { filter, type Table } from './table.ts'

const partitionKey = 'told'
const rowKeyOf = (connection: Key): string => `connection:${connection}`
const report = 'report'

export const toldStore = (table: Table): ToldStore => ({
  async all() {
    const found = new Map<Key, Announced>()
    for await (const entity of table.query(filter`PartitionKey eq ${partitionKey} and RowKey lt ${'connection;'}`)) {
      const announced = unpack<Announced>(entity, 'announced')
      if (announced) found.set(entity.rowKey.slice(rowKeyOf('' as Key).length) as Key, announced)
    }
    return found
  },
  async put(connection, announced) {
    const rowKey = rowKeyOf(connection)
    if (announced) await table.write([{ put: { partitionKey, rowKey, ...pack('announced', announced) } }])
    else await table.remove({ partitionKey, rowKey, etag: '*' } satisfies Entity)
  },
  async report() {
    const entity = await table.get(partitionKey, report)
    return entity && String(entity['report'])
  },
  async putReport(id) {
    await table.write([{ put: { partitionKey, rowKey: report, report: id } }])
  },
})

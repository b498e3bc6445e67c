// What a heartbeat asks of the table, whatever the size of the fleet: a table in memory that counts its requests, one for each 1,000 rows that a query
// answers, as Azure's does. Loops rest until their next audit, and some of them are due.
import { instanceOf, loop } from '../../src/model/loop.ts'
import { dueIndex } from '../../src/store/due-index.ts'
import type { Entity } from '../../src/store/entity.ts'
import { loopRows } from '../../src/store/loop-rows.ts'
import type { Table } from '../../src/store/table.ts'

const minute = 60_000
const id = (index: number): string =>
  `/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/shop/providers/Microsoft.ContainerService/managedClusters/c${index}`

export async function beatOver(loops: number, due: number): Promise<{ readonly requests: number; readonly found: number }> {
  let now = 1_000 * minute
  const { table, requests } = countingTable()
  const index = dueIndex(table, () => now)
  const rows = loopRows(table, index, () => now)
  const row = (of: number, dueAt: number) =>
    ({ loop: loop('cluster', id(of)), createdAt: now, dueAt, auditAt: dueAt, resync: 0, removing: false }) as const
  // A thousand at a time: each waits a moment for the others' entries.
  for (let start = 0; start < loops; start += 1_000)
    await Promise.all(
      Array.from({ length: Math.min(1_000, loops - start) }, (_, at) =>
        rows.write(row(start + at, now + (start + at < due ? 0 : 24 * 60) * minute)),
      ),
    )
  now += minute
  const before = requests()
  const found = new Set<string>()
  for await (const one of index.due(now, rows)) found.add(instanceOf(one.loop))
  return { requests: requests() - before, found: found.size }
}

export function countingTable(): { readonly table: Table; readonly requests: () => number } {
  const partitions = new Map<string, Map<string, Entity>>()
  let requests = 0
  const unused = (): never => {
    throw new Error('a beat does not do this')
  }
  const table: Table = {
    async get(partitionKey, rowKey) {
      requests++
      return partitions.get(partitionKey)?.get(rowKey)
    },
    async *query(filter) {
      const [, from = '', to = ''] = /^PartitionKey ge '([^']*)' and PartitionKey le '([^']*)'$/.exec(filter) ?? unused()
      const found = [...partitions].filter(([key]) => key >= from && key <= to).flatMap(([, rows]) => [...rows.values()])
      requests += Math.max(1, Math.ceil(found.length / 1_000))
      yield* found
    },
    async write(writes) {
      requests++
      const etags = new Map<string, string>()
      for (const write of writes) {
        const entity = 'put' in write ? write.put : 'insert' in write ? write.insert : 'replace' in write ? write.replace : undefined
        if ('remove' in write) partitions.get(write.remove.partitionKey)?.delete(write.remove.rowKey)
        if (!entity) continue
        const rows = partitions.get(entity.partitionKey) ?? new Map<string, Entity>()
        partitions.set(entity.partitionKey, rows.set(entity.rowKey, { ...entity, etag: String(requests) }))
        etags.set(entity.rowKey, String(requests))
      }
      return etags
    },
    remove: async () => unused(),
  }
  return { table, requests: () => requests }
}

// The sweep's own rows: what it remembers of each leftover, by cluster, and the reports of its runs. A report's row key is its id with every digit
// counted down, so that the newest one comes first.
import { type ReportEntry, reportId, type Suspect, type SweepReport } from '../model/leftover.ts'
import type { SweepStore, SweptRow } from '../ports/sweep.ts'
import { besideOf } from './beside.ts'
import { type Entity, pack, unpack } from './entity.ts'
import { readPartition } from './loop-partition.ts'
import { filter, type Table, type Write } from './table.ts'

const atOnce = 100
const reports = 'sweep-reports'
const requests = 'sweep-requests'
const clusterPartition = (cluster: string): string => `sweep-${cluster}`
const reportPartition = (report: string): string => `sweep-report-${report}`
const suspectKey = (id: string): string => `suspect:${id}`
const clusterRow = 'cluster'
const backwards = (id: string): string => id.replaceAll(/\d/g, (digit) => String(9 - Number(digit)))

const partitionOfSuspect = (id: string): string => clusterPartition(id.slice(0, id.indexOf('-')))
const suspectIn = (entity: Entity): Suspect | undefined => {
  const suspect = unpack<Suspect>(entity, 'suspect')
  return suspect && { ...suspect, etag: entity.etag ?? '' }
}

/** The store's cache of rows is left as it is. */
const uncached = { remember() {} }

export function sweepStore(table: Table, now: () => number): SweepStore {
  const suspect = async (id: string): Promise<Suspect | undefined> => {
    const entity = await table.get(partitionOfSuspect(id), suspectKey(id))
    return entity && suspectIn(entity)
  }

  const entityOf = ({ etag: _, ...row }: Suspect): Entity => ({
    partitionKey: partitionOfSuspect(row.id),
    rowKey: suspectKey(row.id),
    ...pack('suspect', row),
  })

  /** A row that was approved since it was read is written again with the approval. */
  async function put(row: Suspect): Promise<void> {
    const entity = entityOf(row)
    const write: Write = row.etag === undefined ? { insert: entity } : { replace: entity, etag: row.etag }
    if ((await table.write([write])) !== 'conflict') return
    const now = await suspect(row.id)
    const { approved } = now ?? {}
    await table.write([{ put: entityOf({ ...row, ...(approved ? { approved } : {}) }) }])
  }

  const putReport = async (report: SweepReport): Promise<void> => {
    await table.write([{ put: { partitionKey: reports, rowKey: backwards(report.id), ...pack('report', report) } }])
  }

  return {
    suspect,
    async look({ kind, key }) {
      const found = await readPartition(table, { kind, key, id: '' }, uncached, now)
      if (!found) return undefined
      const { row, members, steps, tracked } = found
      const { facts } = besideOf(row.loop, steps, () => [])
      return {
        members: members.map(({ connection }) => connection),
        facts,
        tracked: new Set([...tracked.values()].flat().map(({ object }) => object.id)),
        ...(row.self ? { self: row.self } : {}),
      }
    },
    async suspects(cluster) {
      const found: Suspect[] = []
      const range = filter`PartitionKey eq ${clusterPartition(cluster)} and RowKey ge ${'suspect:'} and RowKey lt ${'suspect;'}`
      for await (const entity of table.query(range)) {
        const row = suspectIn(entity)
        if (row) found.push(row)
      }
      return found
    },
    async note(before, after) {
      const had = new Map(before.map((row) => [row.id, textOf(row)]))
      for (const row of after) if (had.get(row.id) !== textOf(row)) await put(row)
      const stays = new Set(after.map(({ id }) => id))
      for (const row of before) if (!stays.has(row.id)) await table.remove({ ...entityOf(row), etag: '*' })
    },
    async approve(id, approved) {
      for (;;) {
        const before = await suspect(id)
        if (!before) return undefined
        const row: Suspect = { ...before, approved }
        const written = await table.write([{ replace: entityOf(row), etag: before.etag ?? '' }])
        if (written !== 'conflict') return row
      }
    },
    async cluster(cluster) {
      const entity = await table.get(clusterPartition(cluster), clusterRow)
      return (entity && unpack<SweptRow>(entity, 'row')) ?? {}
    },
    async putCluster(cluster, row) {
      await table.write([{ put: { partitionKey: clusterPartition(cluster), rowKey: clusterRow, ...pack('row', row) } }])
    },
    async request(scope) {
      await table.write([{ put: { partitionKey: requests, rowKey: scope } }])
    },
    async requested() {
      const found = new Map<string, string>()
      for await (const { rowKey, etag } of table.query(filter`PartitionKey eq ${requests}`)) found.set(rowKey, etag ?? '')
      return found
    },
    async answered(scope, request) {
      await table.remove({ partitionKey: requests, rowKey: scope, etag: request })
    },
    begin: putReport,
    finish: putReport,
    async add(report, entries) {
      for (let start = 0; start < entries.length; start += atOnce)
        await table.write(
          entries
            .slice(start, start + atOnce)
            .map((entry) => ({ put: { partitionKey: reportPartition(report), rowKey: entry.id, ...pack('entry', entry) } })),
        )
    },
    async report(id) {
      const entity = await table.get(reports, backwards(id))
      return entity && unpack<SweepReport>(entity, 'report')
    },
    async reports(most) {
      const found: SweepReport[] = []
      for await (const entity of table.query(filter`PartitionKey eq ${reports}`)) {
        const report = unpack<SweepReport>(entity, 'report')
        if (report) found.push(report)
        if (found.length >= most) break
      }
      return found
    },
    async *entries(report, after) {
      const all = filter`PartitionKey eq ${reportPartition(report)}`
      for await (const entity of table.query(after === undefined ? all : `${all} and ${filter`RowKey gt ${after}`}`)) {
        const entry = unpack<ReportEntry>(entity, 'entry')
        if (entry) yield entry
      }
    },
    async purgeReports(before) {
      let purged = 0
      const old = backwards(reportId(before))
      for await (const entity of table.query(filter`PartitionKey eq ${reports} and RowKey gt ${old}`)) {
        const id = backwards(entity.rowKey)
        for await (const entry of table.query(filter`PartitionKey eq ${reportPartition(id)}`)) await table.remove(entry)
        await table.remove(entity)
        purged++
      }
      return purged
    },
  }
}

const textOf = ({ etag: _, ...row }: Suspect): string => JSON.stringify(row)

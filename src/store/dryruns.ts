// Dry runs: a partition for each cluster, a row for each name. They are answers that nothing depends on, so they are bounded: the oldest give way, and those of
// last week are deleted.

import type { Dryrun } from '../model/dryrun.ts'
import { type Loop, loop } from '../model/loop.ts'
import type { Store } from '../ports/store.ts'
import { type Entity, pack, timeOf, timeText, unpack } from './entity.ts'
import { filter, type Table } from './table.ts'

const most = 100
const keptMs = 7 * 24 * 60 * 60_000

const partitionOf = ({ key }: Pick<Loop, 'key'>): string => `dryruns-${key}`
const rowOf = (name: string): string => `dryrun:${name.toLowerCase()}`

type DryrunStore = Pick<Store, 'dryruns' | 'dryrun' | 'putDryrun' | 'deleteDryrun' | 'purgeDryruns'>

export function dryrunStore(table: Table): DryrunStore {
  const list: DryrunStore['dryruns'] = async (cluster) => {
    const found: Dryrun[] = []
    for await (const entity of table.query(filter`PartitionKey eq ${partitionOf(cluster)}`)) found.push(read(entity))
    return found
  }
  const remove: DryrunStore['deleteDryrun'] = async (cluster, name) => {
    const entity = await table.get(partitionOf(cluster), rowOf(name))
    if (!entity) return false
    await table.remove({ ...entity, etag: '*' })
    return true
  }
  return {
    dryruns: list,
    deleteDryrun: remove,
    async dryrun(cluster, name) {
      const entity = await table.get(partitionOf(cluster), rowOf(name))
      return entity && read(entity)
    },
    async putDryrun(dryrun) {
      const others = (await list(dryrun.cluster)).filter(({ name }) => rowOf(name) !== rowOf(dryrun.name))
      const oldest = others.sort((a, b) => b.at - a.at).slice(most - 1)
      for (const { name } of oldest) await remove(dryrun.cluster, name)
      await table.write([{ put: entityOf(dryrun) }])
    },
    async purgeDryruns(now) {
      let purged = 0
      for await (const entity of table.query(
        filter`RowKey ge ${'dryrun:'} and RowKey lt ${'dryrun;'} and at lt ${timeText(now - keptMs)}`,
      )) {
        await table.remove({ ...entity, etag: '*' })
        purged++
      }
      return purged
    },
  }
}

const entityOf = ({ cluster, name, parameters, result, at }: Dryrun): Entity => ({
  partitionKey: partitionOf(cluster),
  rowKey: rowOf(name),
  cluster: cluster.id,
  name,
  at: timeText(at),
  ...pack('parameters', parameters),
  ...pack('result', result),
})

const read = (entity: Entity): Dryrun => ({
  cluster: loop('cluster', String(entity['cluster'])),
  name: String(entity['name']),
  parameters: unpack(entity, 'parameters') ?? {},
  result: unpack(entity, 'result') ?? {},
  at: timeOf(entity, 'at'),
})

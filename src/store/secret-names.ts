// Which connection has which Kubernetes name: a row in the cluster's partition for each Secret that a connection writes. Names that differ only in
// case, dots and underscores mean the same Secret. The row of a connection that no policy allows does not block the name.

import { contended } from '../errors/contention.ts'
import type { ConnectionSpec } from '../model/connection.ts'
import { instanceOf, type Key, type Loop } from '../model/loop.ts'
import { secretName } from '../model/names.ts'
import type { NameHolder } from '../ports/registry.ts'
import type { LoopRow } from '../ports/rows.ts'
import type { IsAllowed } from '../ports/store.ts'
import { type Entity, timeOf, timeText } from './entity.ts'
import { nameKey } from './rows.ts'
import type { Table } from './table.ts'

/** A reservation whose connection was never created is free again after this. */
const reservedFor = 10 * 60_000

type Reserved = {
  readonly holder: NameHolder
  readonly entity?: Entity
  /** A connection that has it without being allowed. */
  readonly other?: Loop
}

export function secretNames(table: Table, rowOf: (loop: Loop) => Promise<LoopRow | undefined>, now: () => number) {
  const isOther = (holder: LoopRow | undefined, entity: Entity, isAllowed: IsAllowed): boolean => {
    if (!holder) return Math.abs(now() - timeOf(entity, 'at')) < reservedFor
    // A connection that is being removed still has its Secret.
    return holder.removing || (holder.self !== undefined && isAllowed(holder.self))
  }

  async function reserved({ key, cluster, name }: ConnectionSpec, isAllowed: IsAllowed): Promise<Reserved> {
    const entity = await table.get(instanceOf(cluster), nameKey(secretName(name)))
    if (!entity) return { holder: 'free' }
    if (entity['connection'] === key) return { holder: 'own' }
    const other: Loop = { kind: 'connection', key: String(entity['connection']) as Key, id: '' }
    if (!isOther(await rowOf(other), entity, isAllowed)) return { holder: 'free', entity, other }
    return { holder: { taken: `the connection '${String(entity['connectionName'])}' of this cluster has the same Kubernetes name` } }
  }

  return {
    holder: async (connection: ConnectionSpec, isAllowed: IsAllowed): Promise<NameHolder> => (await reserved(connection, isAllowed)).holder,

    /** `from`: the connection that had it without being allowed. `isNew`: the name is most likely free, and if it is not, the write is refused. */
    claim: async (
      connection: ConnectionSpec,
      isAllowed: IsAllowed,
      isNew: boolean,
    ): Promise<{ readonly holder: NameHolder; readonly from?: Loop }> => {
      let isFree = isNew
      return await contended(`take the Kubernetes name of connection ${connection.name}`, async () => {
        const { holder, entity, other }: Reserved = isFree ? { holder: 'free' } : await reserved(connection, isAllowed)
        isFree = false
        if (holder !== 'free') return { holder }
        const mine: Entity = {
          partitionKey: instanceOf(connection.cluster),
          rowKey: nameKey(secretName(connection.name)),
          connection: connection.key,
          connectionName: connection.name,
          at: timeText(now()),
        }
        const written = await table.write([entity ? { replace: mine, etag: entity.etag ?? '' } : { insert: mine }])
        return written === 'conflict' ? 'conflict' : { holder: 'own', ...(other ? { from: other } : {}) }
      })
    },
  }
}

// Provided secrets, from before they are written to the Key Vault until a connection is responsible for them. The handler can die in between, or the
// connection can be refused, and then nothing else would know of the secret. The row says where the secret is, never its value.
//
// The handler writes, the timer clears (functions/provided-secrets.timer.ts), and never both: what is written again cannot be claimed, and what is
// claimed cannot be written until that is over.

import { contended } from '../errors/contention.ts'
import { instanceOf } from '../model/loop.ts'
import { intendedFor } from '../plan/plan.ts'
import type { ProvidedSecret } from '../ports/rows.ts'
import type { Store } from '../ports/store.ts'
import { type Entity, timeOf, timeText } from './entity.ts'
import { providedKey } from './rows.ts'
import { filter, type Table } from './table.ts'

type ProvidedSecretStore = Pick<Store, 'giving' | 'provided' | 'claim' | 'settled'>

/** A writer or cleaner is dead after this: no function of the app may run longer (host.json). */
const mostAlive = intendedFor

export function providedSecretStore(table: Table, now: () => number): ProvidedSecretStore {
  const isClaimed = (entity: Entity): boolean =>
    entity['claimedAt'] !== undefined && Math.abs(now() - timeOf(entity, 'claimedAt')) < mostAlive

  return {
    async giving(connection, secretId) {
      return await contended('remember the secret that is about to be stored', async () => {
        const entity = entityOf({ connection, secretId, at: now() })
        const before = await table.get(entity.partitionKey, entity.rowKey)
        if (before && isClaimed(before)) return false
        const write = before ? { replace: entity, etag: before.etag ?? '' } : { insert: entity }
        return (await table.write([write])) === 'conflict' ? 'conflict' : true
      })
    },

    async *provided() {
      const until = timeText(now() - mostAlive)
      for await (const entity of table.query(filter`RowKey ge ${'provided:'} and RowKey lt ${'provided;'} and providedAt le ${until}`))
        if (!isClaimed(entity)) yield readProvided(entity)
    },

    async claim(provided) {
      const entity = { ...entityOf(provided), claimedAt: timeText(now()) }
      const written = await table.write([{ replace: entity, etag: provided.etag }])
      return written === 'conflict' ? undefined : { ...provided, etag: written.get(entity.rowKey) ?? '' }
    },

    async settled(provided) {
      await table.remove({ ...entityOf(provided), etag: provided.etag })
    },
  }
}

const entityOf = ({ connection, secretId, at }: Omit<ProvidedSecret, 'etag'>): Entity => ({
  partitionKey: instanceOf({ kind: 'connection', key: connection }),
  rowKey: providedKey(secretId),
  connection,
  secretId,
  providedAt: timeText(at),
})

const readProvided = (entity: Entity): ProvidedSecret => ({
  connection: entity['connection'] as ProvidedSecret['connection'],
  secretId: String(entity['secretId']),
  at: timeOf(entity, 'providedAt'),
  etag: entity.etag ?? '',
})

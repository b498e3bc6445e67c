// The few table operations that the store needs, with meaningful refusals as values: `conflict` = another writer came first.
import { odata, RestError, type TableClient, type TransactionAction } from '../azure/sdk.ts'
import { notUnderstood } from '../errors/answer.ts'
import { failureOf } from '../errors/classify.ts'
import type { Failure } from '../errors/failure.ts'
import { createPages } from '../errors/pages.ts'
import type { Entity } from './entity.ts'

export type Write =
  | { readonly put: Entity } // insert or replace
  | { readonly insert: Entity }
  | { readonly replace: Entity; readonly etag: string }
  | { readonly remove: Pick<Entity, 'partitionKey' | 'rowKey'> }

export interface Table {
  get(partitionKey: string, rowKey: string): Promise<Entity | undefined>
  query(filter: string): AsyncIterable<Entity>
  /** All or nothing, one partition, at most 100 writes. Returns the new etags by row key. */
  write(writes: readonly Write[]): Promise<ReadonlyMap<string, string> | 'conflict'>
  /** Deletes the entity as it was read; already gone is fine. */
  remove(entity: Entity): Promise<'removed' | 'conflict'>
}

/** Escapes values of a filter. */
export { odata as filter }

const status = (error: unknown): number | undefined => (error instanceof RestError ? error.statusCode : undefined)
/** Another writer came in between: precondition failed, row exists already, row is gone already. */
const conflicts = new Set([404, 409, 412])

/** Anything else is a `Failure`: callers are asked to come back, and the loop retries. */
const refused = (doing: string, error: unknown): Failure => failureOf({ error, doing: `${doing} the app's own table` })

/** A query of everything: 1,000 rows a page. */
const mostPages = 10_000

export function openTable(client: TableClient): Table {
  // An existing table is not an error for the SDK; a failure is retried at the next use.
  let made: Promise<void> | undefined
  const ready = (): Promise<void> => {
    made ??= client.createTable().catch((error: unknown) => {
      made = undefined
      throw refused('open', error)
    })
    return made
  }
  return {
    async get(partitionKey, rowKey) {
      await ready()
      try {
        return (await client.getEntity(partitionKey, rowKey)) as Entity
      } catch (error) {
        if (status(error) === 404) return undefined
        throw refused('read', error)
      }
    },
    async *query(filter) {
      await ready()
      const pages = createPages("list rows of the app's own table", mostPages)
      const all = client.listEntities({ queryOptions: { filter } }).byPage({ maxPageSize: 1000 })
      for (;;) {
        const page = await all.next().catch((error: unknown) => {
          throw refused('list rows of', error)
        })
        if (page.done) return
        pages.next(page.value.continuationToken)
        for (const entity of page.value) yield entity as Entity
      }
    },
    async write(writes) {
      await ready()
      try {
        const [only, ...others] = writes
        if (only && others.length === 0) return new Map([[rowKeyOf(only), await writeOne(client, only)]])
        const answer = await client.submitTransaction(writes.map(action))
        if (answer.subResponses.length !== writes.length || answer.subResponses.some(({ status: one }) => one < 200 || one >= 300))
          throw notUnderstood("write to the app's own table", 'it does not answer for each of the writes')
        // In the order of the writes; the row keys that the answer names are percent-encoded.
        return new Map(answer.subResponses.map((part, index) => [rowKeyOf(writes[index]), part.etag ?? '']))
      } catch (error) {
        // Unconditional writes have no reason to be refused: treated as a conflict, they would be lost in silence.
        const isConditional = writes.some((write) => !('put' in write))
        if (isConditional && conflicts.has(status(error) ?? 0)) return 'conflict'
        throw refused('write to', error)
      }
    },
    async remove(entity) {
      try {
        await client.deleteEntity(entity.partitionKey, entity.rowKey, { etag: entity.etag ?? '*' })
      } catch (error) {
        if (status(error) === 412) return 'conflict'
        if (status(error) !== 404) throw refused('delete from', error)
      }
      return 'removed'
    },
  }
}

/** A transaction of one write is sent without the multipart body. */
async function writeOne(client: TableClient, write: Write): Promise<string> {
  if ('remove' in write) {
    await client.deleteEntity(write.remove.partitionKey, write.remove.rowKey)
    return ''
  }
  const answer =
    'put' in write
      ? await client.upsertEntity(bare(write.put), 'Replace')
      : 'insert' in write
        ? await client.createEntity(bare(write.insert))
        : await client.updateEntity(bare(write.replace), 'Replace', { etag: write.etag })
  // Without an etag there is no version to continue from.
  if (!answer.etag) throw notUnderstood("write to the app's own table", 'it has no ETag')
  return answer.etag
}

function action(write: Write): TransactionAction {
  if ('put' in write) return ['upsert', bare(write.put), 'Replace']
  if ('insert' in write) return ['create', bare(write.insert)]
  if ('replace' in write) return ['update', bare(write.replace), 'Replace', { etag: write.etag }]
  return ['delete', { partitionKey: write.remove.partitionKey, rowKey: write.remove.rowKey }]
}

/** Entities that were read have the service's own properties, which the app must not write. */
function bare(entity: Entity): Entity {
  const { etag: _etag, timestamp: _timestamp, ...rest } = entity
  return Object.fromEntries(Object.entries(rest).filter(([name]) => !name.startsWith('odata.'))) as Entity
}

function rowKeyOf(write: Write | undefined): string {
  if (write === undefined) return ''
  if ('put' in write) return write.put.rowKey
  if ('insert' in write) return write.insert.rowKey
  return 'replace' in write ? write.replace.rowKey : write.remove.rowKey
}

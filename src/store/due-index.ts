// The index of due times: which loops a heartbeat has to look at, so that a beat costs what is due and not the fleet. An entry is in the partition of a
// beat (`due:` and the minute), and is written before the loop's row says that it is due by then. A stale entry is harmless, for the beat reads the
// loop's row, and takes away what has passed. docs/adr/0026-an-index-of-due-times.md
import { early } from '../domain/advance.ts'
import { instanceOf, type Loop, type LoopKind } from '../domain/loop.ts'
import type { LoopRow } from '../steps/store.ts'
import type { Entity } from './entity.ts'
import { filter, type Table } from './table.ts'

const minute = 60_000
/** What is due later than this has no entry: the hourly scan finds it. */
const horizon = 2 * 60 * minute
/** Nobody relies on an entry whose beat is nearer than this: it may be at work already. */
const margin = 5_000
/** Entries of a row that are still to come; more than a few are forgotten, and written again if need be. */
const most = 4
const atOnce = 50
/** Loops that are woken together fall asleep within about so long. */
const gatherMs = 5

export type DueIndex = {
  /** Makes sure that a beat finds the loop when it is due; answers its entries, for the row. */
  ensure(row: Pick<LoopRow, 'loop' | 'dueAt' | 'indexed'>): Promise<readonly number[]>
  /** Rows of loops that are due at `at`. */
  due(at: number, read: (loop: Loop) => Promise<LoopRow | undefined>): AsyncIterable<LoopRow>
}

const partitionOf = (beat: number): string => `due:${String(beat).padStart(10, '0')}`
/** The first beat that finds a loop due, of those to come. */
const beatOf = (dueAt: number, now: number): number => Math.max(Math.floor(now / minute) + 1, Math.ceil((dueAt - early) / minute))

export function dueIndex(table: Table, now: () => number): DueIndex {
  const put = batched(async (partitionKey, entities) => {
    for (let start = 0; start < entities.length; start += atOnce)
      await table.write(entities.slice(start, start + atOnce).map((entity) => ({ put: { ...entity, partitionKey } })))
  })

  async function* entriesUntil(beat: number): AsyncIterable<readonly Entity[]> {
    let some: Entity[] = []
    for await (const entity of table.query(filter`PartitionKey ge ${'due:'} and PartitionKey le ${partitionOf(beat)}`)) {
      some.push(entity)
      if (some.length < atOnce) continue
      yield some
      some = []
    }
    if (some.length > 0) yield some
  }

  return {
    async ensure({ loop, dueAt, indexed = [] }) {
      const at = now()
      const beat = beatOf(dueAt, at)
      const toCome = indexed.filter((one) => one * minute - at > margin)
      if (dueAt > at + horizon || toCome.includes(beat)) return toCome
      await put(partitionOf(beat), { partitionKey: '', rowKey: instanceOf(loop), kind: loop.kind, loopId: loop.id })
      return [...toCome, beat].slice(-most)
    },

    async *due(at, read) {
      const seen = new Set<string>()
      // A beat begins within its minute; whoever asks in between gets what the nearest one would find.
      for await (const entries of entriesUntil(Math.round(at / minute))) {
        const looked = await Promise.all(entries.map(async (entry) => ({ entry, row: await read(loopOf(entry)) })))
        for (const { row } of looked) {
          if (!row || row.dueAt > at + early || seen.has(instanceOf(row.loop))) continue
          seen.add(instanceOf(row.loop))
          yield row
        }
        await takeAway(looked.filter(({ entry, row }) => isStale(beatIn(entry), row, now())).map(({ entry }) => entry))
      }
    },
  }

  /** Where another beat takes them away at the same time, the next one finds what is left. */
  async function takeAway(entries: readonly Entity[]): Promise<void> {
    for (const those of Map.groupBy(entries, ({ partitionKey }) => partitionKey).values())
      await table.write(those.map((remove) => ({ remove })))
  }
}

const beatIn = ({ partitionKey }: Entity): number => Number(partitionKey.slice('due:'.length))
const loopOf = (entry: Entity): Loop => {
  const id = String(entry['loopId'])
  return { kind: entry['kind'] as LoopKind, key: entry.rowKey.slice(entry.rowKey.indexOf('-') + 1) as Loop['key'], id }
}

/** Its beat is over, and the loop is not there any more, or relies on a later one. */
const isStale = (beat: number, row: LoopRow | undefined, now: number): boolean =>
  beat * minute <= now && (row === undefined || Math.ceil((row.dueAt - early) / minute) > beat)

/** Entries for one partition that are written within a moment are one transaction. */
function batched(write: (partition: string, entities: readonly Entity[]) => Promise<void>) {
  const waiting = new Map<string, { readonly entities: Map<string, Entity>; readonly written: Promise<void> }>()
  return (partition: string, entity: Entity): Promise<void> => {
    const batch = waiting.get(partition)
    if (batch) {
      batch.entities.set(entity.rowKey, entity)
      return batch.written
    }
    const entities = new Map([[entity.rowKey, entity]])
    const written = new Promise<void>((over) => setTimeout(over, gatherMs)).then(() => {
      waiting.delete(partition)
      return write(partition, [...entities.values()])
    })
    waiting.set(partition, { entities, written })
    return written
  }
}

// The index of due times: which loops a heartbeat has to check, so that a beat costs what is due and not the fleet. An entry is in the partition of
// a beat (`due:` and the minute), and is written before the loop's row says that it is due by then. A stale entry is harmless, because the beat reads
// the loop's row, and deletes what has passed. An early entry is as good as one in time: its beat passes the loop on to the right one, all loops of a
// minute in one request. docs/adr/0026-an-index-of-due-times.md
import { early } from '../contract/next.ts'
import { instanceOf, type Loop, type LoopKind } from '../model/loop.ts'
import type { LoopRow } from '../ports/rows.ts'
import type { Entity } from './entity.ts'
import { filter, type Table } from './table.ts'

const minute = 60_000
/** A loop that is due later than this has no entry: the hourly scan finds it. */
const horizon = 2 * 60 * minute
/** An entry whose beat is nearer than this does not count: the beat may already be running. */
const margin = 5_000
/** Future entries of a row; more than a few are forgotten, and written again if needed. */
const most = 4
const atOnce = 50
/** Loops that are woken together fall asleep within about so long. */
const gatherMs = 5

type Rows = {
  read(loop: Loop): Promise<LoopRow | undefined>
  /** The row as this instance last read or wrote it, and when. */
  known(loop: Loop): { readonly row?: LoopRow; readonly at: number } | undefined
}

export type DueIndex = {
  /** Makes sure that a beat finds the loop when it is due; returns its entries, for the row. */
  ensure(row: Pick<LoopRow, 'loop' | 'dueAt' | 'indexed'>): Promise<readonly number[]>
  /** Rows of loops that are due at `at`. */
  due(at: number, rows: Rows): AsyncIterable<LoopRow>
}

const partitionOf = (beat: number): string => `due:${String(beat).padStart(10, '0')}`
/** The first beat to come that finds a loop due. */
const beatOf = (dueAt: number, now: number): number => Math.max(Math.floor(now / minute) + 1, Math.ceil((dueAt - early) / minute))

export function dueIndex(table: Table, now: () => number): DueIndex {
  const put = batched(async (partitionKey, entities) => {
    for (let start = 0; start < entities.length; start += atOnce)
      await table.write(entities.slice(start, start + atOnce).map((entity) => ({ put: { ...entity, partitionKey } })))
  })

  const enter = (beat: number, loop: Loop): Promise<void> =>
    put(partitionOf(beat), { partitionKey: '', rowKey: instanceOf(loop), kind: loop.kind, loopId: loop.id })

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
      // An earlier beat does: it passes the loop on.
      if (dueAt > at + horizon || toCome.some((one) => one <= beat)) return toCome
      await enter(beat, loop)
      return [...toCome, beat].slice(-most)
    },

    async *due(at, { read, known }) {
      const observed = new Set<string>()
      // A beat begins within its minute; a call in between gets what the nearest beat would find.
      for await (const entries of entriesUntil(Math.round(at / minute))) {
        const [passed = [], others = []] = [true, false].map((is) =>
          entries.filter((entry) => isPassed(entry, known(loopOf(entry)), at) === is),
        )
        const planned = await Promise.all(others.map(async (entry) => ({ entry, row: await read(loopOf(entry)) })))
        for (const { row } of planned) {
          if (!row || row.dueAt > at + early || observed.has(instanceOf(row.loop))) continue
          observed.add(instanceOf(row.loop))
          yield row
        }
        const over = planned.filter(({ entry, row }) => isStale(beatIn(entry), row, now()))
        await Promise.all(over.map(({ row }) => row && passOn(row)))
        await takeAway([...passed, ...over.map(({ entry }) => entry)])
      }
    },
  }

  /** Before its entry is deleted: a sleeping loop relies on this beat, unless the row has another one. */
  async function passOn({ loop, dueAt, indexed = [] }: LoopRow): Promise<void> {
    const at = now()
    const beat = beatOf(dueAt, at)
    if (dueAt <= at + horizon && !indexed.some((one) => one * minute > at && one <= beat)) await enter(beat, loop)
  }

  /** If another beat deletes them at the same time, the next one finds what is left. */
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

/**
 * This instance knows a version of the row that existed after the beat and is due later: neither it nor any later version relies on this entry,
 * so the row need not be read.
 */
const isPassed = (entry: Entity, known: ReturnType<Rows['known']>, at: number): boolean =>
  known?.row !== undefined &&
  known.at >= beatIn(entry) * minute &&
  known.row.dueAt > at + early &&
  Math.ceil((known.row.dueAt - early) / minute) > beatIn(entry)

/** Its beat is over, and the loop does not exist any more, or relies on a later one. */
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

// What attempts write: intentions before the effect, outcome and ledger after it, all under the step row's etag, so that a stale attempt writes
// nothing.
import { canonical } from '../model/canonical.ts'
import { historyOf } from '../model/history.ts'
import { instanceOf, type Loop } from '../model/loop.ts'
import type { LedgerEntry } from '../model/managed-object.ts'
import type { StepRow } from '../model/outcome.ts'
import { advisorySteps } from '../model/progress.ts'
import type { Ledger, LoopRow, Rest } from '../ports/rows.ts'
import type { Store } from '../ports/store.ts'
import type { FactsCache } from './facts-cache.ts'
import { historyEntity } from './history.ts'
import type { LoopRows } from './loop-rows.ts'
import { ledgerEntity, ledgerKey, loopRow, stepEntity } from './rows.ts'
import type { Table, Write } from './table.ts'

type LedgerStore = Pick<Store, 'intend' | 'record' | 'recordAll'>

/** A transaction holds 100 writes, one of them the step row. */
const atOnce = 99

export function ledgerStore(
  table: Table,
  rows: LoopRows,
  cache: FactsCache,
  wrote: (partition: string) => void,
  touch: Store['touch'],
  now: () => number,
): LedgerStore {
  /** Writes `rows` in as many transactions as they need; each includes the step row, so that a stale attempt is refused at any of them. */
  async function guarded(
    loop: Loop,
    before: StepRow | undefined,
    rows: readonly Write[],
    during: Omit<StepRow, 'etag'>,
    after: Omit<StepRow, 'etag'>,
  ): Promise<{ readonly etag: string } | 'stale'> {
    let current = storedEtag(before)
    for (let start = 0; start === 0 || start < rows.length; start += atOnce) {
      const last = start + atOnce >= rows.length
      const entity = stepEntity(loop, last ? after : during)
      const step: Write = current === undefined ? { insert: entity } : { replace: entity, etag: current }
      const written = await table.write([step, ...rows.slice(start, start + atOnce)]).finally(() => wrote(instanceOf(loop)))
      if (written === 'conflict') return 'stale'
      current = written.get(entity.rowKey) ?? ''
    }
    return { etag: current ?? '' }
  }

  /** The difference between the ledger as it was read and the desired one. */
  function writesOf(
    loop: Loop,
    { step, tracked: before }: Ledger,
    after: readonly LedgerEntry[],
  ): { readonly puts: readonly Write[]; readonly removes: readonly Write[] } {
    const was = new Map(before.map((row) => [row.object.id, canonical(row)]))
    const stays = new Set(after.map((row) => row.object.id))
    return {
      puts: after.filter((row) => was.get(row.object.id) !== canonical(row)).map((row) => ({ put: ledgerEntity(loop, step, row) })),
      removes: before
        .filter((row) => !stays.has(row.object.id))
        .map((row) => ({ remove: { partitionKey: instanceOf(loop), rowKey: ledgerKey(step, row.object.id) } })),
    }
  }

  const record: Store['record'] = async (loop, ledger, { tracked, ...recorded }) => {
    const { puts, removes } = writesOf(loop, ledger, tracked)
    const { notes, noted } = noteOf(loop, ledger, recorded)
    const row = { step: ledger.step, ...recorded, ...noted }
    const written = await guarded(loop, ledger.row, [...puts, ...removes, ...notes], { ...row, nextRunAt: now(), inputs: '' }, row)
    if (written !== 'stale') return 'recorded'
    await touch(loop, 'wake')
    return 'stale'
  }

  return {
    async intend(loop, ledger, tracked) {
      const { step, row: before } = ledger
      const at = now()
      const fresh = {
        outcome: { kind: 'waiting', problems: [], waits: [], changed: [], pendingDeletes: [] },
        attempts: 0,
        since: at,
        resync: 0,
        inputs: '',
        generation: 0,
        facts: {},
        wake: [],
      } as const
      // A crash from here on leaves a row that is due: the next run reads again.
      const row = { ...(before ?? fresh), step, ranAt: at, nextRunAt: at }
      const written = await guarded(loop, before, writesOf(loop, ledger, tracked).puts, row, row)
      if (written === 'stale') return 'stale'
      // What is forgotten or released stays until the result is recorded, which removes it.
      const stays = new Set(tracked.map(({ object }) => object.id))
      const leaving = ledger.tracked.filter(({ object }) => !stays.has(object.id))
      return { step, row: { ...row, ...written }, tracked: [...tracked, ...leaving] }
    },

    record,

    async recordAll(row, results, rest) {
      const { loop } = row
      const writes = results.flatMap(({ ledger, recorded: { tracked, ...recorded } }) => {
        const { puts, removes } = writesOf(loop, ledger, tracked)
        const { notes, noted } = noteOf(loop, ledger, recorded)
        return [stepWrite(loop, ledger.row, { step: ledger.step, ...recorded, ...noted }), ...puts, ...removes, ...notes]
      })
      const write = (): ReturnType<Table['write']> => (rest ? rows.write(asleep(row, rest), writes) : table.write(writes))
      const written = writes.length >= atOnce ? 'conflict' : await write().finally(() => wrote(instanceOf(loop)))
      if (written === 'conflict') {
        for (const { ledger, recorded } of results) await record(loop, ledger, recorded)
        return 'read again'
      }
      if (rest) cache.moved(loop, row.etag, written.get(loopRow), [])
      return results.map(({ ledger, recorded: { tracked, ...recorded } }) => {
        const { step } = ledger
        const etag = written.get(stepEntity(loop, { step, ...recorded }).rowKey) ?? ''
        return { step, row: { step, ...recorded, ...noteOf(loop, ledger, recorded).noted, etag }, tracked }
      })
    },
  }
}

/** What the history tells of an attempt, written with its result. Of a step that only reports there is nothing to tell. */
function noteOf(
  loop: Loop,
  { step, row: before }: Ledger,
  recorded: Omit<StepRow, 'step' | 'etag'>,
): { readonly notes: readonly Write[]; readonly noted: Pick<StepRow, 'noted'> } {
  const { life, count } = before?.noted ?? { life: recorded.ranAt, count: 0 }
  const entry = advisorySteps.has(step) ? undefined : historyOf(loop.kind, step, before, recorded)
  if (!entry) return { notes: [], noted: count === 0 ? {} : { noted: { life, count } } }
  return { notes: [{ put: historyEntity(loop, entry, { life, count }) }], noted: { noted: { life, count: count + 1 } } }
}

/** A row that was computed and never written has no etag. */
const storedEtag = (row: StepRow | undefined): string | undefined => (row === undefined || row.etag === '' ? undefined : row.etag)

function stepWrite(loop: Loop, before: StepRow | undefined, after: Omit<StepRow, 'etag'>): Write {
  const etag = storedEtag(before)
  const entity = stepEntity(loop, after)
  return etag === undefined ? { insert: entity } : { replace: entity, etag }
}

/** The loop's row as it is when it sleeps. */
export const asleep = (row: LoopRow, { until, auditAt }: Rest): LoopRow => ({ ...row, dueAt: until, auditAt })

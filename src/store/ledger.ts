// What attempts write: intentions before the effect, outcome and ledger after it, all under the step row's etag (no ghosts).
import { instanceOf, type Loop } from '../domain/loop.ts'
import type { StepRow } from '../domain/outcome.ts'
import type { Held } from '../domain/thing.ts'
import type { Store } from '../steps/store.ts'
import { canonical } from './entity.ts'
import { heldEntity, heldKey, readHeld, readStep, stepEntity, stepKey } from './rows.ts'
import { filter, type Table, type Write } from './table.ts'

type LedgerStore = Pick<Store, 'intend' | 'record' | 'woken'>

/** A transaction holds 100 writes, one of them the step row. */
const atOnce = 99

export function ledgerStore(table: Table, touch: Store['touch'], now: () => number): LedgerStore {
  async function heldRows(loop: Loop, step: string): Promise<ReadonlyMap<string, Held>> {
    const rows = new Map<string, Held>()
    const range = filter`PartitionKey eq ${instanceOf(loop)} and RowKey ge ${`held:${step}:`} and RowKey lt ${`held:${step};`}`
    for await (const entity of table.query(range)) rows.set(entity.rowKey, readHeld(entity).held)
    return rows
  }

  /** Writes `rows` in as many transactions as they need; each carries the step row, so that a ghost is refused at any of them. */
  async function guarded(
    loop: Loop,
    etag: string | undefined,
    rows: readonly Write[],
    during: Omit<StepRow, 'etag'>,
    after: Omit<StepRow, 'etag'>,
  ): Promise<string | 'ghost'> {
    let current = etag
    for (let start = 0; start === 0 || start < rows.length; start += atOnce) {
      const last = start + atOnce >= rows.length
      const entity = stepEntity(loop, last ? after : during)
      const step: Write = current === undefined ? { insert: entity } : { replace: entity, etag: current }
      const written = await table.write([step, ...rows.slice(start, start + atOnce)])
      if (written === 'conflict') return 'ghost'
      current = written.get(entity.rowKey) ?? ''
    }
    return current ?? ''
  }

  const changed = (before: Held | undefined, after: Held): boolean => before === undefined || canonical(before) !== canonical(after)

  async function stepBefore(loop: Loop, step: string): Promise<StepRow | undefined> {
    const entity = await table.get(instanceOf(loop), stepKey(step))
    return entity && readStep(entity)
  }

  return {
    async intend(loop, tag, held) {
      const before = await stepBefore(loop, tag.step)
      if (before?.etag !== tag.etag) return 'ghost'
      const rows = await heldRows(loop, tag.step)
      const writes = held
        .filter((row) => changed(rows.get(heldKey(tag.step, row.thing.id)), row))
        .map((row) => ({ put: heldEntity(loop, tag.step, row) }))
      const at = now()
      // A crash from here on leaves a row that is due: whoever comes next looks again.
      const fresh = {
        outcome: { kind: 'waiting', problems: [], waits: [], changed: [], owes: [] },
        attempts: 0,
        since: at,
        look: 0,
        inputs: '',
        generation: 0,
        facts: {},
        wake: [],
      } as const
      const row = { ...(before ?? fresh), step: tag.step, ranAt: at, lookAt: at }
      const etag = await guarded(loop, tag.etag, writes, row, row)
      return etag === 'ghost' ? 'ghost' : { etag }
    },

    async record(loop, tag, { held, ...recorded }) {
      const rows = await heldRows(loop, tag.step)
      const keys = new Set(held.map((row) => heldKey(tag.step, row.thing.id)))
      const writes: Write[] = [
        ...held
          .filter((row) => changed(rows.get(heldKey(tag.step, row.thing.id)), row))
          .map((row) => ({ put: heldEntity(loop, tag.step, row) })),
        ...[...rows.keys()].filter((rowKey) => !keys.has(rowKey)).map((rowKey) => ({ remove: { partitionKey: instanceOf(loop), rowKey } })),
      ]
      const row = { step: tag.step, ...recorded }
      const etag = await guarded(loop, tag.etag, writes, { ...row, lookAt: now(), inputs: '' }, row)
      if (etag !== 'ghost') return 'recorded'
      await touch(loop, 'wake')
      return 'ghost'
    },

    async woken(loop, step) {
      const { etag, ...row } = step
      await table.write([{ replace: stepEntity(loop, { ...row, wake: [] }), etag }]) // refused = recorded anew meanwhile, with its own list
    },
  }
}

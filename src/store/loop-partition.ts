// All rows of one loop, read by one query of its partition.
import { instanceOf, type Loop } from '../model/loop.ts'
import type { LedgerEntry } from '../model/managed-object.ts'
import type { StepRow } from '../model/outcome.ts'
import type { LoopRow, Member } from '../ports/rows.ts'
import type { Entity } from './entity.ts'
import { withoutHistory } from './history.ts'
import type { LoopRows } from './loop-rows.ts'
import { loopRow, readLedgerEntry, readLoop, readMember, readStep, stepUpToNow, upToNow } from './rows.ts'
import { filter, type Table } from './table.ts'

type LoopPartition = {
  readonly row: LoopRow
  readonly steps: readonly StepRow[]
  readonly members: readonly Member[]
  readonly tracked: ReadonlyMap<string, readonly LedgerEntry[]>
}

/** `undefined`: there is no such loop. */
export async function readPartition(
  table: Table,
  loop: Loop,
  rows: Pick<LoopRows, 'remember'>,
  now: () => number,
): Promise<LoopPartition | undefined> {
  const steps: StepRow[] = []
  const members: Member[] = []
  const tracked = new Map<string, LedgerEntry[]>()
  let entity: Entity | undefined
  for await (const row of table.query(`${filter`PartitionKey eq ${instanceOf(loop)}`} and ${withoutHistory()}`)) {
    if (row.rowKey === loopRow) entity = row
    else if (row.rowKey.startsWith('step:')) steps.push(stepUpToNow(readStep(row), now()))
    else if (row.rowKey.startsWith('member:')) members.push(readMember(row))
    else if (row.rowKey.startsWith('ledger:')) {
      const { step, tracked: object } = readLedgerEntry(row)
      tracked.set(step, [...(tracked.get(step) ?? []), object])
    }
  }
  rows.remember(loop, entity && readLoop(entity))
  if (!entity) return undefined
  return { row: { ...upToNow(readLoop(entity), now()), loop }, steps, members, tracked }
}

// A loop as others see it: its steps and their facts, its problems, and for an identity its ledger, from which the conditions of connections are
// computed.
import type { Loop } from '../model/loop.ts'
import type { LedgerEntry } from '../model/managed-object.ts'
import type { StepRow } from '../model/outcome.ts'
import type { StepName } from '../model/step-name.ts'
import { type Trouble, troublesOf } from '../model/troubles.ts'
import type { Beside } from '../ports/rows.ts'
import { loopRow, readLedgerEntry, readLoop, readStep, stepUpToNow } from './rows.ts'
import { filter, type Table } from './table.ts'

/** Functions, because the SDK that builds filters is read at first use (docs/adr/0008-sdks-apart.md). */
const steps = (): string => filter`(RowKey ge ${'step:'} and RowKey lt ${'step;'})`
const ledger = (): string => filter`(RowKey ge ${'ledger:'} and RowKey lt ${'ledger;'})`
const own = (): string => filter`RowKey eq ${loopRow}`

/** `undefined`: there is no such loop. */
export async function readBeside(table: Table, partition: string, now: () => number): Promise<Beside | undefined> {
  const rows = partition.startsWith('identity-') ? `${steps()} or ${ledger()} or ${own()}` : `${steps()} or ${own()}`
  let loop: Loop | undefined
  const found: StepRow[] = []
  const entries: { readonly step: StepName; readonly tracked: LedgerEntry }[] = []
  for await (const entity of table.query(`${filter`PartitionKey eq ${partition}`} and (${rows})`)) {
    if (entity.rowKey === loopRow) loop = readLoop(entity).loop
    else if (entity.rowKey.startsWith('ledger:')) entries.push(readLedgerEntry(entity))
    else found.push(stepUpToNow(readStep(entity), now()))
  }
  return loop && besideOf(loop, found, (step) => entries.filter((one) => one.step === step).map((one) => one.tracked))
}

export function besideOf(loop: Loop, rows: readonly StepRow[], trackedBy: Beside['tracked']): Beside {
  const troubles: readonly Trouble[] = rows.flatMap(troublesOf)
  const facts: Record<string, unknown> = Object.assign({}, ...rows.map((row) => row.facts))
  return { loop, steps: rows, tracked: trackedBy, facts: troubles.length > 0 ? { ...facts, troubles } : facts }
}

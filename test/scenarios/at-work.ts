// Whether the app has come to rest, as its own rows say.
import { isGood, type OutcomeKind } from '../../src/model/outcome.ts'

type Row = Readonly<Record<string, unknown>>

/** Loops that are due, and steps that have not come to a good end, in words. A step that could not even be recorded leaves its loop due. */
export function atWork(rows: readonly Row[], now: number): readonly string[] {
  const due = rows.filter(({ RowKey, dueAt }) => RowKey === 'loop' && Date.parse(String(dueAt)) <= now)
  const steps = rows.filter(({ RowKey }) => String(RowKey).startsWith('step:'))
  const kinds = steps.map(({ step, outcome }) => ({ step, ...(JSON.parse(String(outcome)) as { kind: OutcomeKind }) }))
  return [
    ...due.map(({ PartitionKey }) => `${String(PartitionKey)} is due`),
    ...kinds.filter((one) => !isGood(one)).map(({ step, kind }) => `${String(step)} is ${kind}`),
  ]
}

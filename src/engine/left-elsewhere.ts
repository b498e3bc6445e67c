// What a forgotten connection leaves behind in the loops that it shared: what the app could not reach or may not delete, with commands that a person can
// run; and what stays because its author wants that. No one else would report it: those loops have no author who asks.
import { loopsOf } from '../model/connection.ts'
import type { LedgerEntry } from '../model/managed-object.ts'
import { reasonsOf, warningOf } from '../model/progress.ts'
import type { Snapshot } from '../ports/rows.ts'
import type { Store } from '../ports/store.ts'
import { stepsOf } from '../steps/program.ts'

export async function leftElsewhere({ row: { self } }: Snapshot, store: Pick<Store, 'read'>): Promise<string | undefined> {
  if (!self) return undefined
  const shared = (await Promise.all(loopsOf(self).map((loop) => store.read(loop)))).filter((snapshot) => snapshot !== undefined)
  const left = shared.flatMap(({ row: { loop }, view, steps }) =>
    stepsOf(loop.kind).map(({ name }) => {
      const tracked = view
        .tracked(name)
        .filter(({ ownership, object }) => ownership === 'orphaned' && (object.of === undefined || object.of === self.key))
      const rows = tracked.length > 0 ? steps.filter(({ step }) => step === name) : []
      return { tracked, reasons: reasonsOf(rows) }
    }),
  )
  // In the steps' own order: what belongs to an identity is deleted before it.
  const backwards = left.toReversed()
  const tracked = backwards.flatMap((one) => one.tracked)
  const reasons = backwards.flatMap((one) => one.reasons)
  const kept = shared.flatMap(({ row: { loop }, view }) =>
    stepsOf(loop.kind).flatMap(({ name }) => view.tracked(name).filter(({ keptFor = [] }) => keptFor.includes(self.key))),
  )
  const told = [...(tracked.length > 0 ? [warningOf(tracked, reasons)] : []), ...(kept.length > 0 ? [keptText(kept)] : [])]
  return told.length > 0 ? told.join(' ') : undefined
}

const keptText = (kept: readonly LedgerEntry[]): string =>
  `Kept with its Secret, as onDelete says, and not looked after any more: ${kept.map(({ object }) => object.summary).join(', ')}.`

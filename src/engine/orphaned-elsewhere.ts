// Objects that a forgotten connection orphans in the loops that it shared: the app could not reach them or may not delete them. No one else would
// report them: those loops have no author who asks. Each comes with commands that a person can run.
import { loopsOf } from '../model/connection.ts'
import { reasonsOf, warningOf } from '../model/progress.ts'
import type { Snapshot, Store } from '../ports/store.ts'
import { stepsOf } from '../steps/program.ts'

export async function orphanedElsewhere({ row: { self } }: Snapshot, store: Pick<Store, 'read'>): Promise<string | undefined> {
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
  return tracked.length > 0 ? warningOf(tracked, reasons) : undefined
}

// What a connection leaves behind in the loops that it shared, when it is forgotten: things that the app could not reach or may not take back.
// Nobody else would tell: those loops have no author who asks. The lines that a person can run stand beside them.
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
  // As the steps themselves would: what belongs to an identity goes before it.
  const backwards = left.toReversed()
  const tracked = backwards.flatMap((one) => one.tracked)
  const reasons = backwards.flatMap((one) => one.reasons)
  return tracked.length > 0 ? warningOf(tracked, reasons) : undefined
}

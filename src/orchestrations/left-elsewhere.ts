// What a connection leaves behind in the loops that it shared, when it is forgotten: things that the app could not reach or may not take back.
// Nobody else would tell: those loops have no author who asks. The lines that a person can run stand beside them.
import { loopsOf } from '../domain/connection.ts'
import { reasonsOf, warningOf } from '../domain/progress.ts'
import { stepsOf } from '../steps/program.ts'
import type { Snapshot, Store } from '../steps/store.ts'

export async function leftElsewhere({ row: { self } }: Snapshot, store: Pick<Store, 'read'>): Promise<string | undefined> {
  if (!self) return undefined
  const shared = (await Promise.all(loopsOf(self).map((loop) => store.read(loop)))).filter((snapshot) => snapshot !== undefined)
  const left = shared.flatMap(({ row: { loop }, view, steps }) =>
    stepsOf(loop.kind).map(({ name }) => {
      const held = view.held(name).filter(({ hold, thing }) => hold === 'left-behind' && (thing.of === undefined || thing.of === self.key))
      const rows = held.length > 0 ? steps.filter(({ step }) => step === name) : []
      return { held, reasons: reasonsOf(rows) }
    }),
  )
  // As the steps themselves would: what belongs to an identity goes before it.
  const backwards = left.toReversed()
  const held = backwards.flatMap((one) => one.held)
  const reasons = backwards.flatMap((one) => one.reasons)
  return held.length > 0 ? warningOf(held, reasons) : undefined
}

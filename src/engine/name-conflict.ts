// A tag whose name belongs to another author's connection is suppressed, and the cluster's loop reports that (steps/cluster/read-declarations.ts).
// Nothing that the cluster reads tells it that the name is free again: the connection does, once it is gone.
import type { Snapshot } from '../ports/rows.ts'
import type { Store, Wake } from '../ports/store.ts'

export async function notifyNameConflict(
  { row: { self } }: Snapshot,
  { store, wake }: { readonly store: Store; readonly wake: Wake },
): Promise<void> {
  const cluster = self && (await store.read(self.cluster))
  const problems = cluster?.steps.flatMap(({ outcome }) => outcome.problems) ?? []
  if (!self || !problems.some(({ code, of }) => code === 'DeclaredElsewhere' && of === self.key)) return
  if ((await store.touch(self.cluster, 'event')) === 'wake') await wake(self.cluster)
}

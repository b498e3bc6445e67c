// A tag whose name somebody else's connection has is kept back, and the cluster's loop says so in a problem (steps/cluster/read-declarations.ts). Nothing
// that the cluster looks at tells it that the name is free again: the connection does, when it is gone.
import type { Snapshot, Store, Wake } from '../ports/store.ts'

export async function notifyNameConflict(
  { row: { self } }: Snapshot,
  { store, wake }: { readonly store: Store; readonly wake: Wake },
): Promise<void> {
  const cluster = self && (await store.read(self.cluster))
  const problems = cluster?.steps.flatMap(({ outcome }) => outcome.problems) ?? []
  if (!self || !problems.some(({ code, of }) => code === 'DeclaredElsewhere' && of === self.key)) return
  if ((await store.touch(self.cluster, 'event')) === 'wake') await wake(self.cluster)
}

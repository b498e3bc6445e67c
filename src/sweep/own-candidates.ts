// This installation's objects that no connection of the store would have: the members of the cluster's loop tell of most objects at once, and for the
// rest the owner itself is read, after the object was listed. An owner is always stored before its objects are made.
import { managedIdOf } from '../model/kubernetes-kind.ts'
import { type ListedObject, suspectId } from '../model/leftover.ts'
import type { Loop } from '../model/loop.ts'
import { kubernetesAnnotations } from '../model/names.ts'
import type { Store } from '../ports/store.ts'
import type { Candidate } from './candidate.ts'
import { asKey, type Expected, expectedOf, isExpected, ownersOf, unproven } from './own-objects.ts'

export async function ownCandidates(
  objects: readonly ListedObject[],
  expected: Expected,
  suspected: ReadonlySet<string>,
  cluster: Loop<'cluster'>,
  store: Pick<Store, 'sweeps'>,
): Promise<readonly Candidate[]> {
  const found: Candidate[] = []
  for (const object of objects) {
    // One that was taken for left over, or says so itself, is judged once more: its mark goes.
    const isMarked =
      suspected.has(suspectId(cluster, object, object.uid)) || object.annotations[kubernetesAnnotations.leftOverSince] !== undefined
    if (!isMarked && isExpected(object, expected)) continue
    const isOwned = (): Promise<boolean> => hasOwner(object, cluster, store)
    const reason = unproven(object, cluster)
    found.push({
      object,
      product: 'installation',
      isOwned: isExpected(object, expected) || (await isOwned()),
      isStillLeft: async () => !(await isOwned()),
      ...(reason === undefined ? {} : { unproven: reason }),
    })
  }
  return found
}

/**
 * A loop that is being removed still owns its objects: it deletes them itself, and what it could not delete is in its ledger. A loop that knows nothing
 * of this object has lost it: an attempt that was overtaken, or a copy.
 */
async function hasOwner(object: ListedObject, cluster: Loop<'cluster'>, store: Pick<Store, 'sweeps'>): Promise<boolean> {
  for (const owner of ownersOf(object)) {
    for (const kind of ['connection', 'identity'] as const) {
      const found = await store.sweeps.look({ kind, key: asKey(owner) })
      if (!found) continue
      const { self, members, tracked } = found
      // Members of the cluster were read before the list, and the owner after it.
      const isTheirs = isExpected(object, expectedOf(self ? [self, ...members] : members))
      if (isTheirs || object.kind === 'ConfigMap' || tracked.has(managedIdOf(cluster, object))) return true
    }
  }
  return object.kind === 'ConfigMap' && (await isOfTags(object, cluster, store))
}

/** Of tags that could not become connections the cluster's loop writes the status. */
async function isOfTags(object: ListedObject, cluster: Loop<'cluster'>, { sweeps }: Pick<Store, 'sweeps'>): Promise<boolean> {
  const { tracked = new Set<string>() } = (await sweeps.look(cluster)) ?? {}
  return [...tracked].some((id) => id.startsWith(`${managedIdOf(cluster, object)}/`))
}

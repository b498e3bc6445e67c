// Which of a connection's objects are there, and which rotation of its target's keys they have followed.
import { authTypeOf } from '../../auth/catalogue.ts'
import type { ManagedObject, ObservedState } from '../../model/managed-object.ts'
import type { View } from '../../model/view.ts'

/** An object that cannot be read counts as before; one that is being deleted does not count any more. */
export const stillThere = <T extends ManagedObject>(objects: readonly T[], observed: readonly ObservedState[]): readonly T[] => {
  const isStill = (one: ObservedState): boolean => one.state === 'same' || (one.state === 'unknown' && !one.going)
  const there = new Set(observed.filter(isStill).map(({ id }) => id))
  return objects.filter(({ id }) => there.has(id))
}

/**
 * The rotation of the target's keys (by when it was requested) whose key the desired Secrets have; other objects have no key. `before`: as last seen;
 * once they had it, only another rotation changes that.
 */
export function rotationSeen(
  desired: readonly ManagedObject[],
  observed: readonly ObservedState[],
  { self, of }: View<'connection'>,
  before: number | undefined,
): number | undefined {
  const rotation = self && authTypeOf(self).secret === 'fetched' ? of(self.target).keys?.rotation : undefined
  const same = new Set(observed.filter(({ state }) => state === 'same').map(({ id }) => id))
  const secrets = desired.filter(({ kind }) => kind === 'Secret')
  const isWritten = secrets.length > 0 && secrets.every(({ id }) => same.has(id))
  return rotation !== undefined && isWritten ? rotation : before
}

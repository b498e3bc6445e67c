// Limited capacity: rules of a firewall, credentials of an identity.

/** Existing ones stay; of new ones as many as there is room for. `left` has no room. */
export function fitting<T>(
  objects: readonly T[],
  isThere: (object: T) => boolean,
  room: number,
): { readonly fits: readonly T[]; readonly left: readonly T[] } {
  if (objects.length <= room) return { fits: objects, left: [] }
  const ordered = [...objects.filter(isThere), ...objects.filter((object) => !isThere(object))]
  const fits = ordered.slice(0, Math.max(0, room))
  return { fits, left: objects.filter((object) => !fits.includes(object)) }
}

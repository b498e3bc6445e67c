// Limited room, shared among the namespaces of a cluster: whatever the others write, a namespace that needs no more than its equal share gets all of it.
// Fair queueing: each item is due once its namespace has used as much as it and the items before it need; who has used the least is served first.
// https://en.wikipedia.org/wiki/Fair_queuing

/** `sizeOf`: in the unit of `room`. Of equal claims, those that stand first in `items`. What is kept stays in that order. */
export function fairShare<T extends { readonly namespace?: string }>(
  items: readonly T[],
  sizeOf: (item: T) => number,
  room: number,
): readonly T[] {
  const used = new Map<string | undefined, number>()
  const claims = items.map((item) => {
    const due = (used.get(item.namespace) ?? 0) + sizeOf(item)
    used.set(item.namespace, due)
    return { item, due }
  })
  let taken = 0
  const kept = new Set<T>()
  for (const { item } of claims.toSorted((a, b) => a.due - b.due)) {
    taken += sizeOf(item)
    if (taken > room) break
    kept.add(item)
  }
  return items.filter((item) => kept.has(item))
}

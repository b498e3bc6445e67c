// A monotonic clock for measurements within one process: if the machine's clock goes back (a correction after a wrong boot, a resumed virtual
// machine), this one continues from where it was. Otherwise a budget or a cache would wait until the old time is reached again.

/** Its values are only comparable with each other, not with stored moments. */
export function steady(now: () => number): () => number {
  let last = now()
  let at = last
  return () => {
    const read = now()
    at += Math.max(0, read - last)
    last = read
    return at
  }
}

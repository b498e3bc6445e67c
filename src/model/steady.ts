// A clock for what one process measures: it never goes back, and where the machine's clock does (a correction after a wrong boot, a resumed virtual
// machine), it goes on from where it stood. Otherwise a budget or a cache would wait until the old time has come again.

/** The answers are comparable with each other only, not with moments that are stored. */
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

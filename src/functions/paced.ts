// Many small pieces of work, a few at a time: a fleet has thousands of loops, and a table and a task hub have limits.

/** Calls `work` for each item, at most `atOnce` at a time; the results come in the items' order. */
export async function paced<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  atOnce: number,
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: Promise<R>[] = []
  const running = new Set<Promise<unknown>>()
  for await (const item of items) {
    const result = work(item)
    const done = (): void => void running.delete(settled)
    const settled: Promise<void> = result.then(done, done)
    running.add(settled)
    results.push(result)
    if (running.size >= atOnce) await Promise.race(running)
  }
  return await Promise.all(results)
}

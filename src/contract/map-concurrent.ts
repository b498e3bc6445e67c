// Many small pieces of work, a few at a time: a fleet has thousands of loops, and a table and a task hub have limits.

/** Calls `work` for each item, at most `atOnce` at a time; the results come in the items' order. Throws what the first of them threw. */
export async function mapConcurrent<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  atOnce: number,
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: Promise<R>[] = []
  const running = new Set<Promise<unknown>>()
  let failed = false
  for await (const item of items) {
    const result = work(item)
    const done = (): void => void running.delete(settled)
    const settled: Promise<void> = result.then(done, () => {
      failed = true
      done()
    })
    running.add(settled)
    results.push(result)
    if (running.size >= atOnce) await Promise.race(running)
    // What is begun ends; nothing more is begun where the table, say, refuses to be written.
    if (failed) break
  }
  return await Promise.all(results)
}

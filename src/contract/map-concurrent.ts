// Many small pieces of work with limited concurrency: a fleet has thousands of loops, and a table and a task hub have limits.

/** Calls `work` for each item, at most `atOnce` at a time; results are in the items' order. Throws the first error. */
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
    // Work that has begun is completed; nothing more begins after a failure, such as a table that refuses writes.
    if (failed) break
  }
  return await Promise.all(results)
}

// Many who want to know the same at the same time ask once. Whoever comes while a read is under way gets the next one, which begins after he
// asked: so nobody is told anything older than his question, and nothing is kept. A fleet that connects reads its policies a thousand times.
export function sharedRead<T>(read: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const running = new Map<string, Promise<unknown>>()
  const next = new Map<string, Promise<T>>()

  const begin = (key: string): Promise<T> => {
    next.delete(key)
    const answer = read(key)
    const done = (): void => {
      if (running.get(key) === settled) running.delete(key)
    }
    const settled: Promise<void> = answer.then(done, done)
    running.set(key, settled)
    return answer
  }

  return (key) => {
    const before = running.get(key)
    if (!before) return begin(key)
    const waiting = next.get(key) ?? before.then(() => begin(key))
    next.set(key, waiting)
    return waiting
  }
}

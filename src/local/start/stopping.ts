// Ctrl-C: an orderly but quick stop. What is cut short is done again after the next start, so hurrying is safe.
//
// npm passes on the signal that the terminal has already sent to all processes: a second one counts only when a person can have sent it.

export type Running = { stop(): Promise<void> }

const longest = 3_000
const tooSoonForAPerson = 500

export async function untilStopped(running: Running, say: (text: string) => void): Promise<void> {
  await new Promise<void>((stopped) => {
    let since: number | undefined
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => {
        if (since === undefined) {
          since = Date.now()
          say('\nStopping …')
          stopped()
        } else if (Date.now() - since > tooSoonForAPerson) process.exit(130)
      })
  })
  await within(longest, running.stop())
  say('Stopped.')
}

/** Resolves when `work` is done, or when the time is over. */
export async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const over = Promise.withResolvers<void>()
  const timer = setTimeout(over.resolve, ms)
  try {
    await Promise.race([work, over.promise])
  } finally {
    clearTimeout(timer)
  }
}

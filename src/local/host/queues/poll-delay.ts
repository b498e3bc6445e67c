// How long a queue trigger waits before it asks again: a moment after it found something, then longer and longer, with jitter.
// https://github.com/Azure/azure-webjobs-sdk/blob/dev/src/Microsoft.Azure.WebJobs.Host/Timers/RandomizedExponentialBackoffStrategy.cs

const shortest = 100
const jitter = 0.2

/** @param longest milliseconds @param random 0 ≤ x < 1 */
export function pollDelays(longest: number, random: () => number = Math.random): { next(found: boolean): number } {
  let misses = 0
  return {
    next(found) {
      misses = found ? 0 : misses + 1
      const step = misses === 0 ? 0 : shortest * (1 - jitter + 2 * jitter * random()) * 2 ** (misses - 1)
      return Math.min(longest, Math.round(shortest + step))
    },
  }
}

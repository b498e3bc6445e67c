// Stored moments, and clocks that can jump: ahead until they are corrected, or the clock of another app instance. A delay that counts from such a
// moment counts from now at the latest. Otherwise a patience, grace period or pause would be extended by the clock's error. A clock that jumps ahead
// cannot be told from an app that did not run: whatever is then due is read first, and only the result of that read is acted on.

export const past = (at: number, now: number): number => Math.min(at, now)

/** `after` a stored moment: never further in the future than that. */
export const within = (until: number, now: number, after: number): number => Math.min(until, now + after)

/** Written by a clock that was ahead; clocks of instances differ by a few seconds. */
export const isAhead = (at: number, now: number): boolean => at > now + 60_000

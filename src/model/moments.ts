// Moments that were stored, and a clock that can jump: ahead until somebody sets it right, or of another instance of the app. What is counted from such
// a moment counts from now, at the latest. Otherwise a patience, a grace or a pause would last for as long as the clock was wrong, on top of itself.
// A clock that jumps ahead cannot be told from an app that did not run: then what is due is looked at, and only what that look finds is acted on.

export const past = (at: number, now: number): number => Math.min(at, now)

/** `after` from a stored moment: never further away than that. */
export const within = (until: number, now: number, after: number): number => Math.min(until, now + after)

/** Written by a clock that was ahead; clocks of instances differ by some seconds. */
export const isAhead = (at: number, now: number): boolean => at > now + 60_000

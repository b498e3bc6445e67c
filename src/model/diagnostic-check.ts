// The result of a diagnosis: one check for each object that people inspect by hand when a connection does not work.
import type { Problem } from './problem.ts'

export type DiagnosticCheck = {
  /** `extension sc-extension`, `job sc-job`. */
  readonly about: string
  /** `absent` is not an error by itself: the text says whether the object should exist. `unknown`: it could not be read, and the problem says why. */
  readonly state: 'well' | 'unwell' | 'absent' | 'unknown'
  readonly text: string
  /** Statuses, conditions, log lines: redacted. */
  readonly lines?: readonly string[]
  readonly problem?: Problem
}

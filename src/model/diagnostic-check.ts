// What a diagnosis answers: one finding for each thing that people look at by hand when a connection does not work.
import type { Problem } from './problem.ts'

export type DiagnosticCheck = {
  /** `extension sc-extension`, `job sc-job`. */
  readonly about: string
  /** `absent` is not wrong by itself: the text says whether it should be there. `unknown`: it could not be read, the problem says why. */
  readonly state: 'well' | 'unwell' | 'absent' | 'unknown'
  readonly text: string
  /** Statuses, conditions, lines of a log: redacted. */
  readonly lines?: readonly string[]
  readonly problem?: Problem
}

// One row of the tables that say what a refusal means (rules.ts).
import type { Code } from '../model/code.ts'
import type { FailureClass } from './failure.ts'

export type Rule = {
  readonly status?: number | readonly [number, number]
  readonly code?: RegExp
  /** In any text of the answer, including nested ones. */
  readonly text?: RegExp
  readonly class: FailureClass
  readonly is: Code
}

// What other loops should know is wrong in a loop, in short: readers are woken when it changes, and read the details when needed. Codes only, because
// texts can differ from one attempt to the next.
import type { Code } from './code.ts'
import type { Key } from './loop.ts'
import type { OutcomeKind, StepRow } from './outcome.ts'
import { type Concern, concerns, isWarning } from './problem.ts'
import type { StepName } from './step-name.ts'

export type Trouble = Concern & { readonly step: StepName; readonly code: Code }

/** What passes by itself is not a trouble yet. */
const persistent: ReadonlySet<OutcomeKind> = new Set(['blocked', 'reported', 'unknown'])

export const troublesOf = ({ step, outcome }: Pick<StepRow, 'step' | 'outcome'>): readonly Trouble[] =>
  outcome.problems
    .filter((problem) => persistent.has(outcome.kind) || isWarning(problem))
    .map(({ code, of, users }) => ({ step, code, ...(of === undefined ? {} : { of }), ...(users === undefined ? {} : { users }) }))

/** Those of one member, as text for comparison. */
export const troublesFor = (troubles: readonly Trouble[], key: Key): readonly string[] =>
  [...new Set(troubles.filter((trouble) => concerns(trouble, key)).map(({ step, code }) => `${step} ${code}`))].sort()

// The results of `validateLinker`, from what the four loops know. They never contradict the state that GET answers: nothing fails while it is
// `Succeeded`, and something does while it is `Failed`. What is not known yet is a warning, not a success.
import type { Code } from '../model/code.ts'
import type { Connection } from '../model/connection.ts'
import type { Key } from '../model/loop.ts'
import { isGood, type StepRow } from '../model/outcome.ts'
import { isWarning, type Problem } from '../model/problem.ts'
import { type ConnectionState, countingLoops, type Progress, progressOf } from '../model/progress.ts'
import type { StepName } from '../model/step-name.ts'
import { ownKind, ownProblems, ownWaits, type StepNames } from '../model/timeline.ts'
import { configured, type Item, itemsOf, secretItem } from './validation-items.ts'

export type ValidationItem = {
  readonly name: string
  readonly description: string | null
  readonly result: 'success' | 'failure' | 'warning'
  readonly errorCode?: string
  readonly errorMessage?: string
  /** Of the Secret. */
  readonly keys?: readonly SecretKey[]
}
/** `sha256`: of a value that is no secret; `null`: of a credential, or not known yet. */
export type SecretKey = { readonly name: string; readonly sha256: string | null }
export type Validation = { readonly isAvailable: boolean; readonly items: readonly ValidationItem[] }

/** In words, and by which step. */
type Told = { readonly by: StepName; readonly text: string; readonly code?: Code }
export type ValidationInput = {
  readonly state: ConnectionState
  readonly names: StepNames
  readonly now: number
  /** What the Secret waits for, according to the facts. */
  readonly missing: readonly Told[]
  /** What cannot be known. */
  readonly conditions: readonly Told[]
  readonly keys?: readonly SecretKey[]
}

export function validationOf(input: ValidationInput): Validation {
  const { state, names, now } = input
  const progress = progressOf(state, names, now)
  const rows = countingLoops(state, names).flatMap(({ loop, steps }) =>
    // A former generation of the connection says nothing about this one.
    loop.kind === 'connection' ? steps.filter((row) => row.generation >= state.self.generation) : steps,
  )
  const results = itemsOf(state.self).flatMap((item) => resultOf(item, rows, progress, input) ?? [])
  return {
    isAvailable: progress.status === 'Succeeded' && !state.removing,
    items: progress.status === 'Failed' ? withFailure(results, progress) : results,
  }
}

function resultOf(item: Item, all: readonly StepRow[], progress: Progress, input: ValidationInput): ValidationItem | undefined {
  const { self, removing } = input.state
  const rows = all.filter(({ step }) => item.steps.includes(step))
  const problems = rows.flatMap((row) => troublesOf(row, self.key, removing))
  const [serious] = problems.filter((problem) => !isWarning(problem))
  const stuck = progress.status === 'Failed' ? rows.flatMap((row) => stuckOf(row, self.key, progress.waits)) : []
  // What was found a moment ago and is tried again does not count yet: the connection is as it was.
  if (serious && progress.status !== 'Succeeded') return failed(item.name, serious.code, sentencesOf(serious))
  if (stuck[0] !== undefined) return failed(item.name, 'WaitingForPerson', stuck[0])
  const isShown = item.isFor(self, input.names)
  if (!isShown && problems.length === 0) return undefined
  const doubts = [...problems.map(sentencesOf), ...(isShown ? doubtsOf(item, rows, input) : [])]
  const keys = item.name === secretItem && input.keys ? { keys: input.keys } : {}
  return { name: item.name, description: doubts[0] ?? null, result: doubts.length === 0 ? 'success' : 'warning', ...keys }
}

/** Why it is not known to be so, or how far it is. */
function doubtsOf({ steps, conditions: codes = [] }: Item, rows: readonly StepRow[], input: ValidationInput): readonly string[] {
  const { state, names, missing, conditions } = input
  if (state.removing) return ['The connection is being removed.']
  const told = (all: readonly Told[]): readonly string[] => all.filter(({ by }) => steps.includes(by)).map(({ text }) => text)
  const waits = rows.flatMap((row) => ownWaits(row, state.self.key).map(({ text }) => `${text}.`))
  const running = rows.filter((row) => !isGood({ kind: ownKind(row, state.self.key) })).map(({ step }) => `The step ${step} has not ended.`)
  const isPending = steps.some((step) => isExpected(step, state.self, names) && !rows.some((row) => row.step === step))
  return [
    ...told(missing).map((text) => `waiting until ${text}.`),
    ...waits,
    ...running,
    ...(isPending ? ['It has not been looked at yet.'] : []),
    ...conditions
      .filter(({ by, code }) => (code !== undefined && isClaimed(code, state.self) ? codes.includes(code) : steps.includes(by)))
      .map(({ text }) => text),
  ].map(sentence)
}

/** An item of its own tells it. */
const isClaimed = (code: Code, self: Connection): boolean => itemsOf(self).some(({ conditions = [] }) => conditions.includes(code))

/** Steps whose rows say nothing about the connection are not waited for. */
const isExpected = (step: StepName, self: Connection, names: StepNames): boolean =>
  (step !== 'read-declarations' || self.origin !== 'http') && Object.values(names).some((all: readonly StepName[]) => all.includes(step))

const troublesOf = (row: StepRow, key: Key, removing: boolean): readonly Problem[] =>
  ownProblems(row, key, removing).filter((problem) => isWarning(problem) || !isGood({ kind: ownKind(row, key, removing) }))

const stuckOf = (row: StepRow, key: Key, waits: readonly string[]): readonly string[] =>
  ownWaits(row, key)
    .map(({ text }) => text)
    .filter((text) => waits.includes(text))
    .map((text) => `${sentence(text)}.`)

/** What has failed for a reason that is no step's own: no step ran, or an operation of Azure does not end. */
function withFailure(items: readonly ValidationItem[], { problems, waits }: Progress & { readonly status: 'Failed' }) {
  if (items.some(({ result }) => result === 'failure')) return items
  const [problem] = problems
  const [wait = 'It has failed for no recorded reason'] = waits
  const failure = problem
    ? failed(configured, problem.code, sentencesOf(problem))
    : failed(configured, 'WaitingForPerson', `${sentence(wait)}.`)
  return items.map((item) => (item.name === configured ? failure : item))
}

const failed = (name: string, errorCode: string, errorMessage: string): ValidationItem => ({
  name,
  description: null,
  result: 'failure',
  errorCode,
  errorMessage,
})

const sentencesOf = ({ text, cause, remediation }: Problem): string => `${text} ${cause} ${remediation}`
const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`

// An operation under way: it is asked first, and nothing else of its step is done while it runs. One that has taken an hour is told of; one that has
// taken longer than its step grants is given up, and a look tells what has become of it: ARM keeps no promise that an operation ever ends.

import type { AnyStep } from '../contract/digest.ts'
import { closed, failure, operationFailed } from '../contract/failures.ts'
import { problemOf } from '../errors/catalogue.ts'
import { Failure } from '../errors/failure.ts'
import type { Key } from '../model/loop.ts'
import type { LedgerEntry } from '../model/managed-object.ts'
import { past } from '../model/moments.ts'
import { hour, type Operation } from '../model/outcome.ts'
import { timeText } from '../model/words.ts'
import type { OperationState, Ports } from '../ports/ports.ts'
import type { AttemptResult } from './attempt-result.ts'

/** `unreadable`: it may not be asked for, so only a look can tell whether it has ended; the right that is missing is told. */
export type Ended = Operation & { readonly failure?: Failure; readonly unreadable?: Failure }
type UnderWay = Pick<AttemptResult, 'problems' | 'started' | 'retryAfterMs'>

export async function pollOperation(
  step: AnyStep,
  before: Operation | undefined,
  tracked: readonly LedgerEntry[],
  ports: Ports,
): Promise<Ended | { readonly underWay: UnderWay } | undefined> {
  if (!before) return undefined
  const operation: Operation = { ...before, startedAt: past(before.startedAt, ports.now()) }
  const age = ports.now() - operation.startedAt
  const isEndless = age >= (step.operationLimitMs ?? hour)
  let state: OperationState
  try {
    state = await ports.arm.operation(operation.url)
  } catch (error) {
    const input = failure(error, `ask for the operation '${operation.what}'`)
    if (closed(input) && !isEndless) return { ...operation, unreadable: input }
    const { retryAfterMs } = input.fields
    state = { state: 'running', ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
  }
  if (state.state === 'done') return operation
  if (state.state === 'failed') return { ...operation, failure: operationFailed(operation, state) }
  const about = { what: operation.what, since: timeText(operation.startedAt) }
  if (isEndless) return { ...operation, failure: new Failure({ class: 'transient', code: 'OperationEndless', about }) }
  return {
    underWay: {
      started: operation,
      problems: age < hour ? [] : [{ ...problemOf({ code: 'OperationSlow', about }), ...concerned(operation, tracked) }],
      ...(state.retryAfterMs === undefined ? {} : { retryAfterMs: state.retryAfterMs }),
    },
  }
}

/** The one member that it is for. */
function concerned({ objects }: Operation, tracked: readonly LedgerEntry[]): { readonly of?: Key } {
  const members = new Set(tracked.filter(({ object }) => objects?.includes(object.id) ?? true).map(({ object }) => object.of))
  const [first] = members
  return members.size === 1 && first !== undefined ? { of: first } : {}
}

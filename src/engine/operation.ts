// An operation in progress: it is polled first, and its step does nothing else while it runs. After an hour it is reported; after its step's limit it
// is given up, and a read tells its result: ARM does not promise that an operation ever ends.

import type { AnyStep } from '../contract/digest.ts'
import { failure, operationFailed } from '../contract/failures.ts'
import { problemOf } from '../errors/catalogue.ts'
import { closed, Failure } from '../errors/failure.ts'
import type { Key } from '../model/loop.ts'
import type { LedgerEntry } from '../model/managed-object.ts'
import { past } from '../model/moments.ts'
import { hour, type Operation } from '../model/outcome.ts'
import { timeText } from '../model/words.ts'
import type { OperationState } from '../ports/azure.ts'
import type { Ports } from '../ports/ports.ts'
import type { AttemptResult } from './attempt-result.ts'

/** `unreadable`: polling it is refused, so only a read can tell whether it has ended; the missing right is reported. */
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
    const refusal = failure(error, `ask for the operation '${operation.what}'`)
    if (closed(refusal) && !isEndless) return { ...operation, unreadable: refusal }
    const { retryAfterMs } = refusal.fields
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

/** The one member that it serves. */
function concerned({ objects }: Operation, tracked: readonly LedgerEntry[]): { readonly of?: Key } {
  const members = new Set(tracked.filter(({ object }) => objects?.includes(object.id) ?? true).map(({ object }) => object.of))
  const [first] = members
  return members.size === 1 && first !== undefined ? { of: first } : {}
}

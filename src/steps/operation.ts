// An operation under way: it is asked first, and nothing else of its step is done while it runs. One that has taken an hour is told of; one that has
// taken longer than its step grants is given up, and a look tells what has become of it: ARM keeps no promise that an operation ever ends.
import type { Key } from '../domain/loop.ts'
import { past } from '../domain/moments.ts'
import { hour, type Operation } from '../domain/outcome.ts'
import type { Held } from '../domain/thing.ts'
import { problemOf } from '../errors/catalogue.ts'
import { Failure } from '../errors/failure.ts'
import type { AnyStep } from './digest.ts'
import { closed, failure, operationFailed } from './failures.ts'
import type { Findings } from './findings.ts'
import type { OperationState, Ports } from './ports.ts'
import { timeText } from './words.ts'

/** `unreadable`: it may not be asked for, so only a look can tell whether it has ended; the right that is missing is told. */
type Ended = Operation & { readonly failure?: Failure; readonly unreadable?: Failure }
type UnderWay = Pick<Findings, 'problems' | 'started' | 'retryAfterMs'>

export async function askOperation(
  step: AnyStep,
  before: Operation | undefined,
  held: readonly Held[],
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
    const asked = failure(error, `ask for the operation '${operation.what}'`)
    if (closed(asked) && !isEndless) return { ...operation, unreadable: asked }
    const { retryAfterMs } = asked.fields
    state = { state: 'running', ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
  }
  if (state.state === 'done') return operation
  if (state.state === 'failed') return { ...operation, failure: operationFailed(operation, state) }
  const about = { what: operation.what, since: timeText(operation.startedAt) }
  if (isEndless) return { ...operation, failure: new Failure({ class: 'transient', code: 'OperationEndless', about }) }
  return {
    underWay: {
      started: operation,
      problems: age < hour ? [] : [{ ...problemOf({ code: 'OperationSlow', about }), ...concerned(operation, held) }],
      ...(state.retryAfterMs === undefined ? {} : { retryAfterMs: state.retryAfterMs }),
    },
  }
}

/** The one member that it is for. */
function concerned({ things }: Operation, held: readonly Held[]): { readonly of?: Key } {
  const members = new Set(held.filter(({ thing }) => things?.includes(thing.id) ?? true).map(({ thing }) => thing.of))
  const [first] = members
  return members.size === 1 && first !== undefined ? { of: first } : {}
}

// Failures and reports that an attempt itself can tell: an operation that failed, a change without effect, a change not to be made.
import type { Fault, Problem } from '../domain/problem.ts'
import type { Change } from '../domain/thing.ts'
import type { View } from '../domain/view.ts'
import { problemOf } from '../errors/catalogue.ts'
import { Failure } from '../errors/failure.ts'
import type { AnyStep, Mode } from './digest.ts'

export const failure = (error: unknown, doing: string): Failure => {
  if (error instanceof Failure) return error
  const message = error instanceof Error ? error.message : String(error)
  return new Failure({ class: 'transient', code: 'Unexpected', about: { doing, message } })
}

/** A door that will not open by waiting: a right is missing, a lock, a policy. */
export const closed = ({ fields }: Failure): boolean => fields.class === 'permission' || fields.class === 'person'

export const operationFailed = (what: string, state: { readonly code: string; readonly message: string }): Failure => {
  const busy = /preempt|conflict|etag|in.progress/i.test(`${state.code} ${state.message}`)
  return new Failure({
    class: busy ? 'busy' : 'person',
    code: busy ? 'Busy' : 'OperationFailed',
    about: { doing: what, code: state.code, message: state.message },
  })
}

export const noEffect = (what: string, changes: readonly Change[]): Failure =>
  new Failure({
    class: 'replication',
    code: 'ChangeHadNoEffect',
    about: { doing: what, things: changes.map((change) => change.thing.summary).join(', ') },
  })

export function reportOf(step: AnyStep, changes: readonly Change[], view: View, mode: Mode): Problem {
  const code = step.changesCluster ? 'NotChangingClusters' : 'ReportOnly'
  const fault: Fault = {
    code,
    about: {
      step: step.name,
      mode,
      changes: changes.map((change) => `${change.action} ${change.thing.summary}`).join(', '),
      id: view.loop.id,
    },
  }
  const commands = step.byHand?.(changes, view)
  return { ...problemOf(fault), ...(commands ? { commands } : {}) }
}

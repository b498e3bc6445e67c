// Failures and reports that an attempt itself produces: a failed operation, a change without effect, a change that must not be made.

import { problemOf } from '../errors/catalogue.ts'
import { failureOf } from '../errors/classify.ts'
import { Failure } from '../errors/failure.ts'
import { certainFailure } from '../errors/thrown.ts'
import { unquoted } from '../errors/unquoted.ts'
import type { Change } from '../model/managed-object.ts'
import type { Operation } from '../model/outcome.ts'
import type { Concern, Fault, Problem } from '../model/problem.ts'
import type { View } from '../model/view.ts'
import { type ConcernOf, concernIn } from './concern.ts'
import type { AnyStep, Mode } from './digest.ts'

export const failure = (error: unknown, doing: string): Failure => {
  const certain = certainFailure(error, doing)
  if (certain) return certain
  const message = error instanceof Error ? error.message : String(error)
  return new Failure({ class: 'transient', code: 'Unexpected', about: { doing, message } })
}

/** An operation can fail for a reason for which its first answer could have been a refusal: both are classified alike. */
export function operationFailed(
  { what, sawSecret }: Pick<Operation, 'what' | 'sawSecret'>,
  { code, message }: { readonly code: string; readonly message: string },
): Failure {
  const failed = failureOf({ body: { error: { code, message } }, doing: what })
  return sawSecret ? failure(unquoted(failed, undefined), what) : failed
}

export const noEffect = (what: string, changes: readonly Change[]): Failure =>
  new Failure({
    class: 'replication',
    code: 'ChangeHadNoEffect',
    about: { doing: what, objects: changes.map((change) => change.object.summary).join(', ') },
  })

export function reportOf(step: AnyStep, changes: readonly Change[], view: View, mode: Mode, concern = concernIn(step, view)): Problem {
  const code = step.reportAs ?? (step.changesCluster ? 'NotChangingClusters' : 'ReportOnly')
  const fault: Fault = {
    code,
    about: {
      step: step.name,
      mode,
      changes: changes.map((change) => `${change.action} ${change.object.summary}`).join(', '),
      id: view.loop.id,
    },
  }
  const commands = step.byHand?.(changes, view)
  return { ...problemOf(fault), ...(commands ? { commands } : {}), ...concerning(changes, concern) }
}

/** Results of changes are reported to the members that desire the objects. */
export const concerning = (changes: readonly Change[], concern: ConcernOf): Concern => concern(changes.map(({ object }) => object))

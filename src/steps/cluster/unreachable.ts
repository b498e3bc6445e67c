// Why an API server does not answer, if the cluster tells: the network error says no more than that there was no answer.

import { problemOf } from '../../errors/catalogue.ts'
import { Failure } from '../../errors/failure.ts'
import type { ClusterFacts } from '../../model/facts.ts'
import type { ObservedState } from '../../model/managed-object.ts'

type ApiServer = ClusterFacts['apiServer']
const codes = { private: 'ClusterPrivate', ranges: 'ApiServerRanges' } as const

/** Any other error unchanged. */
export function unreachable(error: unknown, apiServer: ApiServer): unknown {
  if (!(error instanceof Failure) || error.fields.code !== 'KubernetesUnreachable' || apiServer === undefined) return error
  return new Failure({ ...error.fields, code: codes[apiServer] })
}

/** The same of what could not be observed. */
export function notReached(observed: ObservedState, cluster: string, apiServer: ApiServer): ObservedState {
  if (observed.state !== 'unknown' || observed.problem.code !== 'KubernetesUnreachable' || apiServer === undefined) return observed
  const { of } = observed.problem
  return { ...observed, problem: problemOf({ code: codes[apiServer], about: { cluster }, ...(of === undefined ? {} : { of }) }) }
}

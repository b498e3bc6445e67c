// The result of a preflight: everything that is missing for connections that are declared on a cluster, or may be soon, in one list.

import type { LoopKind } from './loop.ts'
import type { Problem } from './problem.ts'
import { matchesWildcard } from './wildcard.ts'

export type PreflightIssueKind =
  | 'right' // the app lacks it, in Azure or in the cluster
  | 'feature' // of the cluster, and the app may not turn it on
  | 'budget' // a limit of Azure
  | 'consent'
  | 'namespace'
  | 'reach' // a network or an API server cannot be reached
  | 'declaration' // it is invalid, or declared twice
  | 'change' // a person has to make it, because the app cannot or may not
  | 'fault'

export type PreflightIssue = Omit<Problem, 'of'> & {
  /** Names of the connections that it blocks. Empty: none yet, such as for an invalid tag. */
  readonly connections: readonly string[]
  readonly loop: LoopKind
  readonly step: string
  readonly kind: PreflightIssueKind
}

export type Preflight = {
  readonly value: readonly PreflightIssue[]
  readonly ready: boolean
  /** What could not be determined; it blocks nothing. */
  readonly notes: readonly string[]
}

/** One entry of Microsoft.Authorization/permissions: the permissions of one role. */
export type Permission = { readonly actions: readonly string[]; readonly notActions: readonly string[] }

/** What one role excludes another one can grant. */
export const grants = (permissions: readonly Permission[], action: string): boolean =>
  permissions.some(({ actions, notActions }) => actions.some(covers(action)) && !notActions.some(covers(action)))

/** `*` stands for any text, with slashes in it. */
const covers =
  (action: string) =>
  (pattern: string): boolean =>
    matchesWildcard(pattern, action)

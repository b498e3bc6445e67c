// The result of a preflight: everything that is missing for connections that are declared on a cluster, or may be soon, in one list.
import type { ProblemKind } from './code.ts'
import type { LoopKind } from './loop.ts'
import type { Problem } from './problem.ts'
import type { StepName } from './step-name.ts'
import { matchesWildcard } from './wildcard.ts'

export type PreflightIssue = Omit<Problem, 'of'> & {
  /** Names of the connections that it blocks. Empty: none yet, such as for an invalid tag. */
  readonly connections: readonly string[]
  readonly loop: LoopKind
  /** `preflight`: no step needs it but the preflight itself. */
  readonly step: StepName | 'preflight'
  readonly kind: ProblemKind
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

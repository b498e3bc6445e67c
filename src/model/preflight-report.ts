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
  /** The right that is missing in Azure. */
  readonly right?: MissingAction
}

/** `role`: the built-in role with the fewest permissions that has the action, unless it takes a custom one. */
export type MissingAction = { readonly action: string; readonly scope: string; readonly role?: string }

/** Who gets what where. */
export type GrantEffect = { readonly principal: string; readonly role: string; readonly roleId: string; readonly scope: string }

export type PlannedChange = {
  /** Names of the connections that it serves. */
  readonly connections: readonly string[]
  readonly loop: LoopKind
  readonly step: StepName
  readonly change: 'create' | 'update'
  /** `later`: once what it depends on exists. */
  readonly when: 'now' | 'later'
  /** `person`: the app only reports it. */
  readonly by: 'app' | 'person'
  /** In words. */
  readonly object: string
  /** It was made by others, and is the app's after that. */
  readonly takesOver?: true
  readonly grant?: GrantEffect
  /** Why removing the connection does not undo it. */
  readonly irreversible?: string
}

/** An object of others that serves as it is: it is tracked, and never deleted. */
export type Adoption = Pick<PlannedChange, 'connections' | 'step' | 'object'>

export type StepAction = { readonly connection: string; readonly step: StepName; readonly action: string; readonly scope: string }

/** `used`: now. `added`: by the changes. */
export type Budget = {
  readonly connections: readonly string[]
  readonly what: string
  readonly used: number
  readonly added: number
  readonly limit: number
}

export type Preflight = {
  readonly value: readonly PreflightIssue[]
  readonly changes: readonly PlannedChange[]
  readonly adoptions: readonly Adoption[]
  /** What the steps of each connection do on Azure, by its name. */
  readonly actions: readonly StepAction[]
  readonly budgets: readonly Budget[]
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

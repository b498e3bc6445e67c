// The result of a check besides the steps: what is missing, and what could not be determined.
import type { MissingAction } from '../model/preflight-report.ts'
import type { Problem } from '../model/problem.ts'
import type { StepName } from '../model/step-name.ts'

export type MissingRight = {
  readonly step: StepName | 'preflight'
  readonly action?: string
  readonly right?: MissingAction
  readonly connections: readonly string[]
  readonly problem: Problem
}
export type Found = { readonly missing: readonly MissingRight[]; readonly notes: readonly string[] }

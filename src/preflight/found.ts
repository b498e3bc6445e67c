// The result of a check besides the steps: what is missing, and what could not be determined.
import type { Problem } from '../model/problem.ts'

export type MissingRight = {
  readonly step: string
  readonly action?: string
  readonly connections: readonly string[]
  readonly problem: Problem
}
export type Found = { readonly missing: readonly MissingRight[]; readonly notes: readonly string[] }

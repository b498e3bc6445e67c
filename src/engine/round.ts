// What the parts of the activity `advance` share: its inputs, its answer, and whose facts a loop reads.
import type { AnyStep, Modes } from '../contract/digest.ts'
import type { LoopKind } from '../model/loop.ts'
import type { AttemptRecord, Snapshot } from '../ports/rows.ts'
import type { Store, Wake } from '../ports/store.ts'
import { stepsOf } from '../steps/program.ts'

/** The answer to the orchestrator. `status` is the instance's custom status: short, no secret. */
export type NextRound = (
  | { readonly do: 'sleep'; readonly until: number }
  | { readonly do: 'end' }
  /** There is more to do, in another activity. */
  | { readonly do: 'go on' }
) & {
  readonly status?: object
}

export type AdvancePorts = {
  readonly store: Store
  readonly attempt: (step: AnyStep, snapshot: Snapshot) => Promise<AttemptRecord | 'stale'>
  readonly wake: Wake
  readonly modes: Modes
  readonly auditEveryMs: number
  readonly now: () => number
}

/** `overtaken`: another writer came in between. */
export type Again = 'read again' | 'overtaken'

export const readsOf = (kind: LoopKind): readonly LoopKind[] => [...new Set(stepsOf(kind).flatMap((step) => step.reads))]

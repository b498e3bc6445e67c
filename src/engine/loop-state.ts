// What the rules of contract/next.ts must know of a loop, taken from what was read of it.

import type { LoopState } from '../contract/next.ts'
import type { Loop } from '../model/loop.ts'
import { isGood } from '../model/outcome.ts'
import { advisorySteps } from '../model/progress.ts'
import type { Snapshot } from '../ports/rows.ts'
import { enabledStepsOf, stepNamed, stepsOf } from '../steps/program.ts'
import { inputsOf } from './inputs.ts'
import type { AdvancePorts } from './round.ts'

export function stateOf(snapshot: Snapshot, { modes, auditEveryMs, now }: Pick<AdvancePorts, 'modes' | 'auditEveryMs' | 'now'>): LoopState {
  const { row, view } = snapshot
  const program = enabledStepsOf(row.loop.kind, view.installation)
  const steps = snapshot.steps.filter(({ step }) => stepNamed(step).enabled?.(view.installation) ?? true)
  return {
    resync: row.resync,
    generation: row.self?.generation ?? 0,
    auditAt: row.auditAt,
    empty: isEmpty(snapshot),
    steps,
    program: program.map((step) => ({
      name: step.name,
      after: step.after,
      reading: step.apply === undefined,
      last: advisorySteps.has(step.name),
      digest: inputsOf(step, view, modes),
    })),
    auditEvery: auditEveryMs * (0.9 + 0.2 * fraction(row.loop)),
    now: now(),
  }
}

/** There is no spec, no member, no ledger entry. A cluster with an invalid tag is remembered because of its problem. */
function isEmpty({ row, view, members, steps }: Snapshot): boolean {
  if (row.loop.kind === 'connection' ? row.self !== undefined && !row.removing : members.length > 0) return false
  if (stepsOf(row.loop.kind).some((step) => view.tracked(step.name).length > 0)) return false
  return row.loop.kind !== 'cluster' || !steps.some((step) => step.step === 'read-declarations' && !isGood(step.outcome))
}

/** Between 0 and 1, the same for the same loop: audits of a fleet do not fall on one minute. */
const fraction = (loop: Loop): number => Number.parseInt(loop.key.slice(0, 4), 36) / 36 ** 4

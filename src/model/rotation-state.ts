// The progress of a requested rotation, computed from what the loop of the target knows, like that of a PUT (progress.ts). It belongs to the target; the
// connection through which it was requested sees what concerns it, and how many others are waited for.
import type { TargetFacts } from './facts.ts'
import type { Key } from './loop.ts'
import { hour, type StepRow } from './outcome.ts'
import { isWarning } from './problem.ts'
import { type Progress, patienceMs } from './progress.ts'
import { isUnderWay, type Rotation } from './rotation.ts'
import { ownKind, ownProblems, ownWaits } from './timeline.ts'
import { timeText } from './words.ts'

export type TargetState = {
  /** The last one that was requested. */
  readonly rotation: Rotation | undefined
  readonly facts: Partial<TargetFacts>
  /** Of rotate-keys. */
  readonly step: StepRow | undefined
}

export type RotationState = { readonly progress: Progress; readonly endedAt?: number }

/** `target`: absent = it has no members any more. `member`: through which it was requested. */
export function rotationState(at: number, member: Key, target: TargetState | undefined, now: number): RotationState {
  const { rotation, facts = {}, step } = target ?? {}
  const progress = facts.rotation
  if (rotation === undefined || at > rotation.at || (progress?.of === at && progress.isAbandoned))
    return { progress: { status: 'Canceled', by: 'no connection uses a key of the target any more' }, ...endOf(progress) }
  // Another one is accepted only when this one has ended.
  if (at < rotation.at) return { progress: { status: 'Succeeded' } }
  if (!isUnderWay(rotation, progress)) return { progress: { status: 'Succeeded' }, ...endOf(progress) }
  const problems = step ? ownProblems(step, member).filter((problem) => !isWarning(problem)) : []
  const waits = [...(step ? waitsOf(step, member) : []), ...untilOver(facts)]
  const unwell = step?.unwellSince ?? step?.since ?? at
  const isStuck = step !== undefined && ['blocked', 'reported', 'unknown'].includes(ownKind(step, member)) && now - unwell >= patienceMs
  const isEndless = facts.keys?.until === undefined && now - Math.max(unwell, at) >= hour
  return { progress: { status: isStuck || isEndless ? 'Failed' : 'Updating', problems, waits } }
}

const endOf = (progress: TargetFacts['rotation']) => (progress?.endedAt === undefined ? {} : { endedAt: progress.endedAt })

function waitsOf(step: StepRow, member: Key): readonly string[] {
  const own = ownWaits(step, member).map(({ text }) => text)
  const others = step.outcome.waits.length - own.length
  return others > 0 ? [...own, `waiting until ${others} other ${others === 1 ? 'Secret has' : 'Secrets have'} the new key`] : own
}

const untilOver = ({ keys }: Partial<TargetFacts>): readonly string[] =>
  keys?.until === undefined ? [] : [`waiting until ${timeText(keys.until)}, so that pods can be restarted with the new key`]

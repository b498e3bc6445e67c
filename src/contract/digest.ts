// The digest of a step's inputs: when it changes, the step runs again. Times are left out, because they pass by themselves.
import { createHash } from 'node:crypto'
import { mayAdopt, mayChangeCluster } from '../declare/consent.ts'
import { isOwnMistake } from '../errors/own-mistake.ts'
import type { Connection } from '../model/connection.ts'
import type { Key, LoopKind } from '../model/loop.ts'
import type { ManagedObject } from '../model/managed-object.ts'
import type { StepName } from '../model/step-name.ts'
import type { View } from '../model/view.ts'
import { deniedIn } from './consent.ts'
import { pausedIn } from './paused.ts'
import type { Step } from './step.ts'

export type Mode = 'apply' | 'report'
/** Which steps only report, by name; from the configuration. */
export type Modes = (step: StepName) => Mode

// biome-ignore lint/suspicious/noExplicitAny: the program is a list of steps of many kinds; each is only called with its own view.
type Untyped = Step<any, any, any>
export type AnyStep = Omit<Untyped, 'name' | 'loop' | 'after'> & {
  readonly name: StepName
  readonly loop: LoopKind
  readonly after: readonly StepName[]
}

/** A step that changes the cluster needs a policy with `changeClusters`; a policy can also allow adopting what others made. */
export function modeOf(step: Step<LoopKind, ManagedObject, unknown>, view: View, modes: Modes): Mode {
  if (step.changesCluster && !mayChangeCluster(view.loop.id, view.policies) && wantsAny(step, view)) return 'report'
  return modes(step.name)
}

/** To remove what it made the app needs no consent. */
function wantsAny(step: Pick<Step<LoopKind, ManagedObject, unknown>, 'desired'>, view: View): boolean {
  const { objects, later = [] } = step.desired(view)
  return objects.length + later.length > 0
}

export function adopts(view: View): boolean {
  const concerned = view.self ? [view.self] : view.members
  return concerned.length > 0 && concerned.every((connection) => mayAdopt(connection, view.policies))
}

/** Absent where there are none. */
const keysOf = (some: readonly Connection[]): readonly Key[] | undefined => (some.length > 0 ? some.map(({ key }) => key) : undefined)

export function digestOf(step: AnyStep, view: View, modes: Modes): string {
  try {
    return digest(step, view, modes)
  } catch (error) {
    // The attempt hits the same mistake and reports it. The loop's other steps continue.
    if (isOwnMistake(error)) return `mistake ${error.name}`
    throw error
  }
}

function digest(step: AnyStep, view: View, modes: Modes): string {
  const desired = step.desired(view)
  const parts = {
    ...desired,
    waiting: desired.waiting?.map(({ text, member }) => ({ text, member })),
    gate: step.gate?.(view)?.text,
    inputs: step.inputs?.(view),
    mode: modeOf(step, view, modes),
    adopt: adopts(view),
    denied: deniedIn(view).map(({ key }) => key),
    paused: keysOf(pausedIn(view)),
    keeping: step.outlives ? keysOf(view.keeping ?? []) : undefined,
  }
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url')
}

// One step looked at for a preflight: its own wanted, observe and plan, so that what it says is what the real attempt would find. No credential is read.
import type { Loop, LoopKind } from '../domain/loop.ts'
import { effects, plan } from '../domain/plan.ts'
import type { Problem } from '../domain/problem.ts'
import type { Change, Held, Need, Seen, Wanted } from '../domain/thing.ts'
import type { View } from '../domain/view.ts'
import { problemOf } from '../errors/catalogue.ts'
import { Failure } from '../errors/failure.ts'
import { type Looked, lookAt } from '../steps/carry-out.ts'
import { type AnyStep, adopts, digestOf, type Mode, type Modes, modeOf } from '../steps/digest.ts'
import { closed } from '../steps/failures.ts'
import type { Ports } from '../steps/ports.ts'
import type { Hypothesis } from './hypothesis.ts'

export type Look = {
  readonly step: AnyStep
  readonly loop: Loop<LoopKind>
  readonly view: View
  readonly mode: Mode
  /** What would be made or changed now. What would be taken back is missing to nobody. */
  readonly due: readonly Change[]
  readonly problems: readonly Problem[]
  /** What a change has to wait for. */
  readonly gate?: Need
}

export async function lookOnly(step: AnyStep, loop: Loop, world: Hypothesis, ports: Ports, modes: Modes): Promise<Look> {
  const looked = await twice(step, loop, world, ports, modes)
  const view = world.view(loop)
  const mode = modeOf(step, view, modes)
  if ('fields' in looked) return { step, loop, view, mode, due: [], problems: [problemOf(looked.fields)] }
  const due = effects(looked.plan.changes).filter(({ action }) => action !== 'delete')
  const gate = due.length > 0 && mode === 'apply' ? step.gate?.(view) : undefined
  const problems = [...looked.plan.faults.map(problemOf), ...looked.plan.unseen]
  return { step, loop, view, mode, due, problems, ...(gate ? { gate } : {}) }
}

/** What a look finds out can make the step want something else, as in the real loop: limits count what is there. */
async function twice(step: AnyStep, loop: Loop, world: Hypothesis, ports: Ports, modes: Modes): Promise<Looked | Failure> {
  const inputs = digestOf(step, world.view(loop), modes)
  const first = await once(step, loop, world, ports)
  return first instanceof Failure || digestOf(step, world.view(loop), modes) === inputs ? first : await once(step, loop, world, ports)
}

async function once(step: AnyStep, loop: Loop, world: Hypothesis, ports: Ports): Promise<Looked | Failure> {
  const view = world.view(loop)
  const wanted: Wanted = step.wanted(view)
  try {
    const look = step.name === 'write-resources' ? presence : lookAt
    const looked = await look(step, view, wanted, view.held(step.name), ports)
    world.learn(loop, looked.observed.facts)
    return looked
  } catch (error) {
    // A door that opens by waiting: the caller shall ask again.
    if (!(error instanceof Failure) || !closed(error)) throw error
    return error
  }
}

/**
 * Of a Secret only whether it is there and whose it is, for its data has a credential in it; also of one that is still waited for. One that carries
 * no mark of ours is taken for somebody else's.
 */
async function presence(step: AnyStep, view: View, wanted: Wanted, rows: readonly Held[], ports: Ports): Promise<Looked> {
  const things = [...wanted.things, ...(wanted.later ?? [])]
  const asHeld = things.map((thing): Held => ({ thing, hold: 'intended', since: view.now }))
  const observed: Looked['observed'] = await step.observe(view, [], asHeld, ports)
  const held = new Set(rows.map(({ thing }) => thing.id))
  const seen = observed.seen.map(
    (look): Seen =>
      look.state === 'same' && look.mark !== 'ours' && !held.has(look.id)
        ? { ...look, state: 'different', difference: 'it carries no mark of this installation' }
        : look,
  )
  const found = plan({ ...wanted, things, later: [] }, seen, rows, { adopt: adopts(view), now: view.now })
  const ready = new Set(wanted.things.map(({ id }) => id))
  return { observed, plan: { ...found, changes: found.changes.filter(({ thing }) => ready.has(thing.id)) } }
}

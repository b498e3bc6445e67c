// How a connection is, for the steps that tell of it: the same that GET answers.
import { progressOf } from '../../model/progress.ts'
import type { ConnectionStatus, Ports } from '../../ports/ports.ts'
import type { Snapshot } from '../../ports/rows.ts'
import type { Store } from '../../ports/store.ts'
import type { HandlerContext } from '../http/handler-context.ts'
import { conditionsIn, type Known, knownFrom, reader } from './known.ts'

type Telling = { readonly store: Store } & Pick<HandlerContext, 'steps' | 'now'>

/** As the store has it now. */
export const statusFrom =
  ({ store, ...names }: Telling): Ports['status'] =>
  async ({ key }) => {
    const known = await reader(store, names.steps)(key)
    return known && statusOf(known, names)
  }

/** As an attempt sees it. One answer per attempt: publish-status would not recognize its own text if the connection progressed in between. */
export function statusIn(snapshot: Snapshot, { store, ...names }: Telling): Ports['status'] {
  let answer: ReturnType<Ports['status']> | undefined
  return () => (answer ??= knownFrom(snapshot, store, names.steps).then((known) => known && statusOf(known, names)))
}

function statusOf(known: Known, { steps, now }: Omit<Telling, 'store'>): ConnectionStatus {
  const progress = progressOf(known.state, steps, now())
  const [problem] = 'problems' in progress ? progress.problems : []
  return {
    state: progress.status,
    waits: 'waits' in progress ? progress.waits : [],
    conditions: conditionsIn(known, now()).map(({ text }) => text),
    ...(problem ? { problem } : {}),
  }
}

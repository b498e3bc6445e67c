// Loops as they would be: their stored rows, with hypothetical connections among their members, and with facts that were just read. Nothing of it is
// ever written.
import type { Connection } from '../model/connection.ts'
import { linkerId, loopsOf } from '../model/connection.ts'
import type { Facts } from '../model/facts.ts'
import { instanceOf, type Loop, type LoopKind, loopKinds, sameLoop } from '../model/loop.ts'
import type { Installation, View } from '../model/view.ts'
import type { Snapshot } from '../ports/rows.ts'
import type { Store } from '../ports/store.ts'

export type SimulatedLoops = {
  load(loop: Loop): Promise<void>
  view(loop: Loop): View
  update(loop: Loop, facts: object | undefined): void
  factsOf<K extends LoopKind>(loop: Loop<K>): Partial<Facts[K]>
  /** From now on these are members of the loops that serve them. */
  assume(connections: readonly Connection[]): void
}

export function simulatedLoops(
  store: Store,
  shared: Pick<View, 'policies' | 'guarded'>,
  installation: Installation,
  now: () => number,
): SimulatedLoops {
  const snapshots = new Map<string, Snapshot>()
  const known = new Map<string, object>()
  let assumed: readonly Connection[] = []

  const factsOf = <K extends LoopKind>(loop: Loop<K>): Partial<Facts[K]> => (known.get(instanceOf(loop)) ?? {}) as Partial<Facts[K]>
  const membersOf = (loop: Loop, before: readonly Connection[]): readonly Connection[] => {
    const added = assumed.filter((one) => loopsOf(one).some((other) => sameLoop(other, loop)))
    return [...before.filter(({ key }) => !assumed.some((one) => one.key === key)), ...added]
  }

  return {
    factsOf,
    async load(loop) {
      if (known.has(instanceOf(loop))) return
      const snapshot = await store.read(loop, loopKinds)
      if (snapshot) snapshots.set(instanceOf(loop), snapshot)
      known.set(instanceOf(loop), snapshot?.view.facts ?? {})
    },
    update(loop, facts) {
      const all = Object.entries({ ...factsOf(loop), ...facts })
      known.set(instanceOf(loop), Object.fromEntries(all.filter(([, value]) => value !== undefined)))
    },
    assume(connections) {
      assumed = connections
    },
    view(loop) {
      const before = snapshots.get(instanceOf(loop))?.view
      const self = loop.kind === 'connection' ? assumed.find((one) => one.key === loop.key) : undefined
      return {
        loop,
        ...(self ? { self } : {}),
        removing: false,
        members: membersOf(loop, before?.members ?? []),
        readers: (before?.readers ?? []).filter(({ key }) => !assumed.some((one) => one.key === key)),
        facts: factsOf(loop),
        of: <O extends LoopKind>(other: Loop<O>): Partial<Facts[O]> =>
          known.has(instanceOf(other)) ? factsOf(other) : (before?.of(other) ?? {}),
        tracked: (step) => before?.tracked(step) ?? [],
        ...shared,
        installation,
        now: now(),
      }
    },
  }
}

export const loopOf = ({ key, cluster, name }: Connection): Loop<'connection'> => ({
  kind: 'connection',
  key,
  id: linkerId(cluster.id, name),
})

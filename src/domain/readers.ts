// Who reads a loop's facts: the members' connections; of a cluster also their targets and identities.
import { type Connection, linkerId } from './connection.ts'
import { privateFacts } from './facts.ts'
import { instanceOf, type Loop, type LoopKind } from './loop.ts'
import type { StepRow } from './outcome.ts'

/** Who has to hear of a step's changed facts, added to those who have not been told yet. */
export function readersToWake(
  loop: Loop,
  members: readonly Connection[],
  before: Pick<StepRow, 'facts' | 'wake'> | undefined,
  facts: Readonly<Record<string, unknown>>,
): readonly Loop[] {
  const readers = new Map((before?.wake ?? []).map((reader) => [instanceOf(reader), reader]))
  if (shared(loop.kind, before?.facts ?? {}) !== shared(loop.kind, facts))
    for (const connection of members) for (const reader of readersIn(loop, connection)) readers.set(instanceOf(reader), reader)
  return [...readers.values()]
}

/** The facts that others may know, as text. Steps write them in the same order each time. */
function shared(kind: LoopKind, facts: Readonly<Record<string, unknown>>): string {
  const own = new Set<string>(privateFacts[kind])
  return JSON.stringify(Object.entries(facts).filter(([name]) => !own.has(name)))
}

function readersIn(loop: Loop, connection: Connection): readonly Loop[] {
  if (loop.kind === 'connection') return []
  const self: Loop = { kind: 'connection', key: connection.key, id: linkerId(connection.cluster.id, connection.name) }
  if (loop.kind !== 'cluster') return [self]
  return [self, connection.target, ...(connection.identity ? [connection.identity] : [])]
}

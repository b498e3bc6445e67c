// Who reads a loop's facts: the members' connections; of a cluster also their targets and identities.
import { type Connection, linkerId } from './connection.ts'
import { factsFor, privateFacts } from './facts.ts'
import { instanceOf, type Loop, type LoopKind, loopKinds } from './loop.ts'
import type { StepRow } from './outcome.ts'

/** Who has to hear of a step's changed facts, added to those who have not been told yet. */
export function readersToWake(
  loop: Loop,
  members: readonly Connection[],
  before: Pick<StepRow, 'facts' | 'wake'> | undefined,
  facts: Readonly<Record<string, unknown>>,
): readonly Loop[] {
  const readers = new Map((before?.wake ?? []).map((reader) => [instanceOf(reader), reader]))
  const hasNews = new Set(loopKinds.filter((kind) => shared(loop.kind, kind, before?.facts ?? {}) !== shared(loop.kind, kind, facts)))
  if (hasNews.size > 0)
    for (const connection of members)
      for (const reader of readersIn(loop, connection)) if (hasNews.has(reader.kind)) readers.set(instanceOf(reader), reader)
  return [...readers.values()]
}

/** The facts that wake readers of that kind, as text. Steps write them in the same order each time. */
function shared(kind: LoopKind, reader: LoopKind, facts: Readonly<Record<string, unknown>>): string {
  const own = new Set<string>(privateFacts[kind])
  return JSON.stringify(Object.entries(factsFor(reader, kind, facts)).filter(([name]) => !own.has(name)))
}

function readersIn(loop: Loop, connection: Connection): readonly Loop[] {
  if (loop.kind === 'connection') return []
  const self: Loop = { kind: 'connection', key: connection.key, id: linkerId(connection.cluster.id, connection.name) }
  if (loop.kind !== 'cluster') return [self]
  return [self, connection.target, ...(connection.identity ? [connection.identity] : [])]
}

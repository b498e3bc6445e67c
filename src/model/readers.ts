// Who reads a loop's facts: its members' connections; for a cluster also their targets and identities; for a connection its target, which rotates keys.
import { type Connection, linkerId } from './connection.ts'
import type { TargetFacts } from './facts.ts'
import { factsFor, privateFacts } from './facts-for.ts'
import { instanceOf, type Loop, type LoopKind, loopKinds } from './loop.ts'
import type { StepRow } from './outcome.ts'
import { troublesFor, troublesOf } from './troubles.ts'

/** `members`: of a connection's own loop, the connection. Readers to notify of a step's changed facts, in addition to those that have not been notified yet. */
export function readersToWake(
  loop: Loop,
  members: readonly Connection[],
  before: Pick<StepRow, 'facts' | 'wake'> | undefined,
  facts: Readonly<Record<string, unknown>>,
): readonly Loop[] {
  const readers = new Map((before?.wake ?? []).map((reader) => [instanceOf(reader), reader]))
  const changedFor = new Set(loopKinds.filter((kind) => shared(loop.kind, kind, before?.facts ?? {}) !== shared(loop.kind, kind, facts)))
  if (changedFor.size > 0)
    for (const connection of members)
      for (const reader of readersIn(loop, connection)) if (changedFor.has(reader.kind)) readers.set(instanceOf(reader), reader)
  return [...readers.values()]
}

/** The facts that wake readers of that kind, as text. Steps write them in the same order each time. */
function shared(kind: LoopKind, reader: LoopKind, facts: Readonly<Record<string, unknown>>): string {
  const own = new Set<string>(privateFacts[kind])
  return JSON.stringify(Object.entries(factsFor(reader, kind, facts)).filter(([name]) => !own.has(name)))
}

/** Its own loop. */
export const selfOf = ({ key, cluster, name }: Connection): Loop<'connection'> => ({
  kind: 'connection',
  key,
  id: linkerId(cluster.id, name),
})

function readersIn(loop: Loop, connection: Connection): readonly Loop[] {
  if (loop.kind === 'connection') return [connection.target]
  const self = selfOf(connection)
  if (loop.kind !== 'cluster') return [self]
  return [self, connection.target, ...(connection.identity ? [connection.identity] : [])]
}

/** Connections whose troubles this step has changed. */
export function newlyTroubled(
  loop: Loop,
  members: readonly Connection[],
  before: Pick<StepRow, 'step' | 'outcome'> | undefined,
  after: Pick<StepRow, 'step' | 'outcome'>,
): readonly Loop[] {
  const [were, are] = [before ? troublesOf(before) : [], troublesOf(after)]
  if (loop.kind === 'connection' || (were.length === 0 && are.length === 0)) return []
  const differs = ({ key }: Connection): boolean => troublesFor(were, key).join() !== troublesFor(are, key).join()
  return members.filter(differs).map(selfOf)
}

/**
 * Identities whose roles on a target are gone with it: the target was recreated, or is back from a move (a move there and back orphans role
 * assignments as well). They read no facts of targets, so they must read everything again.
 */
export function identitiesThatLostRoles(
  loop: Loop,
  members: readonly Connection[],
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): readonly Loop[] {
  if (loop.kind !== 'target') return []
  const [was, is] = [before as Partial<TargetFacts>, after as Partial<TargetFacts>]
  const isRemade = was.createdAt !== undefined && is.createdAt !== undefined && was.createdAt !== is.createdAt
  const isBack = was.missingSince !== undefined && is.missingSince === undefined
  if (!isRemade && !isBack) return []
  return members.flatMap(({ identity, roles }) => (identity && roles.length > 0 ? [identity] : []))
}

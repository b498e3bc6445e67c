// A loop as its steps see it: its own rows, and what they may know of others.
import { defined } from '../model/defined.ts'
import type { Facts } from '../model/facts.ts'
import type { Guarded } from '../model/guarded.ts'
import { instanceOf, keyOf, type Loop, type LoopKind } from '../model/loop.ts'
import type { LedgerEntry } from '../model/managed-object.ts'
import type { StepRow } from '../model/outcome.ts'
import { selfOf } from '../model/readers.ts'
import { isUnderWay } from '../model/rotation.ts'
import type { Installation, View } from '../model/view.ts'
import type { Beside, LoopRow, Member, Snapshot } from '../ports/rows.ts'
import type { Store } from '../ports/store.ts'
import { besideOf } from './beside.ts'
import type { FactsCache } from './facts-cache.ts'
import { readPartition } from './loop-partition.ts'
import type { LoopRows } from './loop-rows.ts'
import type { RecentReads } from './recent-reads.ts'
import type { Table } from './table.ts'

export type SnapshotOptions = {
  readonly rows: LoopRows
  readonly cache: FactsCache
  /** Gets what was read of shared loops. */
  readonly beside: Pick<RecentReads<Beside | undefined>, 'offer'>
  readonly guarded: () => Promise<Guarded>
  readonly installation: Installation
  readonly now: () => number
}

export function snapshotStore(
  table: Table,
  { rows, cache, beside, guarded, installation, now }: SnapshotOptions,
): Pick<Store, 'read' | 'onward'> {
  async function read<K extends LoopKind>(loop: Loop<K>, reads?: readonly LoopKind[]): Promise<Snapshot<K> | undefined> {
    const reading = readPartition(table, loop, rows, now)
    // Other loops that read a shared loop need not read it again.
    if (loop.kind !== 'connection')
      beside.offer(
        instanceOf(loop),
        reading.then((found) => found && besideOf(found.row.loop, found.steps, (step) => found.tracked.get(step) ?? [])),
      )
    const found = await reading
    return found && (await snapshotOf({ ...found.row, loop }, found.steps, found.members, found.tracked, reads))
  }

  /** What the loop may know of others is requested after its own row was read. */
  async function snapshotOf<K extends LoopKind>(
    row: LoopRow & { readonly loop: Loop<K> },
    steps: readonly StepRow[],
    members: readonly Member[],
    tracked: ReadonlyMap<string, readonly LedgerEntry[]>,
    reads: readonly LoopKind[] | undefined,
  ): Promise<Snapshot<K>> {
    const staying = members.filter((member) => member.leavingSince === undefined)
    const others = reads
      ? othersOf(
          row,
          members,
          [...tracked.values()].flat(),
          reads,
          isUnderWay(row.rotation, (ownFacts(steps) as Partial<Facts['target']>).rotation),
        )
      : []
    const { policies: policyList, facts } = reads ? await cache.of(row, others) : { policies: [], facts: new Map() }
    const known = { self: row.self, desiredAt: row.desiredAt, requestedAt: row.requestedAt, writer: row.writer, rotation: row.rotation }
    const isGuarding = reads !== undefined && bringsIdentity(row, members, ownFacts(steps))
    const view: View<K> = {
      loop: row.loop,
      removing: row.removing,
      members: staying.filter(({ stage }) => stage === undefined).map(({ connection }) => connection),
      readers: staying.filter(({ stage }) => stage !== undefined).map(({ connection }) => connection),
      facts: ownFacts(steps) as Partial<Facts[K]>,
      of: <O extends LoopKind>(other: Loop<O>) => (facts.get(instanceOf(other)) ?? {}) as Partial<Facts[O]>,
      tracked: (step) => tracked.get(step) ?? [],
      policies: policyList,
      installation,
      now: now(),
      ...(staying.length < members.length ? { leaving: true } : {}),
      ...(members.some(isKeeping) ? { keeping: members.filter(isKeeping).map(({ connection }) => connection) } : {}),
      ...defined({ ...known, guarded: isGuarding ? await guarded() : undefined }),
    }
    return { row, view, steps, members } as Snapshot<K>
  }

  return {
    read,
    async onward({ row, steps, view, members }, ledgers, reads) {
      const rows = new Map([...steps, ...ledgers.flatMap((ledger) => ledger.row ?? [])].map((one) => [one.step, one]))
      const tracked = new Map([...rows.keys()].map((step) => [step, view.tracked(step)]))
      for (const ledger of ledgers) tracked.set(ledger.step, inOrder(ledger.tracked))
      return await snapshotOf(row, [...rows.values()], members, tracked, reads)
    },
  }
}

/** In the table's order: the desired objects of steps can depend on their ledgers, and must not look changed because of another order. */
function inOrder(tracked: readonly LedgerEntry[]): readonly LedgerEntry[] {
  const rows = tracked.map((row) => ({ row, key: keyOf(row.object.id) }))
  return rows.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ row }) => row)
}

const isKeeping = ({ leavingSince, keeping }: Member): boolean => leavingSince !== undefined && keeping === true

const ownFacts = (steps: readonly StepRow[]): Partial<Facts[LoopKind]> => Object.assign({}, ...steps.map((step) => step.facts))

/** Whether an author provided any identity: only then it matters which ones no policy can allow. */
function bringsIdentity({ loop: { kind }, self }: LoopRow, members: readonly Member[], facts: Partial<Facts[LoopKind]>): boolean {
  if (self) return self.provided
  if (kind === 'cluster' && Object.values((facts as Partial<Facts['cluster']>).tags ?? {}).some((tag) => /identity=/i.test(tag)))
    return true
  return members.some(({ connection }) => connection.provided)
}

/** The loops, of the requested kinds, whose facts the loop may know. */
function othersOf(
  { loop, self }: LoopRow,
  members: readonly Member[],
  tracked: readonly LedgerEntry[],
  reads: readonly LoopKind[],
  isRotating: boolean,
): readonly Loop[] {
  // A leaving member still matters where its objects are deleted: its cluster must be known to reach them.
  const connections = self ? [self] : members.map(({ connection }) => connection)
  const named = [
    ...connections.flatMap(({ cluster, target, identity }) => [cluster, target, identity]),
    // Hundreds of connections can share a target: it needs to know of each only while its keys are rotated.
    ...(isRotating ? connections.map(selfOf) : []),
    ...tracked.map(({ object }) => (object as { cluster?: Loop }).cluster),
  ]
  const others = new Map<string, Loop>()
  for (const other of named) if (other && reads.includes(other.kind)) others.set(instanceOf(other), other)
  others.delete(instanceOf(loop))
  return [...others.values()]
}

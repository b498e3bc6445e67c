// What a loop may know of others: policies, and facts of other loops. Cached in memory per version of the loop's own row: every notification writes
// that row (Store.touch, join, leave, desire), and no loop falls asleep on a row that was written meanwhile. So anything read after the row is at
// least as recent as every notification of the loop, however many steps and rounds use it. For a row that this instance wrote itself it knows what
// changed, so a read that began after the change serves all loops that were notified of it. Facts without notifications may be a minute old.
import { factsFor } from '../model/facts-for.ts'
import { instanceOf, type Loop } from '../model/loop.ts'
import type { Policy } from '../model/policy.ts'
import type { Beside, LoopRow } from '../ports/rows.ts'
import type { Order, Read, RecentReads } from './recent-reads.ts'
import { policyPartition } from './rows.ts'

type AnyFacts = Readonly<Record<string, unknown>>
type Place = Pick<Loop, 'kind' | 'key'>
type Known = {
  etag: string
  /** The loop's facts were read after this, and those of some loops after another moment. */
  readonly after: number
  readonly afterOf: Map<string, number>
  policies?: Read<readonly Policy[]>
  /** By instance. */
  readonly facts: Map<string, Read<Pick<Beside, 'facts'> | undefined>>
}

/** `isNew`: the joining connection was no member before, so it was never notified by the loop. `from`, `to`: the versions of the loop's row. */
type Joined = { readonly from?: string; readonly to: string; readonly isNew: boolean }

export type FactsCache = {
  /** `row` must have been read before this call. Facts by instance. */
  of(
    row: LoopRow,
    others: readonly Loop[],
  ): Promise<{ readonly policies: readonly Policy[]; readonly facts: ReadonlyMap<string, AnyFacts> }>
  /** This instance created the loop's row: everything that it may have to know from before is current. */
  made(loop: Place, etag: string): void
  /** This instance wrote the loop's row: its new version only brought changes of those loops. */
  moved(loop: Place, from: string, to: string | undefined, changed: readonly Loop[]): void
  /** A connection, with all its loops, joined one of them. */
  joined(connection: Place, loop: Loop, loops: readonly Loop[], how: Joined): void
  forget(loop: Place): void
}

const longest = 60_000
/** Loops at a time; the oldest is evicted first. */
const most = 2_000

export type Sources = {
  readonly policies: Pick<RecentReads<readonly Policy[]>, 'get'>
  readonly beside: Pick<RecentReads<Pick<Beside, 'facts'> | undefined>, 'get'>
}

/** `now` never goes back. */
export function factsCache({ policies, beside }: Sources, order: Order, now: () => number): FactsCache {
  const known = new Map<string, Known>()

  function remember(id: string, etag: string): Known {
    const fresh: Known = { etag, after: order(), afterOf: new Map(), facts: new Map() }
    known.delete(id)
    known.set(id, fresh)
    const [eldest] = known.keys()
    if (known.size > most && eldest !== undefined) known.delete(eldest)
    return fresh
  }
  function knownTo({ loop, etag }: LoopRow): Known {
    const id = instanceOf(loop)
    const before = known.get(id)
    return before?.etag === etag ? before : remember(id, etag)
  }
  const isFresh = <T>(read: Read<T> | undefined): read is Read<T> => read !== undefined && now() - read.at < longest
  function changedFor(its: Known, other: Loop): void {
    its.facts.delete(instanceOf(other))
    its.afterOf.set(instanceOf(other), order())
  }

  const moved: FactsCache['moved'] = (loop, from, to, changed) => {
    const its = known.get(instanceOf(loop))
    if (its?.etag !== from || to === undefined) return
    its.etag = to
    for (const other of changed) changedFor(its, other)
  }

  return {
    async of(row, others) {
      const its = knownTo(row)
      const policiesOf = (): Promise<readonly Policy[]> => {
        // Changed policies notify every loop: only facts of others can change without a notification.
        if (its.policies && (its.facts.size === 0 || isFresh(its.policies))) return its.policies.value
        its.policies = policies.get(policyPartition, its.after, longest)
        return its.policies.value
      }
      const factsOf = async (other: Loop): Promise<readonly [string, AnyFacts]> => {
        const id = instanceOf(other)
        const before = its.facts.get(id)
        const facts = isFresh(before) ? before : beside.get(id, its.afterOf.get(id) ?? its.after, longest)
        its.facts.set(id, facts)
        return [id, factsFor(row.loop.kind, other.kind, (await facts.value)?.facts ?? {})]
      }
      try {
        const [policyList, facts] = await Promise.all([policiesOf(), Promise.all(others.map(factsOf))])
        return { policies: policyList, facts: new Map(facts) }
      } catch (error) {
        known.delete(instanceOf(row.loop))
        throw error
      }
    },
    made: (loop, etag) => void remember(instanceOf(loop), etag),
    moved,
    joined(connection, loop, loops, { from, to, isNew }) {
      // A new loop cannot have missed anything.
      if (from === undefined) remember(instanceOf(loop), to)
      else moved(loop, from, to, loops)
      const its = known.get(instanceOf(connection))
      if (its && isNew && from !== undefined) changedFor(its, loop)
    },
    forget: (loop) => void known.delete(instanceOf(loop)),
  }
}

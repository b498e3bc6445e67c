// What a loop may know of others: policies, and facts of other loops. Kept in memory for each version of the loop's own row: whoever has news for a
// loop writes that row (Store.touch, join, leave, desire), and no loop falls asleep on a row that somebody wrote. So what was read after the row is
// no older than what the loop has been told, however many steps and rounds look at it. Facts that nobody is told of may be a minute old.
import { factsFor } from '../domain/facts.ts'
import { instanceOf, type Loop } from '../domain/loop.ts'
import type { Policy } from '../domain/policy.ts'
import { steady } from '../domain/steady.ts'
import type { LoopRow } from '../steps/store.ts'

type AnyFacts = Readonly<Record<string, unknown>>
type Known = {
  etag: string
  readonly since: number
  readonly policies: Promise<readonly Policy[]>
  /** By instance. */
  readonly facts: Map<string, Promise<AnyFacts>>
}

export type Surroundings = {
  /** `row` was read before this is asked. Facts by instance. */
  of(
    row: LoopRow,
    others: readonly Loop[],
  ): Promise<{ readonly policies: readonly Policy[]; readonly facts: ReadonlyMap<string, AnyFacts> }>
  /** We wrote the loop's row: it has another version, which brought news of those loops only. */
  moved(loop: Loop, from: string, to: string | undefined, news: readonly Loop[]): void
  /** The loop has others around it than before. */
  forget(loop: Pick<Loop, 'kind' | 'key'>): void
}

const longest = 60_000
/** Loops at a time. */
const most = 2_000

export function surroundings(
  policies: () => Promise<readonly Policy[]>,
  factsIn: (partition: string) => Promise<AnyFacts>,
  clock: () => number,
): Surroundings {
  const now = steady(clock)
  /** The eldest first. */
  const known = new Map<string, Known>()

  function knownTo({ loop, etag }: LoopRow): Known {
    const id = instanceOf(loop)
    const before = known.get(id)
    // Policies are told to everybody: only facts of others can be new without a word.
    if (before?.etag === etag && (before.facts.size === 0 || now() - before.since < longest)) return before
    const fresh: Known = { etag, since: now(), policies: policies(), facts: new Map() }
    known.delete(id)
    known.set(id, fresh)
    for (const [eldest, { since }] of known) {
      if (known.size <= most && now() - since < longest) break
      known.delete(eldest)
    }
    return fresh
  }

  return {
    async of(row, others) {
      const its = knownTo(row)
      const factsOf = async (other: Loop): Promise<readonly [string, AnyFacts]> => {
        const id = instanceOf(other)
        const facts = its.facts.get(id) ?? factsIn(id)
        its.facts.set(id, facts)
        return [id, factsFor(row.loop.kind, other.kind, await facts)]
      }
      try {
        const [policyList, facts] = await Promise.all([its.policies, Promise.all(others.map(factsOf))])
        return { policies: policyList, facts: new Map(facts) }
      } catch (error) {
        known.delete(instanceOf(row.loop))
        throw error
      }
    },
    moved(loop, from, to, news) {
      const its = known.get(instanceOf(loop))
      if (its?.etag !== from || to === undefined) return
      its.etag = to
      for (const other of news) its.facts.delete(instanceOf(other))
    },
    forget: (loop) => void known.delete(instanceOf(loop)),
  }
}

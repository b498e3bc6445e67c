// What an outcome tells has room in its row, next to the facts: a row of Table Storage holds 1 MiB, which is half a million characters, and a row that
// cannot be written would stop its loop for good. Only loops that hundreds of connections share ever come near.
import type { Need } from '../model/managed-object.ts'
import type { Outcome } from '../model/outcome.ts'
import { isWarning, type Problem } from '../model/problem.ts'

/** Characters of JSON. */
const room = { problems: 100_000, waits: 60_000, words: 10_000 } as const

/**
 * No connection loses its problem or its wait, or it would count as good: problems beyond the room are told as one of each code, which concerns all that
 * they concern, and waits beyond it in a few words. Of the words about changes and deletions the rest is left out.
 */
export function withinRow(outcome: Outcome): Outcome {
  return {
    ...outcome,
    problems: problemsWithin(outcome.problems),
    waits: waitsWithin(outcome.waits),
    changed: firstOf(outcome.changed, room.words),
    pendingDeletes: firstOf(outcome.pendingDeletes, room.words),
  }
}

function problemsWithin(problems: readonly Problem[]): readonly Problem[] {
  const told = firstOf(problems, room.problems)
  if (told.length === problems.length) return problems
  const rest = Map.groupBy(problems.slice(told.length), (problem) => `${problem.code} ${isWarning(problem)}`)
  return [...told, ...[...rest.values()].flatMap(together)]
}

function together([one, ...more]: readonly Problem[]): readonly Problem[] {
  if (!one) return []
  if (more.length === 0) return [one]
  const { of: _, users: __, commands: ___, ...problem } = one
  const all = [one, ...more]
  const text = `${problem.text} (And ${more.length} more like this.)`
  if (all.some((each) => each.of === undefined && each.users === undefined)) return [{ ...problem, text }]
  return [{ ...problem, text, users: [...new Set(all.flatMap((each) => each.of ?? each.users ?? []))] }]
}

function waitsWithin(waits: readonly Need[]): readonly Need[] {
  const told = new Set(firstOf(waits, room.waits))
  return waits.map((one) => (told.has(one) ? one : { ...one, of: [], text: 'waiting, as others of this loop are' }))
}

/** At least one, or the outcome would look like another. */
function firstOf<T>(all: readonly T[], most: number): readonly T[] {
  let size = 0
  return all.filter((one, at) => {
    size += JSON.stringify(one).length
    return at === 0 || size <= most
  })
}

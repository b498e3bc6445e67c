// Who joined a loop while it found something. Whom an attempt's facts concern is said by the members that were read before it; one who joins after that,
// and reads the facts before they are stored, would wait for a wake that no one sends. The row of a loop that is joined has another version, so the loop
// cannot fall asleep: it reads itself again, and what differs between the two reads is told to the new members.
import { instanceOf, type Loop } from '../model/loop.ts'
import { newlyTroubled, readersToWake } from '../model/readers.ts'
import type { Snapshot } from '../ports/rows.ts'

export function lateReaders(before: Snapshot, after: Snapshot): readonly Loop[] {
  const { loop } = after.row
  const nameOf = ({ connection: { key, generation } }: Snapshot['members'][number]): string => `${key} ${generation}`
  const there = new Set(before.members.map(nameOf))
  const joined = after.members.filter((member) => !there.has(nameOf(member))).map(({ connection }) => connection)
  if (joined.length === 0) return []
  const readers = after.steps.flatMap((row) => {
    const was = before.steps.find(({ step }) => step === row.step)
    return [...readersToWake(loop, joined, was && { facts: was.facts, wake: [] }, row.facts), ...newlyTroubled(loop, joined, was, row)]
  })
  return [...new Map(readers.map((reader) => [instanceOf(reader), reader])).values()]
}

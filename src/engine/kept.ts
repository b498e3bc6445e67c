// What stays of connections that were removed with `onDelete: keep`. Objects of the connection's own loop are released, and carry an annotation that
// spares them from the sweep. Those of loops that live on stay in their ledgers: the app knows that it made them, does not touch them, and uses them
// again when the connection comes back. docs/adr/0073-what-is-kept-stays-in-the-ledger.md
import type { AnyStep } from '../contract/digest.ts'
import { isKept } from '../contract/on-delete.ts'
import type { Key } from '../model/loop.ts'
import type { LedgerEntry } from '../model/managed-object.ts'
import type { View } from '../model/view.ts'

/** The ledger as the plan has to read it. Pure. */
export function withKept(step: AnyStep, view: View, rows: readonly LedgerEntry[]): readonly LedgerEntry[] {
  if (!step.outlives) return rows
  if (view.self) return view.removing && isKept(view.self, view) ? rows.map(released) : rows
  const { keeping = [] } = view
  const there = new Set([...view.members, ...view.readers].map(({ key }) => key))
  const keepers = keepersOf(step, view)
  return rows.map((row) => {
    const before = (row.keptFor ?? []).filter((key) => !there.has(key) && !keeping.some((one) => one.key === key))
    const { keptFor: _, ...rest } = row
    const keptFor = [...before, ...keepers(row)]
    return keptFor.length > 0 ? { ...rest, keptFor } : rest
  })
}

const released = (row: LedgerEntry): LedgerEntry => ({ ...row, object: { ...row.object, retain: true } })

/** Of an identity that no other connection uses everything is kept: what belongs to it is known only while it has members. */
function keepersOf(step: AnyStep, view: View): (row: LedgerEntry) => readonly Key[] {
  const { keeping = [] } = view
  if (view.loop.kind === 'identity' && view.members.length + view.readers.length === 0) return () => keeping.map(({ key }) => key)
  const needs = keeping.map((one) => {
    const { objects, later = [] } = step.desired({ ...view, members: [one], readers: [] })
    return { key: one.key, ids: new Set([...objects, ...later].map(({ id }) => id)) }
  })
  return ({ object }) => needs.filter(({ ids }) => ids.has(object.id)).map(({ key }) => key)
}

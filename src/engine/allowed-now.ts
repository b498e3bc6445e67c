// What may be written now. Consent can end at any time, and what was made under it is kept for the grace time; but from that moment nothing is made,
// repaired or told for the connection any more, by whichever loop. Pure.

import { deniedIn } from '../contract/consent.ts'
import type { AnyStep } from '../contract/digest.ts'
import type { Change } from '../model/managed-object.ts'
import type { View } from '../model/view.ts'

/** Rows of our own store: they are written where nothing outside changes, and check-consent decides about them itself. */
const inside = new Set(['membership', 'declaration', 'withdrawal'])

/** Deletes are always allowed; everything else only for what a connection that is allowed needs. */
export function permitted(step: AnyStep, view: View): (change: Change) => boolean {
  const denied = new Set(deniedIn(view))
  if (denied.size === 0) return () => true
  const members = view.members.filter((member) => !denied.has(member))
  const readers = view.readers.filter((member) => !denied.has(member))
  const needed = view.self ? [] : step.desired({ ...view, members, readers }).objects
  const ids = new Set(needed.map(({ id }) => id))
  return ({ action, object }) => action === 'delete' || inside.has(object.kind) || ids.has(object.id)
}

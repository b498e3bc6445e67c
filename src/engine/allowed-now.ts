// What may be written now. Consent can end at any time, and what was made under it is retained for the grace period; but from that moment no loop
// creates, repairs or publishes anything for the connection. Pure.

import { deniedIn } from '../contract/consent.ts'
import type { AnyStep } from '../contract/digest.ts'
import { type Change, inside } from '../model/managed-object.ts'
import type { View } from '../model/view.ts'

/** Deletes are always allowed, and what changes nothing outside, which check-consent decides about itself; everything else only if an allowed connection needs it. */
export function permitted(step: AnyStep, view: View): (change: Change) => boolean {
  const denied = new Set(deniedIn(view))
  if (denied.size === 0) return () => true
  const members = view.members.filter((member) => !denied.has(member))
  const readers = view.readers.filter((member) => !denied.has(member))
  const needed = view.self ? [] : step.desired({ ...view, members, readers }).objects
  const ids = new Set(needed.map(({ id }) => id))
  return ({ action, object }) => action === 'delete' || inside.has(object.kind) || ids.has(object.id)
}

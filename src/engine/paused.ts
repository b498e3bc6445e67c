// What is not written because connections are paused: everything of such a connection, and of what it shares with others what only paused ones need.
// Deletes in a shared loop go on where anyone else could want them: of a connection that is not paused, or of one that is leaving. Pure.
import type { AnyStep } from '../contract/digest.ts'
import { pausedIn } from '../contract/paused.ts'
import { type Change, inside } from '../model/managed-object.ts'
import type { View } from '../model/view.ts'

export function heldBack(step: AnyStep, view: View): (change: Change) => boolean {
  const paused = new Set(pausedIn(view))
  // The status is how people in the cluster learn of it.
  if (paused.size === 0 || step.name === 'publish-status') return () => false
  if (view.self) return ({ object }) => !inside.has(object.kind)
  const members = view.members.filter((one) => !paused.has(one))
  const readers = view.readers.filter((one) => !paused.has(one))
  const needed = new Set(step.desired({ ...view, members, readers }).objects.map(({ id }) => id))
  const mayDelete = view.leaving || members.length + readers.length > 0
  return ({ action, object }) => !inside.has(object.kind) && (action === 'delete' ? !mayDelete : !needed.has(object.id))
}

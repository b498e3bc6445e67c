// Which connections of a loop are paused. A connection that is removed, or that no policy allows any more, is not: its author, or an administrator,
// wants what was made for it to go.
import type { Connection } from '../model/connection.ts'
import type { View } from '../model/view.ts'

export function pausedIn(view: View): readonly Connection[] {
  if (!view.self) return [...view.members, ...view.readers].filter(({ paused }) => paused)
  const { consent } = view.facts as View<'connection'>['facts']
  return view.self.paused && !view.removing && consent !== 'refused' ? [view.self] : []
}

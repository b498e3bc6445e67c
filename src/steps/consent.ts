// Whether a connection is allowed now, asked from a loop's view: the same function as for every handler (domain/consent.ts).
import type { Connection, Desired } from '../domain/connection.ts'
import { allowed, type Consent } from '../domain/consent.ts'
import { defaultIds } from '../domain/grant.ts'
import type { View } from '../domain/view.ts'
import { targetOf } from '../targets/catalogue.ts'

type Seen = Pick<View, 'policies' | 'rules' | 'guarded' | 'of'>

export const consentTo = (connection: Desired, view: Seen): Consent =>
  allowed(connection, view.policies, defaultIds(targetOf(connection.type)?.grants), {
    rules: view.rules,
    guarded: view.guarded,
    madeFor: connection.identity && view.of(connection.identity).madeFor,
  })

export const isAllowedNow = (connection: Desired, view: Seen): boolean => 'by' in consentTo(connection, view)

const known = new WeakMap<View, readonly Connection[]>()

/** The connections of the loop that no policy allows now. Asked for each step of one view. */
export function deniedIn(view: View): readonly Connection[] {
  const before = known.get(view)
  if (before) return before
  const denied = (view.self ? [view.self] : [...view.members, ...view.readers]).filter((one) => !isAllowedNow(one, view))
  known.set(view, denied)
  return denied
}

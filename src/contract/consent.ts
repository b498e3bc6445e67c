// Whether a connection is allowed now, from a loop's view: the same function as for every handler (declare/consent.ts).

import { allowed, type Consent, mayCommand } from '../declare/consent.ts'
import type { Connection, ConnectionSpec } from '../model/connection.ts'
import { defaultGrants } from '../model/grant.ts'
import type { View } from '../model/view.ts'
import { targetOf } from '../targets/catalogue.ts'

export { mayCommand }

type ConsentView = Pick<View, 'policies' | 'installation' | 'guarded' | 'of'>

export const consentTo = (connection: ConnectionSpec, view: ConsentView): Consent =>
  allowed(connection, view.policies, defaultGrants(targetOf(connection.type)?.grants), {
    installation: view.installation,
    guarded: view.guarded,
    madeFor: connection.identity && view.of(connection.identity).madeFor,
  })

export const isAllowedNow = (connection: ConnectionSpec, view: ConsentView): boolean => 'by' in consentTo(connection, view)

const known = new WeakMap<View, readonly Connection[]>()

/** The connections of the loop that no policy allows now. Called for each step of a view. */
export function deniedIn(view: View): readonly Connection[] {
  const before = known.get(view)
  if (before) return before
  const denied = (view.self ? [view.self] : [...view.members, ...view.readers]).filter((one) => !isAllowedNow(one, view))
  known.set(view, denied)
  return denied
}

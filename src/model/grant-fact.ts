// How the facts of an identity name what it was granted, and where: `<grant>@<ARM id>`, where the grant has no scope of its own.
import type { ConnectionSpec } from './connection.ts'
import { ofKind, parseGrant } from './grant.ts'

/** `grant`: the text of a grant, without its scope. */
export const grantFact = (grant: string, scopeId: string): string => `${grant}@${scopeId}`.toLowerCase()

type Target = Pick<ConnectionSpec, 'target' | 'targetId'>

/** The ARM id of what a connection's grant is on. */
export const grantedOn = (grant: string, { target, targetId }: Target): string =>
  parseGrant(grant).scope === 'child' ? targetId : target.id

export function grantFactOf(grant: string, connection: Target): string {
  const { kind, id } = parseGrant(grant)
  return grantFact(ofKind(kind, id), grantedOn(grant, connection))
}

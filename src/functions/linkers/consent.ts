// Consent for handlers: the function of declare/consent.ts with the store's data. PUT, DELETE and reconcile all use it.

import { allowed, type CallerIds, callerRefused } from '../../declare/consent.ts'
import type { ConnectionSpec } from '../../model/connection.ts'
import { defaultGrants } from '../../model/grant.ts'
import type { Guarded } from '../../model/guarded.ts'
import type { Policy } from '../../model/policy.ts'
import type { Fault } from '../../model/problem.ts'
import { refusedBy } from '../http/answers.ts'
import type { HandlerContext } from '../http/handler-context.ts'

export type Consents = {
  /** Whether a policy allows it now, for any caller. */
  isAllowed(connection: ConnectionSpec): boolean
  /** @throws Refusal unless a policy allows the connection, to this caller. */
  refuseUnlessAllowed(connection: ConnectionSpec, caller: CallerIds): void
  /** @throws Refusal unless the caller may change the existing connection. */
  refuseCaller(connection: ConnectionSpec, caller: CallerIds): void
}

/** `connections`: those that will be checked. `supposed`: the policies as they would be, instead of those that are stored. */
export async function consentsFor(
  connections: readonly (ConnectionSpec | undefined)[],
  services: HandlerContext,
  supposed?: readonly Policy[],
): Promise<Consents> {
  const { store, installation } = services
  const bringing = connections.filter((one) => one?.provided)
  const [policies, guarded, madeFor]: [readonly Policy[], Guarded | undefined, ReadonlyMap<string, string | undefined>] = await Promise.all(
    [supposed ?? store.policies(), bringing.length > 0 ? store.guarded() : undefined, placesOf(bringing, services)],
  )
  const usual = ({ type }: ConnectionSpec): readonly string[] =>
    defaultGrants(services.targets.find((other) => other.type === type)?.grants)
  const refused = (one: ConnectionSpec): Fault | undefined => {
    const consent = allowed(one, policies, usual(one), { installation, guarded, madeFor: one.identity && madeFor.get(one.identity.key) })
    return 'refused' in consent ? consent.refused : undefined
  }
  const throwing = (fault: Fault | undefined): void => {
    if (fault) throw refusedBy(403, fault)
  }
  return {
    isAllowed: (one) => refused(one) === undefined,
    refuseUnlessAllowed: (one, caller) => throwing(refused(one) ?? callerRefused(one, policies, usual(one), caller)),
    refuseCaller: (one, caller) => throwing(callerRefused(one, policies, usual(one), caller)),
  }
}

/** The places that the identities were created for, according to their loops. */
async function placesOf(
  connections: readonly (ConnectionSpec | undefined)[],
  { store }: HandlerContext,
): Promise<ReadonlyMap<string, string | undefined>> {
  const identities = connections.flatMap((one) => (one?.identity ? [one.identity] : []))
  return new Map(await Promise.all(identities.map(async (loop) => [loop.key, (await store.read(loop))?.view.facts.madeFor] as const)))
}

// Conditions: what cannot be verified about a connection whose state is otherwise as desired, and that it is paused, in words, with an end time where there is one. They are
// computed on read, so they end by themselves. What the app just created is in Azure's store before it takes effect everywhere, and Azure does not
// report when it does; a role assignment made by others can be limited in ways that do not show what a pod may do.

import type { Code } from './code.ts'
import type { Connection } from './connection.ts'
import type { ClusterFacts, ConnectionFacts, IdentityFacts, TargetFacts } from './facts.ts'
import { bindingCredential, isBound } from './federation.ts'
import { type GrantKind, ofKind } from './grant.ts'
import { grantFact, grantFactOf } from './grant-fact.ts'
import type { LedgerEntry, ManagedObject } from './managed-object.ts'
import { serviceAccountName, serviceAccountSubject } from './names.ts'
import type { Fault } from './problem.ts'
import type { StepName } from './step-name.ts'
import { nameOf } from './words.ts'

/** `step`: the timeline step that it belongs to. `until`: when it ends by itself. */
export type Condition = { readonly fault: Fault; readonly step: StepName; readonly until?: number }

const minute = 60_000
/**
 * The documented bounds. Roles: up to 10 minutes, https://learn.microsoft.com/azure/role-based-access-control/troubleshooting; credentials: requests
 * made within minutes can fail, https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations
 */
export const spreadMs = { 'assign-roles': 10 * minute, 'federate-identity': 5 * minute, 'bind-identity': 5 * minute } as const

export type SharedFacts = {
  readonly cluster: Partial<ClusterFacts>
  readonly identity: Partial<IdentityFacts>
  readonly target: Partial<TargetFacts>
  /** The rotation whose key the Secret has. */
  readonly keyOf?: ConnectionFacts['keyOf']
  /** What prove-access has verified. */
  readonly proven?: ConnectionFacts['proven']
  /** The ledger of the identity's loop, by step. */
  readonly tracked: (step: keyof typeof spreadMs) => readonly LedgerEntry[]
}

type Tracked = ManagedObject & { readonly grant?: GrantKind; readonly scope?: string; readonly roleId?: string }

export function conditionsOf(self: Connection, shared: SharedFacts, now: number): readonly Condition[] {
  return [...pausedOf(self), ...spreadingOf(self, shared, now), ...limitsOf(self, shared.identity), ...formerKeyOf(self, shared, now)]
}

const pausedOf = ({ paused, name }: Connection): readonly Condition[] =>
  paused ? [{ step: 'check-consent', fault: { code: 'Paused', about: { name } } }] : []

function spreadingOf(self: Connection, { cluster, identity, tracked, proven }: SharedFacts, now: number): readonly Condition[] {
  const roles = new Set(self.roles.map((grant) => grantFactOf(grant, self)))
  const trust = identity.clientId && `${cluster.issuer}|${serviceAccountSubject(self.namespace, serviceAccountName(identity.clientId))}`
  const concerns = {
    'assign-roles': ({ grant = 'azureRole', roleId = '', scope = '' }: Tracked) => roles.has(grantFact(ofKind(grant, roleId), scope)),
    'federate-identity': ({ id }: Tracked) => !isBound(self) && id === trust,
    'bind-identity': ({ id }: Tracked) => isBound(self) && id === bindingCredential,
  }
  // Anything recreated since then has not been verified.
  const isProven = (step: keyof typeof spreadMs, since: number): boolean =>
    proven !== undefined && since <= proven.at && (step !== 'assign-roles' || proven.what === 'access')
  const codes = {
    'assign-roles': 'RoleSpreading',
    'federate-identity': 'CredentialSpreading',
    'bind-identity': 'CredentialSpreading',
  } as const
  return (['federate-identity', 'bind-identity', 'assign-roles'] as const).flatMap((step) =>
    tracked(step)
      .filter(
        ({ object, ownership, since }) =>
          ownership === 'ours' && concerns[step](object) && now < since + spreadMs[step] && !isProven(step, since),
      )
      .map(({ object, since }) => {
        const until = since + spreadMs[step]
        return { step, until, fault: { code: codes[step], about: { object: object.summary, until: timeOf(until) } } }
      }),
  )
}

function limitsOf(self: Connection, { limits = {} }: Partial<IdentityFacts>): readonly Condition[] {
  return self.roles.flatMap((role) => {
    const { condition, endsAt, isDelegated, owners, what = role } = limits[grantFactOf(role, self)] ?? {}
    const told = (code: Code, words: Fault['about'] = {}): Condition => ({
      step: 'assign-roles',
      fault: { code, about: { object: what, ...words } },
    })
    return [
      ...(condition === undefined ? [] : [told('RoleLimited', { condition })]),
      ...(endsAt === undefined ? [] : [{ ...told('RoleEnds', { until: timeOf(endsAt) }), until: endsAt }]),
      ...(isDelegated ? [told('RoleDelegated')] : []),
      ...(owners ? [told('TablesOfOthers', { owners: owners.join(', ') })] : []),
    ]
  })
}

function formerKeyOf({ target }: Connection, { target: { keys }, keyOf }: SharedFacts, now: number): readonly Condition[] {
  const { until, rotation } = keys ?? {}
  if (until === undefined || now >= until || keyOf !== rotation) return []
  return [{ step: 'rotate-keys', until, fault: { code: 'FormerKeyEnds', about: { target: nameOf(target), until: timeOf(until) } } }]
}

const timeOf = (ms: number): string => `${new Date(Math.ceil(ms / minute) * minute).toISOString().slice(0, 16).replace('T', ' ')}Z`

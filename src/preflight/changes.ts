// What the program would create or change for the connections of a preflight, from its own plans, and what will follow from that: what depends on an
// identity or an issuer that does not exist yet cannot be planned, but it is known to come. Pure.
import { authTypeOf } from '../auth/catalogue.ts'
import { concernIn } from '../contract/concern.ts'
import { concerning } from '../contract/failures.ts'
import type { Connection } from '../model/connection.ts'
import { grantName, parseGrant } from '../model/grant.ts'
import { grantedOn, grantFactOf } from '../model/grant-fact.ts'
import type { LoopKind } from '../model/loop.ts'
import type { Change, ManagedObject } from '../model/managed-object.ts'
import type { GrantObject } from '../model/managed-objects.ts'
import { secretName } from '../model/names.ts'
import type { Adoption, GrantEffect, PlannedChange } from '../model/preflight-report.ts'
import { concerns } from '../model/problem.ts'
import { servicePrincipalOf } from '../model/service-principal.ts'
import type { StepName } from '../model/step-name.ts'
import { nameOf } from '../model/words.ts'
import { takesOver } from '../plan/plan.ts'
import { stepNamed } from '../steps/program.ts'
import { targetOf } from '../targets/catalogue.ts'
import { bookkeeping, concernedBy } from './entries.ts'
import type { StepObservation } from './observe.ts'
import { loopOf, type SimulatedLoops } from './simulated-loops.ts'

/** `reports`: whether a person has to carry the step out for this connection. */
type Reports = (step: StepName, one: Connection) => boolean

export function changesOf(
  observations: readonly StepObservation[],
  allowed: readonly Connection[],
  world: SimulatedLoops,
  reports: Reports,
): readonly PlannedChange[] {
  const now = observations.filter(({ step }) => !bookkeeping.includes(step.name)).flatMap((one) => planned(one, allowed))
  const isPlanned = (step: StepName, { name }: Connection): boolean =>
    now.some((change) => change.step === step && change.connections.includes(name))
  const later = allowed.flatMap((one) =>
    following(one, world)
      .filter(({ step }) => !isPlanned(step, one))
      .map((change): PlannedChange => ({ ...change, by: reports(change.step, one) ? 'person' : 'app' })),
  )
  return [...now, ...later]
}

/** Objects of others that serve as they are. */
export const adoptionsOf = (observations: readonly StepObservation[], allowed: readonly Connection[]): readonly Adoption[] =>
  observations
    .filter(({ step }) => !bookkeeping.includes(step.name))
    .flatMap((observation) => {
      const members = concernedBy(observation, allowed, allowed)
      return observation.adopted.flatMap((change) => {
        const connections = servedBy(change, members, observation).map(({ name }) => name)
        return connections.length > 0 ? [{ connections, step: observation.step.name, object: change.object.summary }] : []
      })
    })

const servedBy = (change: Change, members: readonly Connection[], { step, view }: StepObservation): readonly Connection[] => {
  const whom = concerning([change], concernIn(step, view))
  return members.filter(({ key }) => concerns(whom, key))
}

function planned(observation: StepObservation, allowed: readonly Connection[]): readonly PlannedChange[] {
  const { step, due, later, mode } = observation
  const members = concernedBy(observation, allowed, allowed)
  return [...due, ...later].flatMap((change): readonly PlannedChange[] => {
    const served = servedBy(change, members, observation)
    if (served.length === 0) return []
    return [
      {
        connections: served.map(({ name }) => name),
        loop: step.loop,
        step: step.name,
        change: change.action === 'update' ? 'update' : 'create',
        when: due.includes(change) ? 'now' : 'later',
        by: mode === 'report' ? 'person' : 'app',
        object: change.object.summary,
        ...(change.action === 'update' && takesOver(change.observed) ? { takesOver: true } : {}),
        ...effectOf(change, served),
        ...irreversible(change.object),
      },
    ]
  })
}

function effectOf({ object }: Change, [first]: readonly Connection[]): { readonly grant?: GrantEffect } {
  if (object.kind !== 'role-assignment' || !first) return {}
  const { principalId, roleId, scope } = object as GrantObject
  const text = first.roles.find((role) => parseGrant(role).id.toLowerCase() === roleId.toLowerCase())
  return { grant: { principal: principalId, role: (text && nameIn(first, text)) ?? roleId, roleId, scope } }
}

const nameIn = ({ type }: Connection, grant: string): string | undefined => grantName(targetOf(type)?.grants, grant)

const irreversible = ({ retain, kind, id }: ManagedObject): { readonly irreversible?: string } =>
  retain
    ? {
        irreversible:
          kind === 'feature' && id === 'oidc-issuer'
            ? 'AKS cannot turn an OIDC issuer off again.'
            : 'It stays when the connection goes: others may use it by then.',
      }
    : {}

type Following = Omit<PlannedChange, 'by'>

function following(one: Connection, world: SimulatedLoops): readonly Following[] {
  const { identity, cluster, target } = one
  const facts = identity ? world.factsOf(identity) : {}
  const { issuer, egressIps } = world.factsOf(cluster)
  const principal = identity && (servicePrincipalOf(identity) ?? facts.principalId)
  const later = (step: StepName, object: string, grant?: GrantEffect): Following => ({
    connections: [one.name],
    loop: stepNamed(step).loop as LoopKind,
    step,
    change: 'create',
    when: 'later',
    object,
    ...(grant ? { grant } : {}),
  })
  const hasAccount = authTypeOf(one).serviceAccount
  const grants = one.roles.filter((role) => !facts.roles?.includes(grantFactOf(role, one)))
  return [
    ...(one.firewall === 'open' && world.factsOf(target).network === 'rules' && egressIps === undefined
      ? [later('open-firewall', `firewall rules on ${nameOf(target)} for the outbound addresses of ${nameOf(cluster)}`)]
      : []),
    ...(identity && hasAccount && (facts.clientId === undefined || issuer === undefined)
      ? [later('federate-identity', `federated credential of ${nameOf(identity)} for the ServiceAccount in ${one.namespace}`)]
      : []),
    ...(identity && principal === undefined
      ? grants.map((role) => {
          const { id: roleId } = parseGrant(role)
          const [word, scope] = [nameIn(one, role) ?? roleId, grantedOn(role, one)]
          return later('assign-roles', `${word} for identity ${nameOf(identity)} on ${nameOf(target)}`, {
            principal: `identity ${nameOf(identity)}, which does not exist yet`,
            role: word,
            roleId,
            scope,
          })
        })
      : []),
    ...(hasAccount && facts.clientId === undefined ? [later('write-service-accounts', `ServiceAccount in ${one.namespace}`)] : []),
    ...(world.factsOf(loopOf(one)).secretName === undefined
      ? [later('write-resources', `Secret ${secretName(one.name)} in ${one.namespace}`)]
      : []),
  ]
}

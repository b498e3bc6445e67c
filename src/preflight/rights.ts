// Missing rights, each with the commands that grant it: in Azure by what Microsoft.Authorization/permissions answers at each scope, in the cluster by
// access reviews.

import * as z from 'zod'
import { authTypeOf } from '../auth/catalogue.ts'
import { problemOf } from '../errors/catalogue.ts'
import { closed, Failure } from '../errors/failure.ts'
import { roleFor } from '../errors/problems/roles.ts'
import type { ClusterAccess } from '../kubernetes/clusters.ts'
import { inShape } from '../model/answer-shape.ts'
import type { Connection } from '../model/connection.ts'
import type { Facts } from '../model/facts.ts'
import { isBound } from '../model/federation.ts'
import { customGroupOf, isOfCluster, type KindName, kubernetesKinds } from '../model/kubernetes-kind.ts'
import type { Loop } from '../model/loop.ts'
import { grants, type Permission } from '../model/preflight-report.ts'
import type { Problem } from '../model/problem.ts'
import { resourceId, sameId } from '../model/resource-id.ts'
import type { StepName } from '../model/step-name.ts'
import type { Arm } from '../ports/azure.ts'
import { unreachable } from '../steps/cluster/unreachable.ts'
import { transportTypeOf } from '../transports/catalogue.ts'
import { actionsFor, type Known, type Need } from './actions.ts'
import { forbiddenRoles, type Pending } from './delegation.ts'
import type { Found, MissingRight } from './found.ts'

type Needed = Need & { readonly steps: readonly StepName[]; readonly connections: readonly string[] }

const api = '2022-04-01'
const permissionSchema = z.looseObject({ actions: z.array(z.string()), notActions: z.array(z.string()).nullish() })

export async function missingInAzure(
  connections: readonly Connection[],
  known: (connection: Connection) => Known,
  pending: readonly Pending[],
  arm: Arm,
  principal: string | undefined,
): Promise<Found> {
  const needs = merged(connections.map((connection) => ({ name: connection.name, needs: actionsFor(connection, known(connection)) })))
  const scopes = [...Map.groupBy(needs, ({ scope }) => scope.toLowerCase()).values()]
  const found = await Promise.all(
    scopes.map(async (group): Promise<Found> => {
      const [first] = group
      if (!first) return { missing: [], notes: [] }
      const permissions = await permissionsAt(first.scope, arm)
      const all = [...new Set(group.flatMap((need) => need.connections))]
      if (permissions instanceof Failure)
        return { missing: [{ step: 'preflight', connections: all, problem: problemOf(permissions.fields) }], notes: [] }
      const there = pending.filter(({ connection }) => sameId(connection.target.id, first.scope))
      const limited = principal === undefined ? undefined : await forbiddenRoles(first.scope, permissions, there, arm, principal)
      const missing = group
        .filter(({ action }) => !grants(permissions, action))
        .map(({ action, scope, steps, step, connections: names }) => {
          const about = { action, scope, doing: `carry out ${steps.join(', ')}`, ...(principal ? { principal } : {}) }
          const role = roleFor(action)?.name
          const right = { action, scope, ...(role === undefined ? {} : { role }) }
          return { step, action, right, connections: names, problem: problemOf({ code: 'RightMissing', about }) }
        })
      return { missing: [...missing, ...(limited?.missing ?? [])], notes: limited?.notes ?? [] }
    }),
  )
  return { missing: found.flatMap(({ missing }) => missing), notes: found.flatMap(({ notes }) => notes) }
}

async function permissionsAt(scope: string, arm: Arm): Promise<readonly Permission[] | Failure> {
  try {
    const rows = await arm.list(`${scope}/providers/Microsoft.Authorization/permissions`, api)
    return rows.map((row) => {
      const { actions, notActions } = inShape(permissionSchema, row)
      return { actions, notActions: notActions ?? [] }
    })
  } catch (error) {
    if (!(error instanceof Failure) || !closed(error)) throw error
    return error
  }
}

/** It is unknown when an unreachable server will be reachable: that is a result, and no reason to ask again. */
const asProblem =
  (facts: Partial<Facts['cluster']>) =>
  (error: unknown): Problem => {
    if (!(error instanceof Failure) || !(closed(error) || error.fields.code === 'KubernetesUnreachable')) throw error
    const permissions = unreachable(error, facts.apiServer)
    return problemOf((permissions instanceof Failure ? permissions : error).fields)
  }

function merged(all: readonly { readonly name: string; readonly needs: readonly Need[] }[]): readonly Needed[] {
  const byRight = new Map<string, Needed>()
  for (const { name, needs } of all)
    for (const need of needs) {
      const key = `${need.action}|${need.scope}`.toLowerCase()
      const before = byRight.get(key) ?? { ...need, steps: [], connections: [] }
      byRight.set(key, {
        ...before,
        steps: [...new Set([...before.steps, need.step])],
        connections: [...new Set([...before.connections, name])],
      })
    }
  return [...byRight.values()]
}

const stepOf: Readonly<Partial<Record<KindName, StepName>>> = {
  Namespace: 'check-consent',
  ServiceAccount: 'write-service-accounts',
  ClusterRole: 'write-cluster-roles',
  ClusterRoleBinding: 'write-cluster-roles',
  Secret: 'write-resources',
  Component: 'write-shapes',
  ConfigMap: 'publish-status',
}

/** For connections whose transport calls the API server; what others lack shows when they read or write. */
export async function missingInCluster(
  cluster: Loop<'cluster'>,
  facts: Partial<Facts['cluster']>,
  connections: readonly Connection[],
  clusters: Pick<ClusterAccess, 'rights'>,
  principal: string | undefined,
  publishesStatus: boolean,
): Promise<Found> {
  const { name } = resourceId(cluster.id)
  const direct = connections.filter((one) => transportTypeOf(one).can.call)
  // A stopped cluster answers nothing; the steps say so.
  if (facts.uid === undefined || facts.running === false) return { missing: [], notes: [] }
  const found = await Promise.all(
    [...Map.groupBy(direct, ({ namespace }) => namespace)].map(async ([namespace, there]): Promise<Found> => {
      const names = there.map((one) => one.name)
      const asked: readonly (readonly [KindName, boolean])[] = [
        ['Secret', true],
        ['ServiceAccount', there.some((one) => authTypeOf(one).serviceAccount)],
        ['ClusterRole', there.some(isBound)],
        ['ClusterRoleBinding', there.some(isBound)],
        ['SecretProviderClass', there.some((one) => one.vaultObjects !== undefined)],
        ['AzureAppConfigurationProvider', there.some(({ kubernetesExtension }) => kubernetesExtension !== undefined)],
        ['Component', there.some(({ dapr }) => dapr !== undefined)],
        ['ConfigMap', publishesStatus],
      ]
      const kinds = asked.flatMap(([kind, isNeeded]) => (isNeeded ? [kind] : []))
      const missingRight = (step: StepName, problem: Problem): MissingRight => ({ step, connections: names, problem })
      const rights = await clusters.rights(cluster, facts.fqdn, namespace, kinds).catch(asProblem(facts))
      if ('code' in rights) return { missing: [missingRight('write-resources', rights)], notes: [] }
      const gone = rights.namespace === 'missing' ? [problemOf({ code: 'NamespaceMissing', about: { namespace, cluster: name } })] : []
      const unknown = rights.namespace === 'unknown' ? [{ kind: 'Namespace' as const, verbs: ['get'] }] : []
      const missing = [...unknown, ...rights.missing].map(({ kind, verbs }) => {
        const id = `${cluster.id}/namespaces/${namespace}`
        const { plural: resource } = kubernetesKinds[kind]
        const group = customGroupOf(resource)
        const who = principal ? { principal } : {}
        const about = { verb: verbs.join(', '), resource, namespace, cluster: name, id, ...who }
        const problem = isOfCluster(kind)
          ? problemOf({ code: 'ClusterRightMissing', about: { object: resource, cluster: name, id: cluster.id, ...who } })
          : group === undefined
            ? problemOf({ code: 'KubernetesRightMissing', about })
            : problemOf({ code: 'CustomResourceRightMissing', about: { ...about, group } })
        return missingRight(stepOf[kind] ?? 'write-resources', problem)
      })
      return { missing: [...gone.map((problem) => missingRight('check-consent', problem)), ...missing], notes: [] }
    }),
  )
  return { missing: found.flatMap((one) => one.missing), notes: found.flatMap((one) => one.notes) }
}

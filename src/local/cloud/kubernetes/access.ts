// Who a caller is and what it may do: Entra tokens, then Azure RBAC for Kubernetes or grants inside the cluster.
// https://learn.microsoft.com/azure/aks/manage-azure-rbac

import type { World } from '../world.ts'
import { isCustom } from './addon-kinds.ts'
import type { Cluster } from './store.ts'

/** A row of the world's table `kubernetes-grants`: what a RoleBinding would give. `*` stands for all. The key is the fleet's own business. */
export type Grant = {
  /** ARM id in lower case. */
  readonly cluster: string
  readonly oid: string
  readonly namespaces: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
  /** 403 before this time. */
  readonly visibleAt?: number
  /** 401 before this time: the cluster's authentication has not heard of this principal yet. */
  readonly knownAt?: number
}

export type Caller = { readonly oid: string }
export type Ask = {
  readonly verb: string
  readonly resource: string
  readonly subresource?: string
  readonly namespace?: string
  readonly group: string
}

export type Access = {
  verify(authorization: string | undefined, audiences: readonly string[]): Promise<{ readonly oid: string } | undefined>
  mayDo(world: World, ask: { readonly principalId: string; readonly dataAction: string; readonly scope: string }): boolean
}

/** Application id of AKS's Entra server, the same in every tenant. https://learn.microsoft.com/azure/aks/kubelogin-authentication */
export const serverApplication = '6dae42f8-4368-4678-94ff-3960e28e3630'

const grants = (world: World): Map<string, Grant> => world.table<Grant>('kubernetes-grants')
export type Profile = { readonly managed?: boolean; readonly enableAzureRBAC?: boolean }

/** Undefined = 401. */
export async function callerOf(
  world: World,
  cluster: Cluster,
  authorization: string | undefined,
  access: Access,
): Promise<Caller | undefined> {
  const claims = await access.verify(authorization, [serverApplication])
  if (!claims) return undefined
  const unknown = [...grants(world).values()].some(
    (grant) => grant.cluster === cluster.id && grant.oid === claims.oid && (grant.knownAt ?? 0) > world.clock.now(),
  )
  return unknown ? undefined : { oid: claims.oid }
}

/** Azure RBAC knows read, write and delete only; scopes reach down to a namespace. */
const actions: Readonly<Record<string, string>> = {
  bind: 'bind/action',
  escalate: 'escalate/action',
  get: 'read',
  list: 'read',
  watch: 'read',
  delete: 'delete',
  deletecollection: 'delete',
}

export function mayAsk(world: World, cluster: Cluster, caller: Caller, ask: Ask, profile: Profile | undefined, access: Access): boolean {
  const has = (list: readonly string[], one: string): boolean => list.includes('*') || list.includes(one)
  const resource = ask.subresource ? `${ask.resource}/${ask.subresource}` : ask.resource
  for (const grant of grants(world).values()) {
    if (grant.cluster !== cluster.id || grant.oid !== caller.oid || (grant.visibleAt ?? 0) > world.clock.now()) continue
    const here = grant.namespaces.includes('*') || (ask.namespace !== undefined && grant.namespaces.includes(ask.namespace))
    const isGranted = has(grant.resources, resource) || grant.resources.includes(`${ask.group}/*`)
    if (here && isGranted && has(grant.verbs, ask.verb)) return true
  }
  if (profile?.enableAzureRBAC === false) return false
  const kind = isCustom(ask.group) ? ['customresources'] : [ask.group, ask.resource]
  const path = [...kind, actions[ask.verb] ?? 'write'].filter((part) => part !== '').join('/')
  return access.mayDo(world, {
    principalId: caller.oid,
    dataAction: `Microsoft.ContainerService/managedClusters/${path}`,
    scope: ask.namespace === undefined ? cluster.id : `${cluster.id}/namespaces/${ask.namespace}`,
  })
}

/** What Azure's authorization webhook gives as its reason; the cluster's own RBAC gives none. */
export const reasonOf = (profile: Profile | undefined): string =>
  profile?.enableAzureRBAC === true ? 'User does not have access to the resource in Azure. Update role assignment to allow access.' : ''

/** Why not, in the server's words. */
export function refusal(caller: Caller, ask: Ask, profile: Profile | undefined): string {
  const resource = ask.subresource ? `${ask.resource}/${ask.subresource}` : ask.resource
  const where = ask.namespace === undefined ? 'at the cluster scope' : `in the namespace "${ask.namespace}"`
  const reason = reasonOf(profile)
  return `User "${caller.oid}" cannot ${ask.verb} resource "${resource}" in API group "${ask.group}" ${where}${reason ? `: ${reason}` : ''}`
}

// Microsoft.Authorization/denyAssignments: they win over roles, Owner included. Azure alone makes them (managed applications, deployment stacks, the
// locked node resource groups of AKS), so that here they come with the fleet and can only be read.
// https://learn.microsoft.com/azure/role-based-access-control/deny-assignments

import type { Claims } from '../entra/entra.ts'
import type { World } from '../world.ts'
import { type ArmError, refuse } from './errors.ts'
import { isWithin, keyOf } from './ids.ts'
import { type Provider, page } from './provider.ts'

export type DenyAssignment = {
  readonly id: string
  readonly name: string
  readonly scope: string
  readonly actions: readonly string[]
  readonly notActions: readonly string[]
  /** Object ids. */
  readonly excluded: readonly string[]
}

export const denyAssignments = (world: World): Map<string, DenyAssignment> => world.table<DenyAssignment>('deny-assignments')

/** The one that forbids an action which the caller's roles would allow. */
export const deniedBy = (world: World, principalId: string, action: string, scope: string): DenyAssignment | undefined =>
  [...denyAssignments(world).values()].find(
    (one) =>
      isWithin(scope, one.scope) &&
      !one.excluded.includes(principalId) &&
      one.actions.some((pattern) => matches(action, pattern)) &&
      !one.notActions.some((pattern) => matches(action, pattern)),
  )

const matches = (action: string, pattern: string): boolean =>
  new RegExp(`^${pattern.replace(/[.\\+?^${}()|[\]]/g, '\\$&').replaceAll('*', '.*')}$`, 'i').test(action)

export const denied = ({ oid, appid }: Claims, action: string, scope: string, { name, id, scope: at }: DenyAssignment): ArmError =>
  refuse(
    403,
    'DenyAssignmentAuthorizationFailed',
    `The client '${appid}' with object id '${oid}' has permission to perform action '${action}' on scope '${scope}'; however, the access is denied because of the deny assignment with name '${name}' and Id '${keyOf(id).split('/').at(-1)}' at scope '${at}'.`,
  )

export const denyAssignmentsProvider: Provider = {
  namespace: 'Microsoft.Authorization',
  routes: [
    {
      method: 'GET',
      path: '/{scope*}/providers/Microsoft.Authorization/denyAssignments',
      handle: (call) => {
        const at = call.parameters['scope'] ?? ''
        const rows = [...denyAssignments(call.world).values()].filter(({ scope }) => isWithin(scope, at) || isWithin(at, scope))
        const body = ({ id, name, scope, actions, notActions, excluded }: DenyAssignment): object => ({
          id,
          name: id.split('/').at(-1),
          type: 'Microsoft.Authorization/denyAssignments',
          properties: {
            denyAssignmentName: name,
            scope,
            permissions: [{ actions, notActions, dataActions: [], notDataActions: [] }],
            principals: [{ id: '00000000-0000-0000-0000-000000000000', type: 'SystemDefined' }],
            excludePrincipals: excluded.map((oid) => ({ id: oid, type: 'ServicePrincipal' })),
            isSystemProtected: true,
          },
        })
        return page(call, rows.map(body))
      },
    },
  ],
}

// Microsoft.Authorization/roleDefinitions: the built-in roles that matter here, and the fleet's own.

import type { RoleDefinition } from '../built-in-roles/role.ts'
import { allRoles, roleDefinition } from '../roles.ts'
import { refuse } from './errors.ts'
import { type Provider, page } from './provider.ts'

const definitions = '/{scope*}/providers/Microsoft.Authorization/roleDefinitions'

/** Ids are those of the subscription, whatever scope below it was asked. */
const subscriptionOf = (scope: string): string => /^\/subscriptions\/[^/]+/i.exec(scope)?.[0] ?? ''

const definitionOf = (role: RoleDefinition, scope: string): object => ({
  id: `${subscriptionOf(scope)}/providers/Microsoft.Authorization/roleDefinitions/${role.id}`,
  name: role.id,
  type: 'Microsoft.Authorization/roleDefinitions',
  properties: {
    roleName: role.name,
    type: role.custom ? 'CustomRole' : 'BuiltInRole',
    description: '',
    assignableScopes: ['/'],
    permissions: [
      {
        actions: role.actions,
        notActions: role.notActions ?? [],
        dataActions: role.dataActions ?? [],
        notDataActions: role.notDataActions ?? [],
      },
    ],
    createdOn: '2015-02-02T21:55:09.8806423Z',
    updatedOn: '2021-11-11T20:13:47.8628684Z',
    createdBy: null,
    updatedBy: null,
  },
})

export const roleDefinitionsProvider: Provider = {
  namespace: 'Microsoft.Authorization',
  routes: [
    {
      method: 'GET',
      path: definitions,
      handle: (call) => {
        const [, name] = /roleName eq '([^']+)'/i.exec(call.url.searchParams.get('$filter') ?? '') ?? []
        const rows = allRoles(call.world).filter((role) => name === undefined || role.name.toLowerCase() === name.toLowerCase())
        return page(
          call,
          rows.map((role) => definitionOf(role, call.parameters['scope'] || '/')),
        )
      },
    },
    {
      method: 'GET',
      path: `${definitions}/{guid}`,
      handle: (call) => {
        const found = roleDefinition(call.world, call.parameters['guid'] ?? '')
        if (!found)
          throw refuse(
            404,
            'RoleDefinitionDoesNotExist',
            `The specified role definition with ID '${call.parameters['guid']}' does not exist.`,
          )
        return { status: 200, body: definitionOf(found, call.parameters['scope'] || '/') }
      },
    },
  ],
}

// Microsoft.Authorization/permissions: what the caller itself may do at a scope, one entry per role that it has there
// (https://learn.microsoft.com/rest/api/authorization/permissions). It says nothing of conditions, nor of deny assignments.
import { permissionsAt } from '../access.ts'
import { type Provider, page } from './provider.ts'

export const permissionsProvider: Provider = {
  namespace: 'Microsoft.Authorization',
  routes: [
    {
      method: 'GET',
      path: '/{scope*}/providers/Microsoft.Authorization/permissions',
      handle: (call) => {
        const roles = permissionsAt(call.world, call.claims.oid, call.parameters['scope'] || '/')
        const rows = roles.map(({ actions, notActions = [], dataActions = [], notDataActions = [] }) => ({
          actions,
          notActions,
          dataActions,
          notDataActions,
        }))
        return page(call, rows)
      },
    },
  ],
}

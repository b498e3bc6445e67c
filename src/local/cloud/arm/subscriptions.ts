// Microsoft.Resources/subscriptions: those of the fleet.

import { mayDo } from '../access.ts'
import { tenant } from '../entra/directory.ts'
import type { World } from '../world.ts'
import { type Provider, page } from './provider.ts'

export type Subscription = { readonly id: string; readonly name: string }

export const subscriptions = (world: World): Map<string, Subscription> => world.table<Subscription>('subscriptions')
export const findSubscription = (world: World, id: string): Subscription | undefined => subscriptions(world).get(id.toLowerCase())

const bodyOf = ({ id, name }: Subscription): object => ({
  id: `/subscriptions/${id}`,
  subscriptionId: id,
  displayName: name,
  tenantId: tenant,
  state: 'Enabled',
})

export const subscriptionsProvider: Provider = {
  namespace: 'Microsoft.Resources',
  routes: [
    {
      method: 'GET',
      path: '/subscriptions',
      action: 'none', // answers what the caller may read
      handle: (call) => {
        const may = ({ id }: Subscription): boolean =>
          mayDo(call.world, {
            principalId: call.claims.oid,
            action: 'Microsoft.Resources/subscriptions/read',
            scope: `/subscriptions/${id}`,
          })
        return page(call, [...subscriptions(call.world).values()].filter(may).map(bodyOf))
      },
    },
    {
      method: 'GET',
      path: '/subscriptions/{subscription}',
      handle: ({ world, parameters }) => {
        const found = findSubscription(world, parameters['subscription'] ?? '')
        return found ? { status: 200, body: bodyOf(found) } : { status: 404 }
      },
    },
  ],
}

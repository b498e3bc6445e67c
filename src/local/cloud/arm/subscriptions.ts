// Microsoft.Resources/subscriptions: those of the fleet.

import { mayDo } from '../access.ts'
import { tenant } from '../entra/directory.ts'
import type { World } from '../world.ts'
import { refuse } from './errors.ts'
import { type Provider, page, type Route } from './provider.ts'

export type Subscription = {
  readonly id: string
  readonly name: string
  /** Of which Entra tenant it is, where not of the app's. */
  readonly tenant?: string | undefined
  /** Its owner or its bill has disabled it: it can be read, and nothing else. */
  readonly disabled?: boolean | undefined
}

export const subscriptions = (world: World): Map<string, Subscription> => world.table<Subscription>('subscriptions')
const findSubscription = (world: World, id: string): Subscription | undefined => subscriptions(world).get(id.toLowerCase())

/**
 * What ARM refuses for the sake of the subscription alone, before it looks at rights.
 * https://learn.microsoft.com/troubleshoot/azure/entra/entra-id/app-integration/error-code-invalidauthenticationtokentenant,
 * https://learn.microsoft.com/azure/cost-management-billing/manage/subscription-disabled
 */
export function checkSubscription(world: World, method: string, path: string): void {
  const [, id] = /^\/subscriptions\/([^/]+)/i.exec(path) ?? []
  if (id === undefined) return
  const found = findSubscription(world, id)
  if (!found) throw refuse(404, 'SubscriptionNotFound', `The subscription '${id}' could not be found.`)
  if (found.tenant !== undefined && found.tenant !== tenant)
    throw refuse(
      401,
      'InvalidAuthenticationTokenTenant',
      `The access token is from the wrong issuer 'https://sts.windows.net/${tenant}/'. It must match the tenant 'https://sts.windows.net/${found.tenant}/' associated with this subscription. Please use the authority (URL) 'https://login.windows.net/${found.tenant}' to get the token. Note, if the subscription is transferred to another tenant there is no impact to the services, but information about new tenant could take time to propagate (up to an hour). If you just transferred your subscription and see this error message, please try back later.`,
      {},
      {
        'www-authenticate': `Bearer authorization_uri="https://login.windows.net/${found.tenant}", error="invalid_token", error_description="The access token is from the wrong issuer."`,
      },
    )
  if (found.disabled && method !== 'GET' && method !== 'HEAD' && !/\/providers\/Microsoft\.Subscription\//i.test(path))
    throw refuse(
      409,
      'ReadOnlyDisabledSubscription',
      `The subscription '${id}' is disabled and therefore marked as read only. You cannot perform any write actions on this subscription until it is re-enabled.`,
    )
}

/** https://learn.microsoft.com/rest/api/subscription/subscription/cancel and …/enable */
const switching = (action: 'cancel' | 'enable'): Route => ({
  method: 'POST',
  path: `/subscriptions/{subscription}/providers/Microsoft.Subscription/${action}`,
  handle: ({ world, parameters }) => {
    const found = findSubscription(world, parameters['subscription'] ?? '')
    if (!found) return { status: 404 }
    subscriptions(world).set(found.id.toLowerCase(), { ...found, disabled: action === 'cancel' })
    return { status: 200, body: { subscriptionId: found.id } }
  },
})

const bodyOf = ({ id, name, disabled }: Subscription): object => ({
  id: `/subscriptions/${id}`,
  subscriptionId: id,
  displayName: name,
  tenantId: tenant,
  state: disabled ? 'Disabled' : 'Enabled',
})

export const subscriptionsProvider: Provider = {
  namespace: 'Microsoft.Resources',
  routes: [
    {
      method: 'GET',
      path: '/subscriptions',
      action: 'none', // answers what the caller may read
      handle: (call) => {
        const may = ({ id, tenant: of = tenant }: Subscription): boolean =>
          of === tenant &&
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
    switching('cancel'),
    switching('enable'),
  ],
}

// Which resource providers a subscription is registered for (https://learn.microsoft.com/azure/azure-resource-manager/management/resource-providers-and-types).
// The simulated ones and those without routes; all but those that the fleet leaves out.

import type { World } from '../world.ts'
import { refuse } from './errors.ts'
import { type Call, type Provider, page } from './provider.ts'

const withoutRoutes = ['Microsoft.EventGrid']
const registeringTakes = 90_000

type State = 'NotRegistered' | 'Registering'
/** Key `<subscription>/<namespace>` in lower case; no row = registered. */
const states = (world: World): Map<string, State> => world.table<State>('provider-registrations')
const keyOf = (subscription: string, namespace: string): string => `${subscription}/${namespace}`.toLowerCase()

export const leaveUnregistered = (world: World, subscription: string, namespace: string): void =>
  void states(world).set(keyOf(subscription, namespace), 'NotRegistered')

export function needRegistration(world: World, path: string): void {
  const [, subscription = ''] = /^\/subscriptions\/([^/]+)/i.exec(path) ?? []
  const [, namespace = ''] = /\/providers\/([^/]+)(?!.*\/providers\/)/i.exec(path) ?? []
  if (!states(world).has(keyOf(subscription, namespace))) return
  const message = `The subscription is not registered to use namespace '${namespace}'. See https://aka.ms/rps-not-found for how to register subscriptions.`
  const code = 'MissingSubscriptionRegistration'
  throw refuse(409, code, message, { details: [{ code, target: namespace, message }] })
}

const bodyOf = (world: World, subscription: string, namespace: string): object => ({
  id: `/subscriptions/${subscription}/providers/${namespace}`,
  namespace,
  resourceTypes: [],
  registrationState: states(world).get(keyOf(subscription, namespace)) ?? 'Registered',
  registrationPolicy: 'RegistrationRequired',
})

function named(call: Call, namespaces: readonly string[]): { readonly subscription: string; readonly namespace: string } {
  const { subscription = '', namespace = '' } = call.parameters
  const known = namespaces.find((one) => one.toLowerCase() === namespace.toLowerCase())
  if (!known) throw refuse(404, 'InvalidResourceNamespace', `The resource namespace '${namespace}' is invalid.`)
  return { subscription, namespace: known }
}

export function providerRegistrations(providers: readonly Provider[]): Provider {
  const namespaces = [...new Set([...providers.map(({ namespace }) => namespace), ...withoutRoutes])].toSorted()
  return {
    namespace: 'Microsoft.Resources',
    routes: [
      {
        method: 'GET',
        path: '/subscriptions/{subscription}/providers',
        action: 'Microsoft.Resources/subscriptions/providers/read',
        handle: (call) =>
          page(
            call,
            namespaces.map((namespace) => bodyOf(call.world, call.parameters['subscription'] ?? '', namespace)),
          ),
      },
      {
        method: 'GET',
        path: '/subscriptions/{subscription}/providers/{namespace}',
        action: 'Microsoft.Resources/subscriptions/providers/read',
        handle: (call) => {
          const { subscription, namespace } = named(call, namespaces)
          return { status: 200, body: bodyOf(call.world, subscription, namespace) }
        },
      },
      {
        method: 'POST',
        path: '/subscriptions/{subscription}/providers/{namespace}/register',
        handle: (call) => {
          const { subscription, namespace } = named(call, namespaces)
          const key = keyOf(subscription, namespace)
          if (states(call.world).has(key)) {
            states(call.world).set(key, 'Registering')
            call.world.later(registeringTakes, { type: 'provider-registered', key })
          }
          return { status: 200, body: bodyOf(call.world, subscription, namespace) }
        },
      },
    ],
    start: (world) =>
      world.on<{ type: 'provider-registered'; key: string }>('provider-registered', ({ key }) => void states(world).delete(key)),
  }
}

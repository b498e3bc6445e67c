// Registers Microsoft.KubernetesConfiguration in the cluster's subscription for connections that need a cluster extension. Has `retain`. Nothing waits
// for it to complete: it proceeds region by region, and the needed one is often ready earlier
// (docs/azure-behaviour.md#provider-registration-is-regional).

import type { Step } from '../../contract/step.ts'
import type { ManagedObject, ObservedState } from '../../model/managed-object.ts'
import { resourceId } from '../../model/resource-id.ts'
import { minute, onlyFor } from '../../model/words.ts'
import { byHandProvider } from '../by-hand/cluster.ts'
import { extensionsOf } from './needed-extensions.ts'
import { transportFor } from './transport-for.ts'

const api = '2021-04-01'
const namespace = 'Microsoft.KubernetesConfiguration'
export type Registration = ManagedObject & { readonly kind: 'provider'; readonly id: typeof namespace; readonly retain: true }

const providerId = (clusterId: string): string => `/subscriptions/${resourceId(clusterId).subscription}/providers/${namespace}`

export const registerProvider: Step<'cluster', Registration> = {
  name: 'register-provider',
  loop: 'cluster',
  after: [],
  reads: [],

  desired(view) {
    const needing = view.members.filter((member) => extensionsOf({ ...member, transport: transportFor(member, view) }).length > 0)
    if (needing.length === 0 || view.facts.gone) return { objects: [] }
    const summary = `registration of ${namespace} in subscription ${resourceId(view.loop.id).subscription}`
    return { objects: [{ kind: 'provider', id: namespace, summary, retain: true, ...onlyFor(needing) }] }
  },

  async observe(view, { objects }, ports) {
    if (objects.length === 0) return { observed: [], facts: { provider: undefined }, found: undefined }
    const body = await ports.arm.get(providerId(view.loop.id), api)
    const state = typeof body?.['registrationState'] === 'string' ? body['registrationState'] : 'NotRegistered'
    const isOn = state === 'Registered' || state === 'Registering'
    const observed: ObservedState = isOn ? { id: namespace, state: 'same', mark: 'none' } : { id: namespace, state: 'absent' }
    const nextRunAt = state === 'Registering' ? { nextRunAt: view.now + minute } : {}
    return { observed: [observed], facts: { provider: isOn ? state : undefined }, ...nextRunAt, found: undefined }
  },

  async apply(_changes, _found, view, ports) {
    await ports.arm.post(providerId(view.loop.id), 'register', api)
    return { done: true }
  },

  byHand: (_changes, view) => byHandProvider(resourceId(view.loop.id).subscription, namespace),
}

// Resource providers that a subscription must have registered before the app creates its first resource of theirs. Checked only if one is to be
// created.

import { problemOf } from '../errors/catalogue.ts'
import { closed, Failure } from '../errors/failure.ts'
import { resourceId } from '../model/resource-id.ts'
import type { StepName } from '../model/step-name.ts'
import type { Arm } from '../ports/azure.ts'
import type { Found } from './found.ts'
import type { StepObservation } from './observe.ts'

const api = '2021-04-01'
/** By step. The extension's provider is registered by its own step; all others already have a resource in the subscription. */
const providers: Readonly<Partial<Record<StepName, string>>> = { 'ensure-identity': 'Microsoft.ManagedIdentity' }

type Maker = { readonly observation: StepObservation; readonly provider: string; readonly subscription: string }

export async function unregistered(
  observations: readonly StepObservation[],
  namesOf: (observation: StepObservation) => readonly string[],
  arm: Arm,
): Promise<Found> {
  const places = Map.groupBy(
    observations.flatMap(makerIn),
    ({ subscription, provider, observation }) => `${subscription} ${provider} ${observation.step.name}`,
  )
  const found = await Promise.all(
    [...places.values()].map(async (group): Promise<Found> => {
      const [first] = group
      if (!first) return { missing: [], notes: [] }
      const { subscription, provider } = first
      const { name: step } = first.observation.step
      const state = await stateOf(subscription, provider, arm)
      if (state === undefined) {
        const note = `Whether the subscription ${subscription} is registered for ${provider} could not be seen: the app lacks Microsoft.Resources/subscriptions/providers/read there.`
        return { missing: [], notes: [note] }
      }
      if (state === 'Registered' || state === 'Registering') return { missing: [], notes: [] }
      const problem = problemOf({ code: 'ProviderNotRegistered', about: { provider, subscription, doing: `carry out ${step}` } })
      return {
        missing: [{ step, connections: [...new Set(group.flatMap(({ observation }) => namesOf(observation)))], problem }],
        notes: [],
      }
    }),
  )
  return { missing: found.flatMap(({ missing }) => missing), notes: found.flatMap(({ notes }) => notes) }
}

function makerIn(observation: StepObservation): readonly Maker[] {
  const provider = providers[observation.step.name]
  const isMaking = observation.due.some(({ action }) => action === 'create')
  return provider !== undefined && isMaking ? [{ observation, provider, subscription: resourceId(observation.loop.id).subscription }] : []
}

/** `undefined`: the app may not read it. */
async function stateOf(subscription: string, provider: string, arm: Arm): Promise<string | undefined> {
  try {
    const body = await arm.get(`/subscriptions/${subscription}/providers/${provider}`, api)
    return typeof body?.['registrationState'] === 'string' ? body['registrationState'] : 'NotRegistered'
  } catch (error) {
    if (!(error instanceof Failure) || !closed(error)) throw error
    return undefined
  }
}

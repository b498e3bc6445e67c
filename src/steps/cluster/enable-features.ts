// Turns on what connections need of the cluster (features.ts), in one PUT of the whole body as it was read, with only these properties changed, under
// its ETag (docs/azure-behaviour.md#cluster-writes-replace, #cluster-etags). Has `retain`: the issuer cannot be turned off again, and others may use
// them.

import { featuresOf } from '../../auth/catalogue.ts'
import { isSettled } from '../../contract/settled.ts'
import type { Step } from '../../contract/step.ts'
import { notUnderstood } from '../../errors/answer.ts'
import { type FeatureName, features, lackingIn } from '../../model/feature.ts'
import type { Change, ManagedObject, ObservedState } from '../../model/managed-object.ts'
import { hour } from '../../model/outcome.ts'
import type { View } from '../../model/view.ts'
import { nameOf, onlyFor } from '../../model/words.ts'
import { byHandFeatures } from '../by-hand/cluster.ts'
import { clusterApi, type ManagedCluster, managedCluster } from './cluster-api.ts'
import { type Body, clusterFeatures } from './features.ts'
import { untilIdle } from './until-idle.ts'

export type Feature = ManagedObject & { readonly kind: 'feature'; readonly id: FeatureName; readonly retain: true }

export const enableFeatures: Step<'cluster', Feature, Body | undefined> = {
  name: 'enable-features',
  loop: 'cluster',
  after: ['read-cluster'],
  reads: [],
  changesCluster: true,
  // Its operation can be part of an upgrade of many node pools.
  operationLimitMs: 24 * hour,

  desired(view) {
    if (view.facts.gone) return { objects: [] }
    const objects = features.flatMap((id) => {
      const needing = view.members.filter((member) => featuresOf(member).includes(id))
      return needing.length > 0 ? [{ ...feature(id, view), ...onlyFor(needing) }] : []
    })
    return { objects }
  },

  async observe(view, { objects, desired, tracked }, ports) {
    const ids = objects.map(({ id }) => id)
    if (ids.length === 0) return { observed: [], found: undefined }
    // Everything is tracked already, and read-cluster has just observed it: there is nothing to change, and no body is needed.
    if (lackingIn(view.facts, ids).length === 0 && isSettled(desired, tracked)) return { observed: ids.map(observedOn), found: undefined }
    const body = await ports.arm.get(view.loop.id, clusterApi)
    const cluster = body && managedCluster(body)
    const tried = new Set(tracked.filter((row) => row.ownership === 'intended').map((row) => row.object.id))
    return { observed: ids.map((id) => observedState(id, cluster, tried.has(id))), found: body }
  },

  gate: (view) =>
    untilIdle(
      view,
      view.tracked('enable-features').some((row) => row.ownership === 'intended'),
    ),

  async apply(changes, body, view, ports) {
    if (!body) return { done: true }
    const { eTag } = managedCluster(body)
    // Without it, concurrent changes by others would be undone. https://learn.microsoft.com/azure/aks/use-etags
    if (!eTag) throw notUnderstood(`read the cluster ${nameOf(view.loop)}`, 'the cluster has no ETag')
    const what = `turn on ${changes.map(({ object }) => clusterFeatures[object.id].words).join(' and ')} of cluster ${nameOf(view.loop)}`
    const written = await ports.arm.put(view.loop.id, clusterApi, merged(body, changes), { ifMatch: eTag })
    return written.operation ? { started: { url: written.operation, startedAt: ports.now(), what } } : { done: true }
  },

  byHand: (changes, view) =>
    byHandFeatures(
      view.loop.id,
      changes.map(({ object }) => object.id),
    ),
}

const feature = (id: FeatureName, view: View<'cluster'>): Feature => ({
  kind: 'feature',
  id,
  summary: `${clusterFeatures[id].words} of cluster ${nameOf(view.loop)}`,
  retain: true,
  resource: view.loop.id,
})

/**
 * A new value shows before its update succeeds, and also if it fails (docs/azure-behaviour.md#values-show-before-success): the app's own change
 * counts at the end of its operation.
 */
function observedState(id: FeatureName, cluster: ManagedCluster | undefined, isTried: boolean): ObservedState {
  const isOn = cluster !== undefined && clusterFeatures[id].isOn(cluster.properties)
  return isOn && (!isTried || cluster.properties.provisioningState === 'Succeeded') ? observedOn(id) : { id, state: 'absent' }
}

const observedOn = (id: FeatureName): ObservedState => ({ id, state: 'same', mark: 'none' })

function merged(body: Body, changes: readonly Change<Feature>[]): Body {
  const properties = body['properties'] && typeof body['properties'] === 'object' ? (body['properties'] as Body) : {}
  return { ...body, properties: changes.reduce((before, { object }) => clusterFeatures[object.id].turnOn(before), properties) }
}

// What a connection writes for others beside its Secret, on request (shapes/). It is written once the Secret of the connection is there, so a pod that
// finds it can connect as well.
import type { Step } from '../../contract/step.ts'
import type { Connection } from '../../model/connection.ts'
import type { DesiredObjects } from '../../model/managed-object.ts'
import type { View } from '../../model/view.ts'
import { nameOf } from '../../model/words.ts'
import type { KubernetesObject, ManagedKubernetesObject } from '../../ports/kubernetes.ts'
import type { Credentials } from '../../targets/secret-values.ts'
import { byHandObjects } from '../by-hand/objects.ts'
import { carriedBy, changeInClusters, isHeld, managedId, type Objects, observeInClusters, withoutHeld } from '../cluster/in-cluster.ts'
import { transportFor } from '../cluster/transport-for.ts'
import { credentialsFor, knownFor } from './credentials.ts'
import { rotationSeen, stillThere } from './rotation-seen.ts'
import { closed, forPeople } from './secret-content.ts'
import { daprComponent } from './shapes/dapr.ts'
import type { Part } from './shapes/part.ts'
import { serviceBinding } from './shapes/service-binding.ts'
import { annotationsOf, valuesFrom } from './write-resources.ts'

const partsOf = (self: Connection): readonly Part[] => [serviceBinding, daprComponent].flatMap((shape) => shape(self))

export const writeShapes: Step<'connection', ManagedKubernetesObject, Objects> = {
  name: 'write-shapes',
  loop: 'connection',
  outlives: true,
  after: ['check-consent', 'write-resources'],
  reads: ['cluster', 'target', 'identity'],
  inputs: ({ self, facts, ...view }) =>
    self && partsOf(self).length > 0
      ? { values: valuesFrom({ self, facts, ...view }), dapr: self.dapr, shape: self.shape, written: facts.secretName }
      : undefined,

  desired(view): DesiredObjects<ManagedKubernetesObject> {
    const { self, facts } = view
    if (!self || view.removing || facts.consent === 'refused' || partsOf(self).length === 0) return { objects: [] }
    const { uid, gone } = view.of(self.cluster)
    if (gone) return { objects: [] }
    // While consent is withdrawn, and while the Secret of the connection waits for something, what was written stays as it is.
    const isReady = facts.consent === 'granted' && facts.secretName !== undefined && uid !== undefined
    if (!isReady) return { objects: [], later: view.tracked('write-shapes').map(({ object }) => object as ManagedKubernetesObject) }
    // What it stands beside leaves its transport: it goes first.
    if (view.tracked('write-resources').some((row) => isHeld(row, transportFor(self, view)))) return { objects: [] }
    return {
      objects: withoutHeld(
        partsOf(self).map((part) => objectOf(part, self, uid, view)),
        view.tracked('write-shapes'),
      ),
    }
  },

  async observe(view, { objects, desired, tracked }, ports) {
    const { self } = view
    const found: Objects = self && desired.length > 0 ? contentsOf(self, view, await credentialsFor(self, view, ports), desired) : new Map()
    const observed = await observeInClusters(view, objects, found, ports, tracked)
    const there = stillThere(objects, observed)
    const named = (kind: ManagedKubernetesObject['kind'], end: string): string | undefined =>
      there.find((one) => one.kind === kind && one.name.endsWith(end))?.name
    return {
      observed,
      facts: {
        bindingSecret: named('Secret', '-binding'),
        daprSecret: named('Secret', '-dapr'),
        shapesKeyOf: rotationSeen(desired, observed, view, view.facts.shapesKeyOf),
        daprComponent: named('Component', ''),
      },
      found,
    }
  },

  apply: (changes, contents, view, ports) => changeInClusters(changes, contents, view, ports),

  byHand: (changes, view) =>
    byHandObjects(changes, view.installation.name, (object) => {
      const { self } = view
      const part = self && partFor(object, self)
      if (!self || !part) return { annotations: {} }
      const { type, data, fields } = part
      const known = knownFor(self, view)
      return {
        annotations: annotationsOf(object.kind, self, view),
        ...(type === undefined ? {} : { type }),
        ...(data ? forPeople(self, view, (credentials) => data(known, credentials)) : {}),
        ...(fields ? { fields: fields(known) } : {}),
      }
    }),
}

function objectOf({ kind, name }: Part, self: Connection, clusterUid: string, view: View<'connection'>): ManagedKubernetesObject {
  const { cluster, namespace } = self
  const summary = `${kind} ${name} in namespace ${namespace} of cluster ${nameOf(cluster)}`
  const place = { cluster, clusterUid, namespace, name, owner: view.loop.key }
  return { kind, id: managedId(cluster, namespace, kind, name), summary, ...place, ...carriedBy(self, view) }
}

/** `undefined`: the connection does not ask for it any more. */
const partFor = ({ kind, name }: ManagedKubernetesObject, self: Connection): Part | undefined =>
  partsOf(self).find((part) => part.kind === kind && part.name === name)

/** The Secret of the connection is there, so what is known of its target is. */
function contentsOf(
  self: Connection,
  view: View<'connection'>,
  credentials: Credentials,
  objects: readonly ManagedKubernetesObject[],
): ReadonlyMap<string, KubernetesObject> {
  const known = knownFor(self, view)
  const contents = objects.flatMap((object): readonly (readonly [string, KubernetesObject])[] => {
    const part = partFor(object, self)
    if (!part) return []
    const { id, kind, namespace, name } = object
    const { type, data, fields } = part
    const content = {
      ...(type === undefined ? {} : { type }),
      ...(data ? { data: closed(data(known, credentials)) } : {}),
      ...(fields ? { fields: fields(known) } : {}),
    }
    return [[id, { kind, namespace, name, annotations: annotationsOf(kind, self, view), ...content }]]
  })
  return new Map(contents)
}

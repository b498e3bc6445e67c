// What a connection writes for others beside its Secret, on request (shapes/). It is written once the Secret of the connection is there, so a pod that
// finds it can connect as well.
import { authTypeOf } from '../../auth/catalogue.ts'
import type { Step } from '../../contract/step.ts'
import { type Connection, linkerId } from '../../model/connection.ts'
import { type IdentityFacts, serviceIn } from '../../model/facts.ts'
import type { DesiredObjects, ObservedState } from '../../model/managed-object.ts'
import { kubernetesAnnotations } from '../../model/names.ts'
import { secret } from '../../model/secret.ts'
import type { View } from '../../model/view.ts'
import { nameOf } from '../../model/words.ts'
import type { KubernetesObject, ManagedKubernetesObject } from '../../ports/ports.ts'
import type { Credentials, Known } from '../../targets/secret-values.ts'
import { byHandObjects } from '../by-hand/objects.ts'
import { carriedBy, changeInClusters, managedId, type Objects, observeInClusters } from '../cluster/in-cluster.ts'
import { commandsFor, credentialsFor, rotationSeen } from './credentials.ts'
import { daprComponent } from './shapes/dapr.ts'
import type { Part } from './shapes/part.ts'
import { serviceBinding } from './shapes/service-binding.ts'
import { valuesFrom } from './write-resources.ts'

const partsOf = (self: Connection): readonly Part[] => [serviceBinding, daprComponent].flatMap((shape) => shape(self))

export const writeShapes: Step<'connection', ManagedKubernetesObject, Objects> = {
  name: 'write-shapes',
  loop: 'connection',
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
    return { objects: partsOf(self).map((part) => objectOf(part, self, uid, view)) }
  },

  async observe(view, { objects, desired, tracked }, ports) {
    const { self } = view
    const found: Objects = self && desired.length > 0 ? contentsOf(self, view, await credentialsFor(self, view, ports), desired) : new Map()
    const observed = await observeInClusters(view, objects, found, ports, tracked)
    const there = objects.filter(({ id }) => observed.some((one) => one.id === id && isStill(one)))
    const named = (kind: ManagedKubernetesObject['kind'], end: string): string | undefined =>
      there.find((one) => one.kind === kind && one.name.endsWith(end))?.name
    const bindingKeyOf = rotationSeen(desired, observed, view, view.facts.bindingKeyOf)
    return { observed, facts: { bindingSecret: named('Secret', '-binding'), bindingKeyOf, daprComponent: named('Component', '') }, found }
  },

  apply: (changes, contents, view, ports) => changeInClusters(changes, contents, view, ports),

  byHand(changes, view) {
    const { self } = view
    if (!self) return undefined
    const contents = contentsOf(
      self,
      view,
      commandsFor(self, view),
      changes.map(({ object }) => object),
    )
    return byHandObjects(changes, view.installation.name, ({ id }) => {
      const { annotations = {}, data, type, fields } = contents.get(id) ?? {}
      return {
        annotations,
        ...(data ? { data: data.reveal() } : {}),
        ...(type === undefined ? {} : { type }),
        ...(fields ? { fields } : {}),
      }
    })
  },
}

/** An object that cannot be read counts as before; one that is being deleted does not count any more. */
const isStill = (observed: ObservedState): boolean => observed.state === 'same' || (observed.state === 'unknown' && !observed.going)

const annotationsOf = ({ cluster, name }: Connection): Readonly<Record<string, string>> => ({
  'reloader.stakater.com/match': 'true',
  [kubernetesAnnotations.connection]: linkerId(cluster.id, name),
})

function objectOf({ kind, name }: Part, self: Connection, clusterUid: string, view: View<'connection'>): ManagedKubernetesObject {
  const { cluster, namespace } = self
  const summary = `${kind} ${name} in namespace ${namespace} of cluster ${nameOf(cluster)}`
  const place = { cluster, clusterUid, namespace, name, owner: view.loop.key }
  return { kind, id: managedId(cluster, namespace, kind, name), summary, ...place, ...carriedBy(self) }
}

/** Of those objects that the connection still asks for. */
function contentsOf(
  self: Connection,
  view: View<'connection'>,
  credentials: Credentials,
  objects: readonly ManagedKubernetesObject[],
): ReadonlyMap<string, KubernetesObject> {
  const known = knownOf(self, view)
  const parts = new Map(partsOf(self).map((part) => [`${part.kind} ${part.name}`, part]))
  return new Map(
    objects.flatMap(({ id, kind, namespace, name }) => {
      const part = parts.get(`${kind} ${name}`)
      return part
        ? [[id, { kind, namespace, name, annotations: annotationsOf(self), ...contentOf(part, known, credentials) }] as const]
        : []
    }),
  )
}

function contentOf(
  { type, data, fields }: Part,
  known: Known,
  credentials: Credentials,
): Pick<KubernetesObject, 'type' | 'data' | 'fields'> {
  const values = data?.(known, credentials)
  return {
    ...(type === undefined ? {} : { type }),
    ...(values ? { data: secret(opened(values)) } : {}),
    ...(fields ? { fields: fields(known) } : {}),
  }
}

/** The Secret of the connection is there, so its facts are. */
function knownOf(self: Connection, view: View<'connection'>): Known {
  const service = serviceIn(view.of(self.target), self.type)
  if (!service) throw new TypeError(`The values of a connection need its ${self.type} to be read first`)
  const identity = self.identity && authTypeOf(self).serviceAccount ? { identity: view.of(self.identity) as IdentityFacts } : {}
  return { service, tenant: view.installation.tenant, ...identity }
}

const opened = (values: ReturnType<NonNullable<Part['data']>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, typeof value === 'string' ? value : value.reveal()]))

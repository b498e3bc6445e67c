// What a connection writes for others beside its Secret, on request: a second Secret in the shape of the Service Binding specification. It is written
// once the Secret of the connection is there, so a pod that finds it can connect as well.
import { authTypeOf } from '../../auth/catalogue.ts'
import type { Step } from '../../contract/step.ts'
import { type Connection, linkerId } from '../../model/connection.ts'
import { type IdentityFacts, serviceIn } from '../../model/facts.ts'
import type { DesiredObjects, ObservedState } from '../../model/managed-object.ts'
import { bindingSecretName, kubernetesAnnotations } from '../../model/names.ts'
import { secret } from '../../model/secret.ts'
import type { View } from '../../model/view.ts'
import { nameOf } from '../../model/words.ts'
import type { KubernetesObject, ManagedKubernetesObject, Ports } from '../../ports/ports.ts'
import { bindingTypeOf, serviceBindingOf } from '../../targets/service-binding.ts'
import { byHandObjects } from '../by-hand/objects.ts'
import { carriedBy, changeInClusters, managedId, type Objects, observeInClusters } from '../cluster/in-cluster.ts'
import { commandsFor, credentialsFor, targetTypeOf } from './credentials.ts'
import { valuesFrom } from './write-resources.ts'

export const writeShapes: Step<'connection', ManagedKubernetesObject, Objects> = {
  name: 'write-shapes',
  loop: 'connection',
  after: ['check-consent', 'write-resources'],
  reads: ['cluster', 'target', 'identity'],
  inputs: (view) => (view.self?.shape === undefined ? undefined : { values: valuesFrom(view), written: view.facts.secretName }),

  desired(view): DesiredObjects<ManagedKubernetesObject> {
    const { self, facts } = view
    if (!self || view.removing || facts.consent === 'refused' || self.shape === undefined) return { objects: [] }
    const { uid, gone } = view.of(self.cluster)
    if (gone) return { objects: [] }
    // While consent is withdrawn, and while the Secret of the connection waits for something, what was written stays as it is.
    const isReady = facts.consent === 'granted' && facts.secretName !== undefined && uid !== undefined
    if (!isReady) return { objects: [], later: view.tracked('write-shapes').map(({ object }) => object as ManagedKubernetesObject) }
    return { objects: [bindingSecret(self, uid, view)] }
  },

  async observe(view, { objects, desired, tracked }, ports) {
    const found: Objects = new Map(
      await Promise.all(desired.map(async (object) => [object.id, await contentOf(object, view, ports)] as const)),
    )
    const observed = await observeInClusters(view, objects, found, ports, tracked)
    const there = objects.find(({ id }) => observed.some((one) => one.id === id && isStill(one)))
    return { observed, facts: { bindingSecret: there?.name }, found }
  },

  apply: (changes, contents, view, ports) => changeInClusters(changes, contents, view, ports),

  byHand: (changes, view) => {
    const { self } = view
    if (!self) return undefined
    const data = opened(bindingOf(self, view, commandsFor(self)))
    return byHandObjects(changes, view.installation.name, () => ({ annotations: annotationsOf(self), type: typeOf(self), data }))
  },
}

/** An object that cannot be read counts as before; one that is being deleted does not count any more. */
const isStill = (observed: ObservedState): boolean => observed.state === 'same' || (observed.state === 'unknown' && !observed.going)

/** https://github.com/servicebinding/spec#provisioned-service */
const typeOf = (self: Connection): string => `servicebinding.io/${bindingTypeOf(targetTypeOf(self))}`

const annotationsOf = ({ cluster, name }: Connection): Readonly<Record<string, string>> => ({
  'reloader.stakater.com/match': 'true',
  [kubernetesAnnotations.connection]: linkerId(cluster.id, name),
})

function bindingSecret(self: Connection, clusterUid: string, view: View<'connection'>): ManagedKubernetesObject {
  const { cluster, namespace } = self
  const name = bindingSecretName(self.name)
  const summary = `Secret ${name} in namespace ${namespace} of cluster ${nameOf(cluster)}`
  const place = { cluster, clusterUid, namespace, name, owner: view.loop.key }
  return { kind: 'Secret', id: managedId(cluster, namespace, 'Secret', name), summary, ...place, ...carriedBy(self) }
}

async function contentOf(
  { kind, namespace, name }: ManagedKubernetesObject,
  view: View<'connection'>,
  ports: Ports,
): Promise<KubernetesObject> {
  const { self } = view
  if (!self) throw new TypeError('A Secret is desired for no connection')
  const data = secret(opened(bindingOf(self, view, await credentialsFor(self, ports))))
  return { kind, namespace, name, type: typeOf(self), annotations: annotationsOf(self), data }
}

/** The Secret of the connection is there, so its facts are. */
function bindingOf(
  self: Connection,
  view: View<'connection'>,
  credentials: Parameters<typeof serviceBindingOf>[3],
): ReturnType<typeof serviceBindingOf> {
  const service = serviceIn(view.of(self.target), self.type)
  if (!service) throw new TypeError(`The values of a connection need its ${self.type} to be read first`)
  const identity = self.identity && authTypeOf(self).serviceAccount ? { identity: view.of(self.identity) as IdentityFacts } : {}
  return serviceBindingOf(targetTypeOf(self), self, { service, tenant: view.installation.tenant, ...identity }, credentials)
}

const opened = (values: ReturnType<typeof serviceBindingOf>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, typeof value === 'string' ? value : value.reveal()]))

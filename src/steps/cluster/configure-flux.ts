// A Flux configuration for each namespace of connections with the transport `flux`, with the container that it reads (model/flux.ts). One that reads something
// else is another's, and is left alone. With the last connection of a namespace its container goes and then the configuration, and Flux takes along what
// is left of it in the cluster.
import type { Step } from '../../contract/step.ts'
import { problemOf } from '../../errors/catalogue.ts'
import type { Connection } from '../../model/connection.ts'
import {
  type FluxConfiguration,
  type FluxSource,
  fluxApi,
  fluxBodyOf,
  fluxConfigurationOf,
  fluxDifference,
  fluxId,
  fluxName,
  isFluxUnderWay,
  isOurFlux,
  saidByFlux,
} from '../../model/flux.ts'
import type { DesiredObjects, ManagedObject, Need, ObservedState } from '../../model/managed-object.ts'
import { kubernetesLabels } from '../../model/names.ts'
import type { Fault } from '../../model/problem.ts'
import type { View } from '../../model/view.ts'
import { minute, nameOf, onlyFor } from '../../model/words.ts'
import type { Ports } from '../../ports/ports.ts'
import { joined } from '../by-hand/by-hand.ts'
import { byHandFlux } from '../by-hand/cluster.ts'
import { transportTypeFor } from './transport-for.ts'
import { untilIdle } from './until-idle.ts'

/** `id`: its name, which is that of its container, too. */
export type FluxObject = ManagedObject & { readonly kind: 'flux-configuration'; readonly namespace: string }
type Found = ReadonlyMap<string, FluxConfiguration>

export const configureFlux: Step<'cluster', FluxObject, Found> = {
  name: 'configure-flux',
  loop: 'cluster',
  after: ['install-extension'],
  reads: [],
  changesCluster: true,
  // What stays of a connection stays because Flux still finds it.
  outlives: true,

  desired(view): DesiredObjects<FluxObject> {
    if (view.facts.gone) return { objects: [] }
    const users = view.members.filter((member) => transportTypeFor(member, view).extension === 'flux')
    const objects = [...Map.groupBy(users, ({ namespace }) => namespace)].sort(([a], [b]) => (a < b ? -1 : 1)).map(objectIn(view))
    if (users.length === 0) return { objects }
    // The connections report it.
    if (!view.installation.fluxAccount) return { objects: [], later: objects, incomplete: true }
    const { flux, kubelet } = view.facts
    const needsIdentity: Fault = { code: 'FluxNoIdentity', about: { cluster: nameOf(view.loop) }, ...onlyFor(users) }
    if (!kubelet) return { objects: [], later: objects, faults: [needsIdentity] }
    if (flux !== 'ready') return { objects: [], later: objects, waiting: [until('Flux is installed and well', view)] }
    return { objects }
  },

  inputs: ({ facts: { kubelet } }) => ({ kubelet }),

  async observe(view, { objects, desired }, ports) {
    const read = await Promise.all(objects.map(async ({ id }) => [id, await ports.arm.get(fluxId(view.loop.id, id), fluxApi)] as const))
    const found: Found = new Map(read.flatMap(([id, body]) => (body ? [[id, fluxConfigurationOf(body)] as const] : [])))
    const wanted = desired.flatMap((object) => {
      const configuration = found.get(object.id)
      return configuration && isOurs(configuration, object, view) ? [{ object, configuration }] : []
    })
    const faults = wanted.flatMap(({ object, configuration }) => troubleOf(configuration, object, view))
    const isGoing = wanted.some(({ configuration }) => isFluxUnderWay(configuration) || !saidByFlux(configuration, '').isKnown)
    const reading = wanted.filter(({ configuration }) => /^(Succeeded|Updating)$/.test(configuration.provisioningState ?? ''))
    return {
      observed: objects.map((object) => observedState(object, found.get(object.id), view)),
      facts: { fluxIn: reading.length > 0 ? reading.map(({ object }) => object.namespace).sort() : undefined },
      faults,
      ...(isGoing || faults.length > 0 ? { nextRunAt: view.now + minute } : {}),
      found,
    }
  },

  gate: (view) => untilIdle(view),

  // One at a time: each is an operation of its own.
  async apply([change], _found, view, ports) {
    if (!change) return { done: true }
    const { object, action } = change
    const what = `${action === 'delete' ? 'delete' : 'write'} ${object.summary}`
    const written = action === 'delete' ? await remove(object, view, ports) : await write(object, view, ports)
    if ('text' in written) return { waiting: [written] }
    return written.operation ? { started: { url: written.operation, startedAt: ports.now(), what } } : { done: true }
  },

  byHand: (changes, view) =>
    joined(
      changes.map(({ object, action }) => byHandFlux(view.loop.id, sourceOf(object, view), action === 'delete' ? 'delete' : 'create')),
    ),
}

const objectIn =
  (view: View<'cluster'>) =>
  ([namespace, members]: readonly [string, readonly Connection[]]): FluxObject => ({
    kind: 'flux-configuration',
    id: fluxName(view.installation.name, view.loop, namespace),
    summary: `Flux configuration for namespace ${namespace} of cluster ${nameOf(view.loop)}`,
    namespace,
    ...onlyFor(members),
  })

const sourceOf = ({ id, namespace }: FluxObject, { installation, facts }: View<'cluster'>): FluxSource => ({
  account: installation.fluxAccount ?? '',
  name: id,
  namespace,
  clientId: facts.kubelet?.clientId ?? '',
})

const isOurs = (configuration: FluxConfiguration, object: FluxObject, view: View<'cluster'>): boolean =>
  isOurFlux(configuration, sourceOf(object, view))

function observedState(object: FluxObject, configuration: FluxConfiguration | undefined, view: View<'cluster'>): ObservedState {
  const { id, of } = object
  if (!configuration) return { id, state: 'absent' }
  if (!isOurs(configuration, object, view)) {
    const about = { cluster: nameOf(view.loop), name: id, object: object.summary }
    return { id, state: 'unknown', problem: problemOf({ code: 'FluxOfAnother', about, ...(of === undefined ? {} : { of }) }) }
  }
  const failed = configuration.provisioningState === 'Failed' ? `it is Failed: ${configuration.errorMessage ?? 'it says no more'}` : ''
  const difference = failed || fluxDifference(configuration, sourceOf(object, view))
  return difference === '' ? { id, state: 'same', mark: 'ours' } : { id, state: 'different', mark: 'ours', difference }
}

function troubleOf(configuration: FluxConfiguration, { id, namespace, of }: FluxObject, view: View<'cluster'>): readonly Fault[] {
  const { trouble } = saidByFlux(configuration, id)
  if (trouble === undefined) return []
  const { installation, facts } = view
  const isShutOut = /\b(Authoriz\w+|AuthenticationFailed|ManagedIdentityCredential|403)/.test(trouble) && trouble.startsWith('Bucket')
  const about = {
    cluster: nameOf(view.loop),
    namespace,
    message: trouble,
    account: installation.fluxAccount ?? '',
    principal: facts.kubelet?.principalId ?? '',
  }
  return [{ code: isShutOut ? 'FluxCannotRead' : 'FluxNotWell', about, ...(of === undefined ? {} : { of }) }]
}

type Written = { readonly operation?: string } | Need

async function write(object: FluxObject, view: View<'cluster'>, ports: Ports): Promise<Written> {
  const { blobs } = ports
  if (!blobs) return until('the app knows where Flux reads', view)
  if ((await blobs.make(object.id)) === 'going') return until(`the former container of the ${object.summary} is deleted`, view)
  const about = aboutOf(object, view)
  // Without any object Flux would fail.
  if ((await blobs.read(object.id, aboutFile)) === undefined) await blobs.write(object.id, aboutFile, about)
  return await ports.arm.put(fluxId(view.loop.id, object.id), fluxApi, fluxBodyOf(sourceOf(object, view)))
}

async function remove({ id }: FluxObject, view: View<'cluster'>, ports: Ports): Promise<Written> {
  await ports.blobs?.drop(id)
  return await ports.arm.delete(fluxId(view.loop.id, id), fluxApi)
}

const aboutFile = 'about.yaml'
/** Says to people in the namespace where its objects come from. */
const aboutOf = ({ id, namespace }: FluxObject, { installation }: View<'cluster'>): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: `sc-flux-${installation.name}`, namespace, labels: { [kubernetesLabels.managedBy]: 'aks-service-connector' } },
  data: {
    about: `Flux writes the objects of AKS Service Connector into this namespace, by the Flux configuration ${id} of the cluster. What is changed in them is undone.`,
  },
})

const until = (what: string, view: View<'cluster'>): Need => ({
  of: [view.loop],
  text: `waiting until ${what}`,
  nextRunAt: view.now + minute / 2,
})

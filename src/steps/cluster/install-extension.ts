// The cluster extensions that connections need (needed-extensions.ts): name, type, namespace and train are Azure's, so that both can use the same one. Have
// `retain`: connectors created by Azure Service Connector, or another installation, may use them as well. One that exists already under any name is left
// as it is.

import type { Step } from '../../contract/step.ts'
import { problemOf } from '../../errors/catalogue.ts'
import { Failure } from '../../errors/failure.ts'
import { type ClusterExtensionName, clusterExtensionNames, clusterExtensions } from '../../model/cluster-extension.ts'
import {
  appliedHashesOf,
  bodyOf,
  type Extension,
  extensionApi,
  extensionId,
  extensionOf,
  extensionsOfCluster,
  isOfType,
  issueOf,
  isUnderWay,
} from '../../model/extension.ts'
import type { ManagedObject, Need, ObservedState } from '../../model/managed-object.ts'
import type { Fault } from '../../model/problem.ts'
import { resourceId } from '../../model/resource-id.ts'
import type { View } from '../../model/view.ts'
import { minute, nameOf, onlyFor } from '../../model/words.ts'
import type { Ports } from '../../ports/ports.ts'
import { joined } from '../by-hand/by-hand.ts'
import { byHandExtension } from '../by-hand/cluster.ts'
import { clusterApi, isBusy, managedCluster } from './cluster-api.ts'
import { extensionStates } from './extension-states.ts'
import { extensionsOf } from './needed-extensions.ts'
import { transportFor } from './transport-for.ts'
import { untilIdle } from './until-idle.ts'

/** `id`: its name. */
export type ExtensionObject = ManagedObject & { readonly kind: 'extension'; readonly retain: true }
type Found = ReadonlyMap<string, Extension>

export const installExtension: Step<'cluster', ExtensionObject, Found> = {
  name: 'install-extension',
  loop: 'cluster',
  after: ['register-provider', 'enable-features'],
  reads: [],
  changesCluster: true,
  reportAs: 'ExtensionNotInstalled',

  desired(view) {
    if (view.facts.gone) return { objects: [] }
    const needed = clusterExtensionNames.flatMap((name) => {
      const needing = view.members.filter((member) => extensionsOf({ ...member, transport: transportFor(member, view) }).includes(name))
      return needing.length > 0 ? [{ needing, object: extensionObject(name, view) }] : []
    })
    const objects = needed.map(({ needing, object }): ExtensionObject => ({ ...object, ...onlyFor(needing) }))
    if (view.facts.criticalOnly)
      return {
        objects: [],
        later: objects,
        faults: needed.map(({ needing }) => ({ code: 'ExtensionNotSchedulable', about: about(view), ...onlyFor(needing) })),
      }
    if (objects.length > 0 && view.facts.provider === undefined)
      return { objects: [], later: objects, waiting: [until('is registered', view)] }
    return { objects }
  },

  async observe(view, { objects }, ports) {
    const found = new Map<string, Extension>()
    for (const { id } of objects) {
      const extension = await read(nameOfObject(id), view, ports)
      if (extension) found.set(id, extension)
    }
    const wells = objects.map(({ id }) => ({ id, extension: found.get(id), ...wellOf(nameOfObject(id), found.get(id)) }))
    const nameFact = Object.fromEntries(clusterExtensionNames.map((name) => [extensionStates[name].fact, undefined]))
    return {
      observed: objects.map(({ id }) => observedState(nameOfObject(id), found.get(id), view)),
      facts: { ...nameFact, ...Object.fromEntries(wells.map(({ id, fact }) => [extensionStates[nameOfObject(id)].fact, fact])) },
      faults: wells.flatMap(({ id, extension, fact }): readonly Fault[] => {
        const issue = extension && fact === 'ready' && extension.provisioningState === 'Succeeded' ? issueOf(extension) : undefined
        return issue ? [{ code: 'ExtensionFailed', about: { ...about(view), extension: id, message: issue } }] : []
      }),
      ...(wells.some(({ extension, fact }) => extension && fact !== 'ready' && isUnderWay(extension))
        ? { nextRunAt: view.now + minute }
        : {}),
      found,
    }
  },

  gate: (view) => untilIdle(view),

  // One at a time: each takes the lock of the cluster.
  async apply([change], _found, view, ports) {
    if (!change) return { done: true }
    const name = nameOfObject(change.object.id)
    // Another step of this loop may have started to change it since it was read.
    const cluster = await ports.arm.get(view.loop.id, clusterApi)
    if (!cluster || isBusy(managedCluster(cluster))) return { waiting: [until('is needed no more by another change of the cluster', view)] }
    try {
      // It has no ETag and its settings are replaced as a whole: requests made since it was read stay in them.
      const before = await read(name, view, ports)
      if (before && (isUnderWay(before) || !isOfType(before, clusterExtensions[name])))
        return { waiting: [until('is needed no more by another change of the extension', view)] }
      const body = bodyOf(before, before ? appliedHashesOf(before) : {}, {}, clusterExtensions[name])
      const written = await ports.arm.put(extensionId(view.loop.id, change.object.id), extensionApi, body)
      const what = `install ${change.object.summary}`
      return written.operation ? { started: { url: written.operation, startedAt: ports.now(), what, sawSecret: true } } : { done: true }
    } catch (error) {
      const isTooEarly = isUnregistered(error) && view.facts.provider === 'Registering'
      if (isTooEarly) return { waiting: [until('is registered in this region', view)] }
      throw error
    }
  },

  byHand: (changes, view) => joined(changes.map(({ object }) => byHandExtension(view.loop.id, clusterExtensions[nameOfObject(object.id)]))),
}

const extensionObject = (name: ClusterExtensionName, view: View<'cluster'>): ExtensionObject => {
  const id = clusterExtensions[name].name
  return { kind: 'extension', id, summary: `extension ${id} of cluster ${nameOf(view.loop)}`, retain: true }
}

function nameOfObject(id: string): ClusterExtensionName {
  const found = clusterExtensionNames.find((name) => clusterExtensions[name].name === id)
  if (!found) throw new TypeError(`The app installs no extension ${id}`)
  return found
}

function wellOf(name: ClusterExtensionName, extension: Extension | undefined): { readonly fact?: 'ready' | 'unwell' } {
  if (!extension || !isOfType(extension, clusterExtensions[name])) return {}
  return { fact: extensionStates[name].isWell(extension) ? 'ready' : 'unwell' }
}

/** While the provider is not registered its extensions cannot exist. A cluster has one of a type, under whatever name a person gave it. */
async function read(name: ClusterExtensionName, view: View<'cluster'>, ports: Ports): Promise<Extension | undefined> {
  const { name: own } = clusterExtensions[name]
  try {
    const body = await ports.arm.get(extensionId(view.loop.id, own), extensionApi)
    if (body || name === 'service-connector') return body && extensionOf(body)
    const all = await ports.arm.list(extensionsOfCluster(view.loop.id), extensionApi)
    return all.map(extensionOf).find((one) => isOfType(one, clusterExtensions[name]))
  } catch (error) {
    if (isUnregistered(error)) return undefined
    throw error
  }
}
const isUnregistered = (error: unknown): boolean => error instanceof Failure && error.fields.code === 'ProviderNotRegistered'

function observedState(name: ClusterExtensionName, extension: Extension | undefined, view: View<'cluster'>): ObservedState {
  const { name: id, ...of } = clusterExtensions[name]
  if (!extension) return { id, state: 'absent' }
  if (!isOfType(extension, of)) {
    const type = extension.extensionType ?? 'unknown'
    return { id, state: 'unknown', problem: problemOf({ code: 'ExtensionOfAnother', about: { ...about(view), extension: id, type } }) }
  }
  if (extension.provisioningState === 'Failed' && !extensionStates[name].isFailedLater(extension))
    return { id, state: 'different', mark: 'none', difference: issueOf(extension) ?? 'it is Failed', asWritten: true }
  return { id, state: 'same', mark: 'none' }
}

const about = (view: View<'cluster'>): Record<string, string> => {
  const { subscription, group, name } = resourceId(view.loop.id)
  return { cluster: name, subscription, group, clusterName: name }
}

const until = (what: string, view: View<'cluster'>): Need => ({
  of: [view.loop],
  text: `waiting until Microsoft.KubernetesConfiguration ${what}`,
  nextRunAt: view.now + minute / 2,
})

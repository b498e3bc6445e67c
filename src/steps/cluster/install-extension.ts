// Service Connector's cluster extension, for connections with transport `extension`: name, namespace and train are Azure's, so that both can use the
// same one. Has `retain`: connectors created by Azure Service Connector, or another installation, may use it as well.

import type { Step } from '../../contract/step.ts'
import { problemOf } from '../../errors/catalogue.ts'
import { Failure } from '../../errors/failure.ts'
import { hasRequests } from '../../model/applied-hash.ts'
import {
  acceptsRequests,
  appliedHashesOf,
  bodyOf,
  type Extension,
  extensionApi,
  extensionId,
  extensionName,
  extensionOf,
  isOurType,
  issueOf,
  isUnderWay,
} from '../../model/extension.ts'
import type { ManagedObject, Need, ObservedState } from '../../model/managed-object.ts'
import type { Fault } from '../../model/problem.ts'
import { resourceId } from '../../model/resource-id.ts'
import type { View } from '../../model/view.ts'
import { minute, nameOf, onlyFor } from '../../model/words.ts'
import type { Ports } from '../../ports/ports.ts'
import { transportTypeOf } from '../../transports/catalogue.ts'
import { byHandExtension } from '../by-hand/cluster.ts'
import { clusterApi, isBusy, managedCluster } from './cluster-api.ts'
import { untilIdle } from './until-idle.ts'

export type ExtensionObject = ManagedObject & { readonly kind: 'extension'; readonly id: typeof extensionName; readonly retain: true }

export const installExtension: Step<'cluster', ExtensionObject, Extension | undefined> = {
  name: 'install-extension',
  loop: 'cluster',
  after: ['register-provider', 'enable-features'],
  reads: [],
  changesCluster: true,
  reportAs: 'ExtensionNotInstalled',

  desired(view) {
    const needing = view.members.filter((member) => transportTypeOf(member).prerequisites.includes('install-extension'))
    if (needing.length === 0 || view.facts.gone) return { objects: [] }
    const summary = `extension ${extensionName} of cluster ${nameOf(view.loop)}`
    const object: ExtensionObject = { kind: 'extension', id: extensionName, summary, retain: true, ...onlyFor(needing) }
    if (view.facts.criticalOnly)
      return { objects: [], later: [object], faults: [{ code: 'ExtensionNotSchedulable', about: about(view), ...onlyFor(needing) }] }
    if (view.facts.provider === undefined) return { objects: [], later: [object], waiting: [until('is registered', view)] }
    return { objects: [object] }
  },

  async observe(view, { objects }, ports) {
    if (objects.length === 0) return { observed: [], facts: { extension: undefined }, found: undefined }
    const extension = await read(view, ports)
    const isWell = extension !== undefined && acceptsRequests(extension)
    const issue = isWell && extension.provisioningState === 'Succeeded' ? issueOf(extension) : undefined
    const faults: readonly Fault[] = issue ? [{ code: 'ExtensionFailed', about: { ...about(view), message: issue } }] : []
    return {
      observed: [observedState(extension, view)],
      facts: { extension: isWell ? 'ready' : extension && isOurType(extension) ? 'unwell' : undefined },
      faults,
      ...(extension && !isWell && isUnderWay(extension) ? { nextRunAt: view.now + minute } : {}),
      found: extension,
    }
  },

  gate: (view) => untilIdle(view),

  async apply(changes, _found, view, ports) {
    // Another step of this loop may have started to change it since it was read.
    const cluster = await ports.arm.get(view.loop.id, clusterApi)
    if (!cluster || isBusy(managedCluster(cluster))) return { waiting: [until('is needed no more by another change of the cluster', view)] }
    try {
      // It has no ETag and its settings are replaced as a whole: requests made since it was read stay in them.
      const before = await read(view, ports)
      if (before && (isUnderWay(before) || !isOurType(before)))
        return { waiting: [until('is needed no more by another change of the extension', view)] }
      const written = await ports.arm.put(extensionId(view.loop.id), extensionApi, bodyOf(before, before ? appliedHashesOf(before) : {}))
      const what = `install ${changes[0]?.object.summary}`
      return written.operation ? { started: { url: written.operation, startedAt: ports.now(), what, sawSecret: true } } : { done: true }
    } catch (error) {
      const isTooEarly = isUnregistered(error) && view.facts.provider === 'Registering'
      if (isTooEarly) return { waiting: [until('is registered in this region', view)] }
      throw error
    }
  },

  byHand: (_changes, view) => byHandExtension(view.loop.id),
}

/** While the provider is not registered its extensions cannot exist. */
async function read(view: View<'cluster'>, ports: Ports): Promise<Extension | undefined> {
  try {
    const body = await ports.arm.get(extensionId(view.loop.id), extensionApi)
    return body && extensionOf(body)
  } catch (error) {
    if (isUnregistered(error)) return undefined
    throw error
  }
}
const isUnregistered = (error: unknown): boolean => error instanceof Failure && error.fields.code === 'ProviderNotRegistered'

/**
 * A failed request leaves it `Failed`, as a failed installation does; in the first case it is still installed, and the request's connection reports
 * the failure.
 */
function observedState(extension: Extension | undefined, view: View<'cluster'>): ObservedState {
  const id = extensionName
  if (!extension) return { id, state: 'absent' }
  if (!isOurType(extension))
    return {
      id,
      state: 'unknown',
      problem: problemOf({ code: 'ExtensionOfAnother', about: { ...about(view), type: extension.extensionType ?? 'unknown' } }),
    }
  if (extension.provisioningState === 'Failed' && !hasRequests(appliedHashesOf(extension)))
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

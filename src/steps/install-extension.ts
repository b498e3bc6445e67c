// The cluster extension of Service Connector, for connections with transport `extension`: name, namespace and train are the original's, so that
// both can use the same one. Lasting: Azure's own connectors, or another installation, may use it as well.
import {
  bodyOf,
  complaintOf,
  type Extension,
  extensionApi,
  extensionId,
  extensionName,
  extensionOf,
  isOurType,
  isUnderWay,
  receiptsOf,
  takesOrders,
} from '../domain/extension.ts'
import type { Fault } from '../domain/problem.ts'
import { hasReceipts } from '../domain/receipt.ts'
import { resourceId } from '../domain/resource-id.ts'
import type { Need, Seen, Thing } from '../domain/thing.ts'
import type { View } from '../domain/view.ts'
import { problemOf } from '../errors/catalogue.ts'
import { Failure } from '../errors/failure.ts'
import { byHandExtension } from './by-hand-cluster.ts'
import { clusterApi, isBusy, managedCluster } from './cluster-api.ts'
import type { Ports } from './ports.ts'
import type { Step } from './step.ts'
import { untilIdle } from './until-idle.ts'
import { minute, nameOf, onlyFor } from './words.ts'

export type ExtensionThing = Thing & { readonly kind: 'extension'; readonly id: typeof extensionName; readonly lasting: true }

export const installExtension: Step<'cluster', ExtensionThing, Extension | undefined> = {
  name: 'install-extension',
  loop: 'cluster',
  after: ['register-provider', 'enable-features'],
  reads: [],
  changesCluster: true,
  reportAs: 'ExtensionNotInstalled',

  wanted(view) {
    const needing = view.members.filter(({ transport }) => transport === 'extension')
    if (needing.length === 0 || view.facts.gone) return { things: [] }
    const summary = `extension ${extensionName} of cluster ${nameOf(view.loop)}`
    const thing: ExtensionThing = { kind: 'extension', id: extensionName, summary, lasting: true, ...onlyFor(needing) }
    if (view.facts.criticalOnly)
      return { things: [], later: [thing], faults: [{ code: 'ExtensionNotSchedulable', about: about(view), ...onlyFor(needing) }] }
    if (view.facts.provider === undefined) return { things: [], later: [thing], waiting: [until('is registered', view)] }
    return { things: [thing] }
  },

  async observe(view, wanted, held, ports) {
    if (wanted.length + held.length === 0) return { seen: [], facts: { extension: undefined }, found: undefined }
    const extension = await read(view, ports)
    const isWell = extension !== undefined && takesOrders(extension)
    const complaint = isWell && extension.provisioningState === 'Succeeded' ? complaintOf(extension) : undefined
    const faults: readonly Fault[] = complaint ? [{ code: 'ExtensionFailed', about: { ...about(view), message: complaint } }] : []
    return {
      seen: [look(extension, view)],
      facts: { extension: isWell ? 'ready' : extension && isOurType(extension) ? 'unwell' : undefined },
      faults,
      ...(extension && !isWell && isUnderWay(extension) ? { lookAt: view.now + minute } : {}),
      found: extension,
    }
  },

  gate: (view) => untilIdle(view),

  async apply(changes, _found, view, ports) {
    // Another step of this loop may have begun to change it since it was read.
    const cluster = await ports.arm.get(view.loop.id, clusterApi)
    if (!cluster || isBusy(managedCluster(cluster))) return { waiting: [until('is needed no more by another change of the cluster', view)] }
    try {
      // It has no ETag and its settings are replaced as a whole: what was handed over since it was looked at stays in them.
      const before = await read(view, ports)
      if (before && (isUnderWay(before) || !isOurType(before)))
        return { waiting: [until('is needed no more by another change of the extension', view)] }
      const written = await ports.arm.put(extensionId(view.loop.id), extensionApi, bodyOf(before, before ? receiptsOf(before) : {}))
      const what = `install ${changes[0]?.thing.summary}`
      return written.operation ? { started: { url: written.operation, startedAt: ports.now(), what, sawSecret: true } } : { done: true }
    } catch (error) {
      const isTooEarly = isUnregistered(error) && view.facts.provider === 'Registering'
      if (isTooEarly) return { waiting: [until('is registered in this region', view)] }
      throw error
    }
  },

  byHand: (_changes, view) => byHandExtension(view.loop.id),
}

/** While the provider is not registered there is no extension of it. */
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

/** A failed order leaves it `Failed` as a failed installation does; then it is installed all the same, and its connection tells the failure. */
function look(extension: Extension | undefined, view: View<'cluster'>): Seen {
  const id = extensionName
  if (!extension) return { id, state: 'absent' }
  if (!isOurType(extension))
    return {
      id,
      state: 'unseen',
      problem: problemOf({ code: 'ExtensionOfAnother', about: { ...about(view), type: extension.extensionType ?? 'unknown' } }),
    }
  if (extension.provisioningState === 'Failed' && !hasReceipts(receiptsOf(extension)))
    return { id, state: 'different', mark: 'none', difference: complaintOf(extension) ?? 'it is Failed', asWritten: true }
  return { id, state: 'same', mark: 'none' }
}

const about = (view: View<'cluster'>): Record<string, string> => {
  const { subscription, group, name } = resourceId(view.loop.id)
  return { cluster: name, subscription, group, clusterName: name }
}

const until = (what: string, view: View<'cluster'>): Need => ({
  of: [view.loop],
  text: `waiting until Microsoft.KubernetesConfiguration ${what}`,
  lookAt: view.now + minute / 2,
})

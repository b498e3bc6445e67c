// What a connection by extension waits for before anything is handed over: an extension that takes orders, in a cluster that can run its job.
import type { Connection } from '../../model/connection.ts'
import type { Fault } from '../../model/problem.ts'
import type { View } from '../../model/view.ts'
import { nameOf } from '../../model/words.ts'

/** `handedOver`: what of ours is in the cluster already, in words; then a missing extension is one that somebody removed. */
export function extensionReady(
  { transport, cluster, key }: Connection,
  view: Pick<View, 'of'>,
  handedOver: string | undefined,
): { readonly ready: true } | { readonly text: string } | { readonly fault: Fault } {
  if (transport !== 'extension') return { ready: true }
  const { criticalOnly, extension } = view.of(cluster)
  const name = nameOf(cluster)
  if (criticalOnly) return { fault: { code: 'ExtensionNotSchedulable', about: { cluster: name }, of: key } }
  if (extension === 'ready') return { ready: true }
  if (extension === 'unwell') return { text: `the extension of Service Connector on cluster ${name} takes orders` }
  if (handedOver !== undefined) return { fault: { code: 'ExtensionRemoved', about: { cluster: name, object: handedOver }, of: key } }
  return { text: `the extension of Service Connector is installed on cluster ${name}` }
}

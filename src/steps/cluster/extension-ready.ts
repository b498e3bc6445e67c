// What a connection with transport `extension` waits for before its first request: an extension that accepts requests, in a cluster that can run its
// job.
import type { Connection } from '../../model/connection.ts'
import type { Fault } from '../../model/problem.ts'
import type { View } from '../../model/view.ts'
import { nameOf } from '../../model/words.ts'
import { transportTypeOf } from '../../transports/catalogue.ts'

/** `handedOver`: which of the app's objects are in the cluster already, in words; a missing extension has then been removed by someone. */
export function extensionReady(
  { transport, cluster, key }: Connection,
  view: Pick<View, 'of'>,
  handedOver: string | undefined,
): { readonly ready: true } | { readonly text: string } | { readonly fault: Fault } {
  if (!transportTypeOf({ transport }).prerequisites.includes('install-extension')) return { ready: true }
  const { criticalOnly, extension } = view.of(cluster)
  const name = nameOf(cluster)
  if (criticalOnly) return { fault: { code: 'ExtensionNotSchedulable', about: { cluster: name }, of: key } }
  if (extension === 'ready') return { ready: true }
  if (extension === 'unwell') return { text: `the extension of Service Connector on cluster ${name} accepts requests` }
  if (handedOver !== undefined) return { fault: { code: 'ExtensionRemoved', about: { cluster: name, object: handedOver }, of: key } }
  return { text: `the extension of Service Connector is installed on cluster ${name}` }
}

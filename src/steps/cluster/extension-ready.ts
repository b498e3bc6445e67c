// What a connection waits for whose transport needs an extension of the cluster, before its first object is written: an extension that takes it, in a cluster
// that can run its pods.
import type { Connection } from '../../model/connection.ts'
import type { Fault } from '../../model/problem.ts'
import type { StepName } from '../../model/step-name.ts'
import type { View } from '../../model/view.ts'
import { nameOf } from '../../model/words.ts'
import { transportTypeOf } from '../../transports/catalogue.ts'

type Readiness = { readonly ready: true } | { readonly text: string; readonly by: StepName<'cluster'> } | { readonly fault: Fault }

/**
 * `transport`: what `auto` has come to. `handedOver`: which of the app's objects are in the cluster already, in words; a missing extension has then been
 * removed by someone.
 */
export function extensionReady(connection: Connection, view: Pick<View, 'of' | 'installation'>, handedOver: string | undefined): Readiness {
  const { cluster, key } = connection
  const needed = transportTypeOf(connection).extension
  if (needed === undefined) return { ready: true }
  const { criticalOnly } = view.of(cluster)
  if (criticalOnly) return { fault: { code: 'ExtensionNotSchedulable', about: { cluster: nameOf(cluster) }, of: key } }
  return needed === 'flux' ? fluxReady(connection, view) : requestsAccepted(connection, view, handedOver)
}

function fluxReady({ cluster, namespace, key }: Connection, view: Pick<View, 'of' | 'installation'>): Readiness {
  const name = nameOf(cluster)
  if (!view.installation.fluxAccount) return { fault: { code: 'FluxNotConfigured', about: { cluster: name }, of: key } }
  if (view.of(cluster).fluxIn?.includes(namespace)) return { ready: true }
  return { text: `Flux in cluster ${name} reads what is written for namespace ${namespace}`, by: 'configure-flux' }
}

function requestsAccepted({ cluster, key }: Connection, view: Pick<View, 'of'>, handedOver: string | undefined): Readiness {
  const name = nameOf(cluster)
  const { extension } = view.of(cluster)
  const waiting = (text: string): Readiness => ({ text, by: 'install-extension' })
  if (extension === 'ready') return { ready: true }
  if (extension === 'unwell') return waiting(`the extension of Service Connector on cluster ${name} accepts requests`)
  if (handedOver !== undefined) return { fault: { code: 'ExtensionRemoved', about: { cluster: name, object: handedOver }, of: key } }
  return waiting(`the extension of Service Connector is installed on cluster ${name}`)
}

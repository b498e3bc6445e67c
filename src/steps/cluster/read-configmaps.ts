// Reads the ConfigMaps in which app teams declare connections of their namespace, where the installation has that switched on. read-declarations makes
// connections of them. While they cannot be read, those that were read last count: a cluster that is stopped withdraws nothing.
import type { Step } from '../../contract/step.ts'
import { keptDeclarations } from '../../declare/room-for-configmaps.ts'
import type { ManagedObject } from '../../model/managed-object.ts'
import { minute } from '../../model/words.ts'

/** No event tells of a ConfigMap; the sweep comes as often. */
const everyMs = 60 * minute

export const readConfigMaps: Step<'cluster', ManagedObject> = {
  name: 'read-configmaps',
  loop: 'cluster',
  after: ['read-cluster'],
  reads: [],
  enabled: ({ declareInCluster }) => declareInCluster === true,
  inputs: ({ facts: { uid, running, fqdn, gone } }) => ({ uid, running, fqdn, gone }),
  desired: () => ({ objects: [] }),

  async observe(view, _what, ports) {
    const { uid, running, fqdn, gone } = view.facts
    const nothing = { observed: [], found: undefined, nextRunAt: view.now + everyMs }
    if (uid === undefined || gone || running === false) return nothing
    const transport = await ports.kubernetes(view.loop, fqdn)
    if (!('observe' in transport) || !transport.declarations) return nothing
    return { ...nothing, facts: { declared: keptDeclarations(await transport.declarations(), view.facts.declared ?? []) } }
  },
}

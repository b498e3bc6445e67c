// Reads the target: its location, whom its network allows, which services it offers, whether it accepts keys and when they changed. open-firewall,
// which changes the firewall's addresses, publishes them to other loops.

import { missing, notMissing } from '../../contract/missing.ts'
import type { Step } from '../../contract/step.ts'
import { serviceIn } from '../../model/facts.ts'
import type { Fault } from '../../model/problem.ts'
import { resourceId } from '../../model/resource-id.ts'
import { nameOf } from '../../model/words.ts'
import { resourceOf, targetOf } from '../../targets/catalogue.ts'
import type { ResourceFacts } from '../../targets/resource.ts'
import { answersTo } from './arm-requests.ts'

export const readTarget: Step<'target'> = readTargetOn(resourceOf)

/** `find`: the resource by its ARM type. */
export function readTargetOn(find: typeof resourceOf): Step<'target'> {
  return {
    name: 'read-target',
    loop: 'target',
    after: [],
    reads: [],
    desired: () => ({ objects: [] }),

    async observe(view, _what, ports) {
      const nothing = { observed: [], found: undefined } as const
      const { id } = view.loop
      const resource = find(resourceId(id).type)
      if (!resource) return nothing
      const body = await ports.arm.get(id, resource.apiVersion)
      if (body === undefined) {
        const times = { now: view.now, afterMs: view.installation.goneAfterMs, atMostMs: view.installation.massGraceMs }
        const { until: _, ...absence } = await missing(view.facts, times, () => ports.isListed(id))
        return {
          ...nothing,
          ...absence,
          faults: [{ code: absence.facts.gone ? 'TargetGone' : 'TargetMissing', about: { target: nameOf(view.loop) } }],
        }
      }
      const detail = resource.detail === undefined ? undefined : await ports.arm.get(`${id}/${resource.detail}`, resource.apiVersion)
      const read = resource.read(body, detail)
      const { firewall } = resource
      const answers = await answersTo(firewall.observe(id), ports.arm, body)
      const { network, allowedSubnets, perimeter, bypass } = firewall.network(answers)
      const firewallIps = [...new Set(firewall.rules(answers).map(({ ip }) => ip))].sort()
      const facts = { ...factsOf(read), network, allowedSubnets, perimeter, bypass, firewallIps, ...notMissing }
      const without = [...view.members, ...view.readers].filter(({ type }) => serviceIn(read, type) === undefined)
      const faults = without.map(({ key, type }): Fault => {
        const service = targetOf(type)?.displayName ?? type
        return { code: 'TargetWithoutService', about: { target: nameOf(view.loop), service, kind: read.sort }, of: key }
      })
      return { ...nothing, facts, faults }
    },
  }
}

/** Always in the same order, so that equal facts are equal text. */
const factsOf = ({ createdAt, location, services, localAuth, tokenAuth, ignoresRoles, keyVersion }: ResourceFacts) => ({
  createdAt,
  location,
  services,
  localAuth,
  tokenAuth,
  ignoresRoles,
  keyVersion,
})

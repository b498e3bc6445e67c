// Reads the target: its location, whom its network allows, which services it offers, whether it accepts keys and when they changed. open-firewall,
// which changes the firewall's addresses, publishes them to other loops.

import { answersTo } from '../../contract/answers-to.ts'
import { missing, notMissing } from '../../contract/missing.ts'
import type { Step } from '../../contract/step.ts'
import { endpointOf } from '../../model/endpoint-target.ts'
import { serviceIn } from '../../model/facts.ts'
import type { Key } from '../../model/loop.ts'
import type { Need } from '../../model/managed-object.ts'
import type { Fault } from '../../model/problem.ts'
import { resourceId } from '../../model/resource-id.ts'
import type { View } from '../../model/view.ts'
import { minute, nameOf } from '../../model/words.ts'
import { resourceOf, servicesAt, targetOf } from '../../targets/catalogue.ts'
import { type Body, propertiesOf } from '../../targets/firewall/firewall.ts'
import type { ResourceFacts } from '../../targets/resource.ts'

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
      const outside = endpointOf(view.loop)
      if (outside) return { ...nothing, facts: { ...notMissing, ...outsideOfAzure, services: servicesAt(outside) } }
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
      const standstill = resource.standstill?.(body)
      if (standstill !== undefined)
        return { ...nothing, facts: notMissing, waiting: membersIn(view).map((key) => untilReady(key, standstill, view)) }
      const detail = resource.detail === undefined ? undefined : await ports.arm.get(`${id}/${resource.detail}`, resource.apiVersion)
      const read = resource.read(body, detail)
      // Its children may not be there yet either.
      if (isUnderWay(body) && Object.keys(read.services).length === 0) {
        const waiting = membersIn(view).map((key) => untilMade(key, view))
        return { ...nothing, facts: { ...factsOf(read), ...notMissing }, waiting }
      }
      const { firewall } = resource
      const answers = await answersTo(firewall.observe(id), ports.arm, body)
      const { network, allowedSubnets, perimeter, bypass, injectedInto, privateZone } = firewall.network(answers)
      const firewallIps = [...new Set(firewall.rules(answers).map(({ ip }) => ip))].sort()
      const inside = { perimeter, injectedInto, privateZone }
      const facts = { ...factsOf(read), network, allowedSubnets, ...inside, bypass, firewallIps, ...notMissing }
      const without = [...view.members, ...view.readers].filter(({ type }) => serviceIn(read, type) === undefined)
      const faults = without.map(({ key, type }): Fault => {
        const service = targetOf(type)?.displayName ?? type
        return { code: 'TargetWithoutService', about: { target: nameOf(view.loop), service, kind: read.sort }, of: key }
      })
      return { ...nothing, facts, faults }
    },
  }
}

/** Its firewall, if it has one, is not the app's to open, and is not known. */
const outsideOfAzure = { location: '', localAuth: true, network: 'open', allowedSubnets: [], firewallIps: [] } as const

/** docs/azure-behaviour.md#provisioning-states-are-open */
function isUnderWay(body: Body): boolean {
  const { provisioningState: state } = propertiesOf(body)
  return typeof state === 'string' && !/^(Succeeded|Failed|Canceled)$/i.test(state)
}

/** What a resource offers it may tell only when it is made; the event of that wakes the loop, the scheduled run is for a lost one. */
const untilMade = (member: Key, { loop, now }: View<'target'>): Need => ({
  of: [loop],
  text: `waiting until ${nameOf(loop)} is made`,
  nextRunAt: now + minute,
  member,
})

/** One that a person stopped waits for a person; its event wakes the loop. */
function untilReady(member: Key, state: string, { loop, now }: View<'target'>): Need {
  const isStopped = /^(Stopp|Disab|Drop)/i.test(state)
  const text = isStopped
    ? `waiting until ${nameOf(loop)} is started: it is ${state}`
    : `waiting until ${nameOf(loop)} is ready: it is ${state}`
  return { of: [loop], text, nextRunAt: now + (isStopped ? 10 : 1) * minute, member, ...(isStopped ? { manual: true as const } : {}) }
}

const membersIn = (view: View<'target'>): readonly Key[] => [...view.members, ...view.readers].map(({ key }) => key)

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

// Reads the target: where it is, whom its network lets in, which auth types it accepts, when its keys changed. The addresses in its firewall
// are told to others by open-firewall, which changes them.
import type { TargetFacts } from '../domain/facts.ts'
import type { Loop } from '../domain/loop.ts'
import type { Fault } from '../domain/problem.ts'
import { resourceId } from '../domain/resource-id.ts'
import { targetByArmType, targetOf } from '../targets/catalogue.ts'
import type { Target } from '../targets/target.ts'
import { missing, notMissing } from './missing.ts'
import type { Step } from './step.ts'
import { nameOf } from './words.ts'

export const readTarget: Step<'target'> = {
  name: 'read-target',
  loop: 'target',
  after: [],
  reads: [],
  wanted: () => ({ things: [] }),

  async observe(view, _wanted, _held, ports) {
    const nothing = { seen: [], found: undefined } as const
    const all = [...view.members, ...view.readers]
    const type = kindOf(view.loop, all[0]?.type)
    if (!type) return nothing
    const body = await ports.arm.get(view.loop.id, type.apiVersion)
    if (body === undefined) {
      const times = { now: view.now, afterMs: view.rules.goneAfterMs, atMostMs: view.rules.massGraceMs }
      const { until: _, ...look } = await missing(view.facts, times, () => ports.isListed(view.loop.id))
      return {
        ...nothing,
        ...look,
        faults: [{ code: look.facts.gone ? 'TargetGone' : 'TargetMissing', about: { target: nameOf(view.loop) } }],
      }
    }
    // Types of one resource can differ in what they need of it: an account without blobs is a fault of the blob connections alone.
    const types = [...new Set(all.map((member) => member.type))].flatMap((name) => kindOf(view.loop, name) ?? [])
    const reads = (types.length > 0 ? types : [type]).map((one) => ({ type: one.type, read: one.read(body) }))
    const faults = reads.flatMap(({ type: name, read }) =>
      isFault(read) ? all.filter((member) => member.type === name).map(({ key }): Fault => ({ ...read, of: key })) : [],
    )
    const read = reads.flatMap((one) => (isFault(one.read) ? [] : [one.read]))[0]
    const firewallIps = type.firewallIps && [...type.firewallIps(body)].sort()
    return { ...nothing, facts: { ...(read ? factsOf(read) : {}), firewallIps, ...notMissing }, faults }
  },
}

/** By a member's type; of a loop whose members have left, any type of such a resource will do. */
export const kindOf = (target: Loop<'target'>, type?: string): Target | undefined =>
  (type === undefined ? undefined : targetOf(type)) ?? targetByArmType(resourceId(target.id).type)

const isFault = (read: TargetFacts | Fault): read is Fault => 'code' in read

const factsOf = ({ location, endpoint, network, auth, keys, createdAt, allowedSubnets, perimeter, bypass }: TargetFacts) => ({
  createdAt,
  ...{ location, endpoint, network, auth, keys },
  ...{ allowedSubnets, perimeter, bypass },
})

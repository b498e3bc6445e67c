// The targets that rules of policies find by tag or region. Resource Graph lists them; it lags and leaves out what the app may not read, so a target
// that was found before is dropped only when it says itself that it does not match any more.
import { mapConcurrent } from '../../contract/map-concurrent.ts'
import { matchesPlace } from '../../declare/place-match.ts'
import { isSame } from '../../model/canonical.ts'
import { isByPlace, mostFound, type ResourcePlace, type TargetsByPlace } from '../../model/connect-rule.ts'
import type { Policy } from '../../model/policy.ts'
import { parseResourceId, sameId } from '../../model/resource-id.ts'
import { targetTypeNamed } from '../../model/target-type.ts'
import type { HandlerContext } from '../http/handler-context.ts'

type Services = Pick<HandlerContext, 'targets' | 'placeOf'>

/** The ARM types among which rules look for targets. */
export const typesSought = (policies: readonly Policy[], { targets }: Pick<Services, 'targets'>): readonly string[] => [
  ...new Set(
    policies.flatMap(({ connect = [] }) => connect.flatMap(({ target }) => (isByPlace(target) ? (armTypeOf(target, targets) ?? []) : []))),
  ),
]

function armTypeOf({ type }: TargetsByPlace, targets: HandlerContext['targets']): string | undefined {
  const on = targetTypeNamed(type, targets)?.on
  return on && 'armType' in on ? on.armType.toLowerCase() : undefined
}

/**
 * The policy with what rules of `before` have found that look for the same: a rule is what it says, not its place among the others. What another rule
 * has found would be connected by this one while Azure does not answer.
 */
export function withFoundOf(before: Policy | undefined, policy: Policy): Policy {
  const former = before?.connect ?? []
  const found = (policy.connect ?? []).flatMap(({ target }, at) => {
    const places = before?.found?.[former.findIndex((one) => isSame(one.target, target))]
    return places ? [[at, places] as const] : []
  })
  return found.length > 0 ? { ...policy, found: Object.fromEntries(found) } : policy
}

/** The policy with the targets that its rules find in the list now. */
export async function withTargets(policy: Policy, listed: readonly ResourcePlace[], services: Services): Promise<Policy> {
  const { connect = [], found: before = {}, beyond: _, ...rest } = policy
  if (connect.length === 0) return rest
  const found: Record<number, readonly ResourcePlace[]> = {}
  const beyond: Record<number, number> = {}
  for (const [at, { target }] of connect.entries()) {
    if (!isByPlace(target)) continue
    const type = armTypeOf(target, services.targets)
    const fits = (place: ResourcePlace): boolean => parseResourceId(place.id)?.type === type && matchesPlace(target, place)
    const now = listed.filter(fits)
    const missing = (before[at] ?? []).filter(({ id }) => !listed.some((one) => sameId(one.id, id)))
    const still = await mapConcurrent(missing, 8, async (place) => {
      const read = await services.placeOf(place.id)
      if (read === 'unknown') return place
      return read && fits(read) ? read : undefined
    })
    const all = [...now, ...still.filter((one) => one !== undefined)].map(({ id, location }) => ({ id, location, tags: {} }))
    const kept = formerFirst(all, before[at] ?? [])
      .slice(0, mostFound)
      .toSorted(byId)
    if (kept.length > 0) found[at] = kept
    if (kept.length < all.length) beyond[at] = all.length - kept.length
  }
  const isAny = (one: object): boolean => Object.keys(one).length > 0
  return { ...rest, connect, ...(isAny(found) ? { found } : {}), ...(isAny(beyond) ? { beyond } : {}) }
}

const byId = (a: ResourcePlace, b: ResourcePlace): number => (a.id.toLowerCase() < b.id.toLowerCase() ? -1 : 1)

/** Another target that matches by now must not disconnect one that is connected. */
function formerFirst(all: readonly ResourcePlace[], before: readonly ResourcePlace[]): readonly ResourcePlace[] {
  const former = new Set(before.map(({ id }) => id.toLowerCase()))
  const isFormer = ({ id }: ResourcePlace): boolean => former.has(id.toLowerCase())
  return [...all.filter(isFormer), ...all.filter((one) => !isFormer(one)).toSorted(byId)]
}

export const findsTheSame = (one: Policy, other: Policy): boolean =>
  isSame(one.found ?? {}, other.found ?? {}) && isSame(one.beyond ?? {}, other.beyond ?? {})

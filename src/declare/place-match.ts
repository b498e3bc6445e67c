// Whether a resource is one of those that a rule names: by tags, subscription, group, name and region. Case counts nowhere, as in ARM.
import type { ResourcePlace } from '../model/connect-rule.ts'
import { parseResourceId } from '../model/resource-id.ts'
import { matchesWildcard } from '../model/wildcard.ts'

export type PlacePattern = {
  readonly tags?: Readonly<Record<string, string>> | undefined
  readonly subscriptions?: readonly string[] | undefined
  readonly groups?: readonly string[] | undefined
  readonly names?: readonly string[] | undefined
  readonly regions?: readonly string[] | undefined
}

export function matchesPlace({ tags = {}, subscriptions, groups, names, regions }: PlacePattern, place: ResourcePlace): boolean {
  const id = parseResourceId(place.id)
  if (!id) return false
  const among = (patterns: readonly string[] | undefined, text: string): boolean =>
    patterns === undefined || patterns.some((pattern) => matchesWildcard(pattern, text))
  return (
    among(subscriptions, id.subscription) &&
    among(groups, id.group) &&
    among(names, id.name) &&
    among(regions, regionOf(place.location)) &&
    Object.entries(tags).every(([name, pattern]) => {
      const value = tagIn(place.tags, name)
      return value !== undefined && matchesWildcard(pattern, value)
    })
  )
}

/** Names of tags ignore case; their values do not, but patterns do. */
export const tagIn = (tags: Readonly<Record<string, string>>, name: string): string | undefined =>
  Object.entries(tags).find(([one]) => one.toLowerCase() === name.toLowerCase())?.[1]

/** `West Europe` and `westeurope` are one. */
export const regionOf = (location: string): string => location.toLowerCase().replaceAll(' ', '')

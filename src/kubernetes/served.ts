// Which version of an API group serves a resource. The version that a group prefers need not have all of its resources: that of dapr.io is v2alpha1, which
// has Subscriptions alone, and Components are in v1alpha1. Only these lists prove that a resource does not exist: a 404 is also what any gateway answers.
// https://kubernetes.io/docs/concepts/overview/kubernetes-api/#unaggregated-discovery
import { isObject } from '../errors/answer.ts'
import type { ClusterClient } from './client.ts'

export type Served = {
  /** `undefined`: the API server does not have the group, or none of its versions has the resource. Throws as the client does. */
  versionOf(group: string, plural: string): Promise<string | undefined>
}

/** `/api/v1` or `/apis/<group>/<version>`. */
export const basePath = (group: string, version: string): string => (group === '' ? `/api/${version}` : `/apis/${group}/${version}`)

/** Asks at most once for each list, and only for those that are needed. */
export function servedBy({ ask }: Pick<ClusterClient, 'ask'>): Served {
  const once = <T>(read: (key: string) => Promise<T>): ((key: string) => Promise<T>) => {
    const known = new Map<string, Promise<T>>()
    return (key) => {
      const found = known.get(key) ?? read(key)
      known.set(key, found)
      return found
    }
  }
  const textsAt = (list: unknown, field: string): readonly string[] =>
    (Array.isArray(list) ? list : []).flatMap((item) => (isObject(item) && typeof item[field] === 'string' ? [item[field]] : []))

  /** Versions of each group, the preferred one first. */
  const groups = once(async (path) => {
    const { groups: found } = await ask('GET', path)
    return new Map(
      (Array.isArray(found) ? found : []).filter(isObject).map(({ name, versions, preferredVersion }) => {
        const preferred = textsAt([preferredVersion], 'version')
        return [String(name), [...new Set([...preferred, ...textsAt(versions, 'version')])]]
      }),
    )
  })
  const resources = once(async (path) => new Set(textsAt((await ask('GET', path))['resources'], 'name')))

  return {
    async versionOf(group, plural) {
      const versions = group === '' ? ['v1'] : ((await groups('/apis')).get(group) ?? [])
      for (const version of versions) if ((await resources(basePath(group, version))).has(plural)) return version
      return undefined
    },
  }
}

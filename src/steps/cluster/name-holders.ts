// Whose a name is, of all who declare a connection of it on the cluster. The holder is who the ledger says it was made for.
import { isAllowedNow } from '../../contract/consent.ts'
import type { ConnectionSpec } from '../../model/connection.ts'
import type { InvalidTag } from '../../model/invalid-tag.ts'
import type { Key } from '../../model/loop.ts'
import type { View } from '../../model/view.ts'
import type { Declaration } from './declarations.ts'

type Author = Pick<ConnectionSpec, 'origin' | 'namespace'>

/** Of ConfigMaps the namespace is the author; tags and policies are each written by one circle of people. */
const isSameAuthor = (one: Author, other: Author): boolean =>
  one.origin === other.origin && (one.origin !== 'configmap' || one.namespace === other.namespace)

/** The specs of the names that the cluster's loop has declared, by key. What it only found there is of another author. */
const holdersIn = (view: View<'cluster'>): ReadonlyMap<Key, ConnectionSpec> =>
  new Map(
    view.tracked('read-declarations').flatMap(({ object, ownership }) => {
      if (object.kind !== 'declaration' || ownership !== 'ours') return []
      const { spec } = object as Declaration
      return [[spec.key, spec] as const]
    }),
  )

/**
 * One of each name. `specs`: those of tags, then of policies, then of ConfigMaps: the first that is allowed counts; if none is, the first. Of two
 * namespaces the one that has the name keeps it, whatever the other is called. A holder whose declaration is gone has its grace, as long as it is allowed:
 * only an allowed tag or policy takes over from it at once; a ConfigMap gets the name after the withdrawal.
 */
export function chosenFrom(specs: readonly ConnectionSpec[], view: View<'cluster'>): readonly ConnectionSpec[] {
  const holders = holdersIn(view)
  return [...Map.groupBy(specs, ({ key }) => key)].flatMap(([key, same]) => {
    const holder = holders.get(key)
    const isHolder = (spec: ConnectionSpec): boolean => holder !== undefined && isSameAuthor(spec, holder)
    const isGone = holder !== undefined && !same.some(isHolder) && isAllowedNow(holder, view)
    const allowed = same.length > 1 || isGone ? same.filter((spec) => isAllowedNow(spec, view)) : same
    if (isGone) return allowed.find(({ origin }) => origin !== 'configmap') ?? []
    const [chosen = same[0]] = allowed
    return (chosen?.origin === 'configmap' ? allowed.find(isHolder) : undefined) ?? chosen ?? []
  })
}

/** Whether a key of a ConfigMap that is not understood says something about the connection of its name, which can be another author's. */
export function isOfOwn(
  { connection: { key }, namespace = '' }: InvalidTag,
  chosen: readonly ConnectionSpec[],
  view: View<'cluster'>,
): boolean {
  const holder = chosen.find((spec) => spec.key === key) ?? holdersIn(view).get(key) ?? memberOf(key, view)
  return holder === undefined || isSameAuthor({ origin: 'configmap', namespace }, holder)
}

const memberOf = (key: Key, { members, readers }: View<'cluster'>): ConnectionSpec | undefined =>
  [...members, ...readers].find((one) => one.key === key)

// Which keys of ConfigMaps a cluster has room for. Anyone who may write ConfigMaps of one namespace can write thousands, and the facts of a loop are one
// row: the namespaces share it.
import { type DeclaredInCluster, mostDeclared } from '../model/declared-in-cluster.ts'
import { fairShare } from './fair-share.ts'

/** JSON of all keys that are kept. A row of Table Storage holds 1 MiB, which is half a million characters. */
export const roomForDeclarations = 200_000
/** A key takes this much at least: so they are never more than `mostDeclared`. */
const least = roomForDeclarations / mostDeclared
/** Namespaces that are told what was cut; each costs a key without its words. */
const mostTold = 50

export const sizeOfDeclaration = (one: DeclaredInCluster): number => Math.max(JSON.stringify(one).length + 1, least)

/** `before`: those that were kept before go first, so that a new key of a namespace takes no room from its others. The first that was cut in a namespace tells how many. */
export function keptDeclarations(all: readonly DeclaredInCluster[], before: readonly DeclaredInCluster[]): readonly DeclaredInCluster[] {
  const known = new Set(before.filter(({ cut }) => cut === undefined).map(placeOf))
  const [former, others] = [all.filter((one) => known.has(placeOf(one))), all.filter((one) => !known.has(placeOf(one)))]
  const kept = fairShare([...former, ...others], sizeOfDeclaration, roomForDeclarations)
  const places = new Set(kept.map(placeOf))
  const cut = Map.groupBy(
    all.filter((one) => !places.has(placeOf(one))),
    ({ namespace }) => namespace,
  )
  const told = [...cut.values()].slice(0, mostTold).flatMap(([one, ...more]) => (one ? [{ ...one, words: '', cut: more.length }] : []))
  return [...kept, ...told].toSorted((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1))
}

const placeOf = ({ namespace, configMap, key }: DeclaredInCluster): string => `${namespace}/${configMap}/${key}`

// Connections declared by app teams in ConfigMaps of their namespace: a key is the name, its value the words of a tag. The namespace is the author: it can
// declare for itself only.
import { type ConnectionSpec, linkerId } from '../model/connection.ts'
import { type DeclaredInCluster, longestWords, mostDeclared } from '../model/declared-in-cluster.ts'
import type { InvalidTag } from '../model/invalid-tag.ts'
import { type Loop, loop } from '../model/loop.ts'
import type { TargetType } from '../model/target-type.ts'
import { sanitize } from '../model/validation-issue.ts'
import type { Installation } from '../model/view.ts'
import { connectionNameRule, isConnectionName } from './connection-fields.ts'
import { fairShare } from './fair-share.ts'
import { NotUnderstood } from './tag-places.ts'
import { specIn } from './words.ts'

/** JSON of all that are told to be invalid: they are facts of the cluster's loop, which are one row, and problems in the same row. */
const roomForInvalid = 40_000

type Declared = { readonly specs: readonly ConnectionSpec[]; readonly bad: readonly InvalidTag[] }

export function declaredIn(
  all: readonly DeclaredInCluster[],
  cluster: Loop<'cluster'>,
  installation: Installation,
  types: readonly TargetType[],
): Declared {
  const specs: ConnectionSpec[] = []
  const bad: InvalidTag[] = []
  for (const one of all) {
    const name = one.key.toLowerCase()
    try {
      if (!isConnectionName(name)) throw new NotUnderstood(`'${sanitize(name)}' is not a valid name of a connection`, connectionNameRule)
      if (one.cut !== undefined)
        throw new NotUnderstood(
          `the cluster has no room for it${one.cut > 0 ? ` and ${one.cut} more of the namespace` : ''}`,
          `fewer or shorter keys: all namespaces of the cluster share the room for ${mostDeclared}`,
        )
      if (one.words.length > longestWords)
        throw new NotUnderstood(`its value has more than ${longestWords} characters`, `at most ${longestWords}`)
      specs.push(specIn(one.words.trim(), { origin: 'configmap', name, cluster, namespace: one.namespace }, installation, types))
    } catch (error) {
      if (!(error instanceof NotUnderstood)) throw error
      const { message, hint } = error
      const tag = sanitize(`${one.key} of the ConfigMap ${one.namespace}/${one.configMap}`)
      const connection = loop('connection', linkerId(cluster.id, sanitize(name)))
      bad.push({ tag, name: sanitize(name), namespace: one.namespace, message, hint, connection, origin: 'configmap' })
    }
  }
  return { specs, bad }
}

/** A key whose name another author has on the cluster: its namespace is told, and nothing about that author. */
export const nameOfAnother = ({ name, namespace, cluster }: ConnectionSpec): InvalidTag => ({
  tag: `${name} of a ConfigMap in the namespace ${namespace}`,
  name,
  namespace,
  message: 'the name is taken on this cluster, by a tag, a policy or another namespace',
  hint: 'another key: names are unique in a cluster',
  connection: loop('connection', linkerId(cluster.id, name)),
  origin: 'configmap',
})

/** As many as there is room to tell, shared among the namespaces. */
export const toldOf = (bad: readonly InvalidTag[]): readonly InvalidTag[] =>
  fairShare(bad, (one) => JSON.stringify(one).length, roomForInvalid)

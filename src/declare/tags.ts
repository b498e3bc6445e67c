// Connections declared by tags of their cluster: `connect-<name>` = the words of words.ts. Tags are hostile input: anyone with the right to tag can
// write them. An invalid tag becomes a fault that says how to write it, and never stops the others.

import { type ConnectionSpec, linkerId } from '../model/connection.ts'
import type { InvalidTag } from '../model/invalid-tag.ts'
import { type Loop, loop } from '../model/loop.ts'
import type { Fault } from '../model/problem.ts'
import type { TargetType } from '../model/target-type.ts'
import { sanitize } from '../model/validation-issue.ts'
import type { Installation } from '../model/view.ts'
import { connectionNameRule, isConnectionName } from './connection-fields.ts'
import { faultOfInvalid } from './invalid.ts'
import { NotUnderstood } from './tag-places.ts'
import { specIn } from './words.ts'

export const tagPrefix = 'connect-'
/** Azure's limit on the length of a tag's value. */
const longest = 256

/** The name of the tag that declares a connection. */
export const tagOf = (connectionName: string): string => `${tagPrefix}${connectionName.toLowerCase()}`

export function declarationsOf(
  tags: Readonly<Record<string, string>>,
  cluster: Loop<'cluster'>,
  installation: Installation,
  types: readonly TargetType[],
): { readonly spec: readonly ConnectionSpec[]; readonly faults: readonly Fault[]; readonly bad: readonly InvalidTag[] } {
  const spec: ConnectionSpec[] = []
  const bad: InvalidTag[] = []
  const names = new Set<string>()
  // Tag names are case-insensitive; of two that differ only in case, the alphabetically first counts, as in Azure.
  for (const [tag, value] of Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (!tag.toLowerCase().startsWith(tagPrefix)) continue
    try {
      const name = tag.slice(tagPrefix.length).toLowerCase()
      if (names.has(name)) throw new NotUnderstood('another tag has the same name but for upper and lower case', 'keep one of the two')
      names.add(name)
      if (!isConnectionName(name)) throw new NotUnderstood(`'${sanitize(name)}' is not a valid name of a connection`, connectionNameRule)
      if (value.length > longest) throw new NotUnderstood(`its value has ${value.length} characters`, `at most ${longest}`)
      spec.push(specIn(value, { origin: 'tag', name, cluster }, installation, types))
    } catch (error) {
      if (!(error instanceof NotUnderstood)) throw error
      bad.push(invalidTag(tag, value, error, cluster))
    }
  }
  const faults = bad.map(faultOfInvalid)
  return { spec, faults, bad }
}

function invalidTag(tag: string, value: string, { message, hint }: NotUnderstood, cluster: Loop<'cluster'>): InvalidTag {
  const name = sanitize(tag).slice(tagPrefix.length).toLowerCase()
  const [, namespace] = /[?&]namespace=([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(?:&|$)/.exec(value) ?? []
  const connection = loop('connection', linkerId(cluster.id, name))
  return { tag: sanitize(tag), name, ...(namespace ? { namespace } : {}), message, hint, connection }
}

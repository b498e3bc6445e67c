// An invalid tag, as callers see it: a connection that has failed. The store has no such connection: it is derived from what its cluster's loop knows
// of the tags, and goes with the tag.

import { faultOfInvalid } from '../../declare/invalid.ts'
import { problemOf } from '../../errors/catalogue.ts'
import { linkerId } from '../../model/connection.ts'
import type { InvalidTag } from '../../model/invalid-tag.ts'
import { type Loop, loop } from '../../model/loop.ts'
import type { Store } from '../../ports/store.ts'
import { armErrorsOf } from '../http/answers.ts'

export async function invalidTagsOf(store: Store, cluster: Loop<'cluster'>): Promise<readonly InvalidTag[]> {
  return (await store.read(cluster))?.view.facts.invalidTags ?? []
}

export async function invalidTagNamed(store: Store, cluster: string, name: string): Promise<InvalidTag | undefined> {
  const { key } = loop('connection', linkerId(cluster, name))
  return (await invalidTagsOf(store, loop('cluster', cluster))).find(({ connection }) => connection.key === key)
}

/** Two namespaces can have an invalid key of one name: as a linker it is one. */
export const oneOfEachName = (all: readonly InvalidTag[]): readonly InvalidTag[] => [
  ...new Map(all.toReversed().map((one) => [one.connection.key, one])).values(),
]

export const invalidLinkerOf = (invalid: InvalidTag): object => ({
  id: invalid.connection.id,
  name: invalid.name,
  type: 'microsoft.servicelinker/linkers',
  properties: {
    ...(invalid.namespace === undefined ? {} : { scope: invalid.namespace }),
    provisioningState: 'Failed',
    origin: invalid.origin ?? 'tag',
    problems: armErrorsOf([problemOf(faultOfInvalid(invalid))], []),
  },
})

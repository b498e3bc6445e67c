// The targets on which something can be left over: those of the store, and those that it has forgotten. Of the latter some are known from the app's own memory of
// what it made (ports.ts, Provenance), and those of services whose rules or grants carry the app's names are found by Resource Graph.
import { resourceIn } from '../contract/made-on.ts'
import { namingTypes } from '../contract/target-rules.ts'
import { endpointOf } from '../model/endpoint-target.ts'
import { type Loop, loop } from '../model/loop.ts'
import { parseResourceId, resourceId } from '../model/resource-id.ts'
import type { Store } from '../ports/store.ts'
import type { SweptAzure } from '../ports/sweep.ts'

/** `isKnown`: the store has it. */
export type Place = { readonly target: Loop<'target'>; readonly isKnown: boolean }
type Where = { readonly store: Store; readonly azure: SweptAzure }

/** Names in one query. */
const atOnce = 100
const textOf = ({ type, names }: { readonly type: string; readonly names: readonly string[] }): string =>
  `${type}/${names.join('/')}`.toLowerCase()

/** Each once. Throws `Failure` where Resource Graph does not answer. */
export async function* places({ store, azure }: Where): AsyncIterable<Place> {
  const keys = new Set<string>()
  const names = new Set<string>()
  for await (const { loop: target } of store.loops('target')) {
    if (endpointOf(target)) continue
    keys.add(target.key)
    names.add(textOf(resourceId(target.id)))
    yield { target, isKnown: true }
  }
  for await (const id of forgotten(names, azure)) {
    if (!parseResourceId(id)) continue
    const target = loop('target', id)
    if (keys.has(target.key)) continue
    keys.add(target.key)
    yield { target, isKnown: false }
  }
}

async function* forgotten(known: ReadonlySet<string>, azure: SweptAzure): AsyncIterable<string> {
  yield* azure.ofTypes([...new Set([...namingTypes, ...azure.grants.types])])
  let some: { readonly type: string; readonly names: readonly string[] }[] = []
  for await (const text of azure.provenance.resources()) {
    const resource = resourceIn(text)
    if (!resource || known.has(textOf(resource))) continue
    some.push(resource)
    if (some.length < atOnce) continue
    yield* await azure.namesakes(some)
    some = []
  }
  if (some.length > 0) yield* await azure.namesakes(some)
}

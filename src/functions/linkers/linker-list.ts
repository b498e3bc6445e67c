// GET …/linkers: the connections of a cluster, page by page, in the order of their keys. Invalid tags of the cluster follow on the last page.
import type { HttpResponseInit } from '@azure/functions'
import { mapConcurrent } from '../../contract/map-concurrent.ts'
import { type Key, type Loop, loop } from '../../model/loop.ts'
import type { LoopRow } from '../../ports/rows.ts'
import type { Store } from '../../ports/store.ts'
import { badRequest, json } from '../http/answers.ts'
import type { Call } from '../http/call.ts'
import { numberIn } from '../http/query.ts'
import { invalidLinkerOf, invalidTagsOf, oneOfEachName } from './invalid-tags.ts'
import { progressIn, reader } from './known.ts'
import { toResponse } from './linker-answers.ts'

const pageSize = 100

export async function listLinkers({ services, url, origin }: Call, id: string): Promise<HttpResponseInit> {
  const cluster = loop('cluster', id)
  const top = numberIn(url.searchParams, '$top', { from: 1, to: 1000, otherwise: pageSize })
  const { rows, hasMore } = await pageOf(services.store, cluster, top, keyIn(url.searchParams.get('$skipToken')))
  const read = reader(services.store, services.steps)
  const known = (await mapConcurrent(rows, 16, (row) => read(row.loop.key))).filter((one) => one !== undefined)
  const value = known.map((one) => toResponse(one, progressIn(one, services), services, 'in a list'))
  if (!hasMore) return json(200, { value: [...value, ...(await invalidOf(services.store, cluster))] })
  const next = new URL(`${origin}${url.pathname}${url.search}`)
  next.searchParams.set('$skipToken', rows.at(-1)?.loop.key ?? '')
  return json(200, { value, nextLink: next.href })
}

async function pageOf(store: Store, cluster: Loop<'cluster'>, top: number, after: Key | undefined) {
  const rows: LoopRow[] = []
  for await (const row of store.connections(cluster, after)) {
    if (rows.length === top) return { rows, hasMore: true }
    rows.push(row)
  }
  return { rows, hasMore: false }
}

/** A connection that another author has by that name is listed itself. */
async function invalidOf(store: Store, cluster: Loop<'cluster'>): Promise<readonly object[]> {
  const tags = oneOfEachName(await invalidTagsOf(store, cluster))
  const taken = await mapConcurrent(tags, 16, async ({ connection }) => (await store.read(connection)) !== undefined)
  return tags.filter((_, index) => !taken[index]).map(invalidLinkerOf)
}

function keyIn(text: string | null): Key | undefined {
  if (text === null) return undefined
  if (!/^[a-z2-7]{26}$/.test(text)) throw badRequest('InvalidQuery', '$skipToken must come from the nextLink of the page before.')
  return text as Key
}

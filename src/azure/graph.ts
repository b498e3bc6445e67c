// What Resource Graph lists, for all subscriptions that the app may read: clusters, the known targets and identities, and role assignments that the
// app made. The graph lags behind ARM, usually by seconds and sometimes by hours, and leaves out what the caller may not read: it suggests, and
// absence here proves nothing (https://learn.microsoft.com/azure/governance/resource-graph/overview).

import { notUnderstood } from '../errors/answer.ts'
import { failureOf } from '../errors/classify.ts'
import { createPages } from '../errors/pages.ts'
import { isRecord } from '../errors/raw.ts'
import { digestOf } from '../model/evidence.ts'
import type { Inventoried, Sought } from '../model/inventory.ts'
import { identityTags, loopOfRoleAssignmentMark } from '../model/names.ts'
import { parseResourceId, type ResourceId } from '../model/resource-id.ts'
import type { MadeInAzure } from '../ports/sweep.ts'
import { type AzureClientOptions, clientOptions } from './client-options.ts'
import { patient } from './graph-turns.ts'
import { inventoryQuery, madeQuery, roleType } from './inventory-query.ts'
import { ResourceGraphClient } from './sdk.ts'
import { sdkShape } from './shapes.ts'

const prefix = 'connect-'
/** A thousand rows each. */
const mostPages = 1_000
/** https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations#provisioningstate-values */
const atRest = new Set(['succeeded', 'failed', 'canceled'])

type Named = Pick<ResourceId, 'type' | 'names'>
const once = <T>(query: () => Promise<T>): Promise<T> => query()

type Page = { readonly rows: readonly unknown[]; readonly next: string | undefined }

export type Graph = {
  inventory(known: readonly string[], sought?: Sought): AsyncIterable<Inventoried>
  /** Identities and role assignments with this installation's mark. */
  made(): AsyncIterable<MadeInAzure>
  /** Ids of all resources of these types. */
  ofTypes(types: readonly string[]): AsyncIterable<string>
  /** Of a resource that the app may read. */
  isListed(id: string): Promise<boolean>
  /** Of those that the app may read: the ids of all with this one's type and name. */
  namesakes(id: string): Promise<readonly string[]>
  /** The same for many; never empty. */
  named(of: readonly Named[]): Promise<readonly string[]>
}

/** `wait`: how a list waits for the quota of queries. */
export function createGraph(azure: AzureClientOptions, installation: string, wait?: (ms: number) => Promise<void>): Graph {
  const client = new ResourceGraphClient(
    azure.credential,
    clientOptions(azure, (method, { pathname }) => sdkShape(method, pathname)),
  )

  async function page(query: string, doing: string, skipToken?: string): Promise<Page> {
    const options = { resultFormat: 'objectArray' as const, top: 1000, ...(skipToken === undefined ? {} : { skipToken }) }
    const answer = await client.resources({ query, options }).catch((error: unknown) => {
      throw failureOf({ error, doing })
    })
    // An incomplete list would show as missing what it does not show.
    if (!answer.skipToken && String(answer.resultTruncated) === 'true') throw notUnderstood(doing, 'the list ends before its last page')
    return { rows: Array.isArray(answer.data) ? answer.data : [], next: answer.skipToken || undefined }
  }

  /** `inTurn`: of timers, which may wait for the quota. */
  async function* allPages(query: string, doing: string, inTurn = once): AsyncIterable<Readonly<Record<string, unknown>>> {
    const pages = createPages(doing, mostPages)
    let next: string | undefined
    do {
      const from = next
      const found = await inTurn(() => page(query, doing, from))
      next = found.next
      pages.next(next)
      yield* found.rows.filter(isRecord)
    } while (next !== undefined)
  }

  async function named(all: readonly Named[]): Promise<readonly string[]> {
    const texts = all.map(({ type, names }) => ({ type, name: names.join('/') })).filter(({ type, name }) => !/['\\]/.test(type + name))
    if (texts.length === 0) return []
    const either = texts.map(({ type, name }) => `(type =~ '${type}' and name =~ '${name}')`).join(' or ')
    const found: string[] = []
    const query = `resources | where ${either} | project id | order by id asc`
    for await (const { id } of allPages(query, `find where ${texts[0]?.name} is now`)) if (typeof id === 'string') found.push(id)
    return found
  }

  return {
    async *inventory(known, sought) {
      for await (const row of allPages(inventoryQuery(known, installation, sought), 'find clusters with tags', patient(wait))) {
        const one = inventoried(row, installation)
        if (one) yield one
      }
    },
    async *made() {
      for await (const row of allPages(madeQuery(installation), 'find what this installation made', patient(wait))) {
        const one = madeBy(row, installation)
        if (one) yield one
      }
    },
    async *ofTypes(types) {
      const query = `resources | where type in~ (${types.map((type) => `'${type}'`).join(', ')}) | project id | order by id asc`
      for await (const { id } of allPages(query, 'find targets that no connection has', patient(wait))) if (typeof id === 'string') yield id
    },
    async isListed(id) {
      const known = quotable(id)
      const { rows } = await page(`resources | where id =~ '${known.id}' | project id`, `ask whether ${known.id} is still listed`)
      return rows.length > 0
    },
    namesakes: (id) => named([quotable(id)]),
    named,
  }
}

/** An id that may stand in quotes in a query. */
function quotable(id: string): ResourceId {
  const known = parseResourceId(id)
  if (known === undefined || /['\\]/.test(known.id)) throw new TypeError('Not the id of a resource')
  return known
}

function inventoried(row: Readonly<Record<string, unknown>>, installation: string): Inventoried | undefined {
  const { id, type, tags, mark, state, location, ...facts } = row
  if (typeof id !== 'string') return undefined
  if (typeof type === 'string' && type.toLowerCase() === roleType) {
    const owner = typeof mark === 'string' ? loopOfRoleAssignmentMark(installation, mark) : undefined
    return owner === undefined ? undefined : { what: 'role', id, owner, digest: digestOf(facts) }
  }
  const resource = parseResourceId(id)
  if (!resource) return undefined
  const own = tagsOf(tags)
  const isMoving = typeof state === 'string' && !atRest.has(state.toLowerCase())
  return {
    what: 'resource',
    id: resource.id,
    isTagged: own.length > 0,
    place: { id: resource.id, location: typeof location === 'string' ? location : '', tags: texts(tags) },
    ...(isMoving ? {} : { digest: digestOf([own, state, facts]) }),
  }
}

const texts = (tags: unknown): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(isRecord(tags) ? tags : {}).filter((one): one is [string, string] => typeof one[1] === 'string'))

function madeBy(row: Readonly<Record<string, unknown>>, installation: string): MadeInAzure | undefined {
  const { id, type, tags, mark, principal, scope, role } = row
  if (typeof id !== 'string' || typeof type !== 'string') return undefined
  if (type.toLowerCase() === roleType) {
    const owner = typeof mark === 'string' ? loopOfRoleAssignmentMark(installation, mark) : undefined
    const isWhole = typeof principal === 'string' && typeof scope === 'string' && typeof role === 'string'
    const grant = isWhole ? { grant: { scope, principalId: principal, roleId: role.slice(role.lastIndexOf('/') + 1) } } : {}
    return owner === undefined ? undefined : { kind: 'RoleAssignment', id, owner, ...grant }
  }
  const marks = isRecord(tags) ? tags : {}
  const owner = marks[identityTags.loop]
  return marks[identityTags.installation] === installation && typeof owner === 'string' ? { kind: 'ManagedIdentity', id, owner } : undefined
}

const tagsOf = (tags: unknown): readonly (readonly [string, unknown])[] =>
  Object.entries(isRecord(tags) ? tags : {})
    .filter(([name, value]) => typeof value === 'string' && name.toLowerCase().startsWith(prefix))
    .sort(([a], [b]) => (a < b ? -1 : 1))

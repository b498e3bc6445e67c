// The calls that a connect and a disconnect really make, as templates: recorded in an undisturbed run, never typed by hand. What differs from
// run to run (ids made by the world) is a `*`, so that a fault rule of one run fits the calls of another.
import type { CloudCall } from '../../src/local/cloud/dispatcher.ts'
import type { FaultRule } from '../../src/local/cloud/faults.ts'
import type { World } from '../../src/local/cloud/world.ts'

export type Template = {
  readonly service: string
  readonly method: string
  /** Without query, `*` for what another run calls otherwise. */
  readonly path: string
  /** How often it was called in the undisturbed run. */
  readonly count: number
  /** It starts a long-running operation. */
  readonly starts: boolean
}

/** A UUID, or a name of the app that was derived from one. */
const madeUp = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{32}/gi

/** Calls of the app's own table are told by their kind only: the rows have no names that a reader could tell apart. */
function pathOf({ service, path }: CloudCall): string {
  const [bare = ''] = path.split('?', 1)
  if (service === 'storage')
    return bare
      .replace(/^\/t[0-9a-f]{16}/, '/*')
      .replace(/\(PartitionKey.*\)$/, "(PartitionKey='*")
      .replace(/\(\)$/, '()')
  const [, subscription] = /^(\/subscriptions\/[^/]+)/i.exec(bare) ?? []
  const rest = bare.slice(subscription?.length ?? 0)
  return (subscription ?? '') + rest.replace(/(\/operations\/).*$/, '$1*').replace(madeUp, '*')
}

export const isTable = ({ service, host }: CloudCall): boolean => service === 'storage' && host.includes('.table.')

export function templatesOf(calls: readonly CloudCall[], world: World): readonly Template[] {
  const operations = [...world.table<{ resourceId: string }>('operations').values()].map(({ resourceId }) => resourceId.toLowerCase())
  const found = new Map<string, Template>()
  for (const call of calls) {
    const path = pathOf(call)
    const key = `${call.service} ${call.method} ${path}`.toLowerCase()
    const [bare = ''] = call.path.split('?', 1)
    const starts = /^(PUT|PATCH|DELETE)$/.test(call.method) && operations.includes(bare.toLowerCase())
    found.set(key, { service: call.service, method: call.method, path, count: (found.get(key)?.count ?? 0) + 1, starts })
  }
  return [...found.values()]
}

export function matchOf({ service, method, path }: Template, principal: string): FaultRule['match'] {
  const pattern = path.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
  return { service, method, path: new RegExp(`^${pattern.join('.*')}${path.endsWith("'*") ? '.*' : '(\\?|$)'}`, 'i'), principal }
}

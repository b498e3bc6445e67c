// What a story cost: calls by kind, function executions, and how long things took in virtual time. The people's own requests are left out.
import type { CloudCall } from '../../src/local/cloud/dispatcher.ts'
import type { Story } from '../scenarios/story.ts'

export type Counted = {
  readonly arm: number
  /** Polls of long-running operations, which are in `arm`, too. */
  readonly polls: number
  readonly listKeys: number
  readonly clusterPuts: number
  readonly kubernetes: number
  /** Queries of Resource Graph, which are not in `arm`. */
  readonly graph: number
  readonly tables: number
  /** Answers that say `slow down`. */
  readonly throttled: number
  readonly executions: Readonly<Record<string, number>>
}

// The inventory belongs to no connection: one query for all of them each quarter of an hour.
const isArm = ({ service, path }: CloudCall): boolean => service === 'arm' && !path.includes('Microsoft.ResourceGraph')

type Kind = Exclude<keyof Counted, 'executions'>
const is: Readonly<Record<Kind, (call: CloudCall) => boolean>> = {
  arm: isArm,
  polls: (call) => isArm(call) && /\/operations\//.test(call.path),
  listKeys: (call) => isArm(call) && /\/listKeys\b/i.test(call.path),
  clusterPuts: (call) => isArm(call) && call.method === 'PUT' && /\/managedClusters\/[^/?]+\?/i.test(call.path),
  kubernetes: ({ service }) => service === 'kubernetes',
  graph: ({ service, path }) => service === 'arm' && path.includes('Microsoft.ResourceGraph'),
  tables: ({ host }) => host.includes('.table.'),
  throttled: ({ status }) => status === 429,
}
const kinds = Object.keys(is) as Kind[]

/** Counts from now on; the answer tells what came since. */
export function counting(story: Story): () => Counted {
  const counts = Object.fromEntries(kinds.map((kind) => [kind, 0])) as Record<Kind, number>
  story.cloud.onCall((call) => {
    if (call.principal === story.cloud.app.principalId) for (const kind of kinds) if (is[kind](call)) counts[kind]++
  })
  const before = { ...story.host.counters.invocations }
  return () => {
    const now = Object.entries(story.host.counters.invocations)
    return {
      ...counts,
      executions: Object.fromEntries(now.map(([name, n]) => [name, n - (before[name] ?? 0)] as const).filter(([, n]) => n > 0)),
    }
  }
}

export const executionsOf = ({ executions }: Counted): number => Object.values(executions).reduce((sum, n) => sum + n, 0)

export const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

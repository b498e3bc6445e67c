// What a story cost: calls by kind, function executions, and how long things took in virtual time. The people's own requests are left out.
import type { CloudCall } from '../../src/local/cloud/dispatcher.ts'
import type { Story } from '../scenarios/story.ts'

export type Counted = {
  /** `false`: there were more calls than the simulated cloud keeps, so that all but the executions is too little. */
  readonly isWhole: boolean
  readonly arm: number
  /** Polls of long-running operations, which are in `arm`, too. */
  readonly polls: number
  readonly listKeys: number
  readonly clusterPuts: number
  readonly kubernetes: number
  readonly tables: number
  /** Answers that say `slow down`. */
  readonly throttled: number
  readonly executions: Readonly<Record<string, number>>
}

/** Counts from now on; the answer tells what came since. */
export function counting(story: Story): () => Counted {
  const from = story.cloud.calls.length
  const last = story.cloud.calls.at(-1)
  const before = { ...story.host.counters.invocations }
  return () => {
    const own = story.cloud.calls.slice(from).filter((call) => call.principal === story.cloud.app.principalId)
    const count = (test: (call: CloudCall) => boolean): number => own.filter(test).length
    // The inventory of clusters belongs to no connection: one query for all of them each quarter of an hour.
    const isArm = ({ service, path }: CloudCall): boolean => service === 'arm' && !path.includes('Microsoft.ResourceGraph')
    const now = Object.entries(story.host.counters.invocations)
    return {
      isWhole: story.cloud.calls[from - 1] === last,
      arm: count(isArm),
      polls: count((call) => isArm(call) && /\/operations\//.test(call.path)),
      listKeys: count((call) => isArm(call) && /\/listKeys\b/i.test(call.path)),
      clusterPuts: count((call) => isArm(call) && call.method === 'PUT' && /\/managedClusters\/[^/?]+\?/i.test(call.path)),
      kubernetes: count(({ service }) => service === 'kubernetes'),
      tables: count(({ host }) => host.includes('.table.')),
      throttled: count(({ status }) => status === 429),
      executions: Object.fromEntries(now.map(([name, n]) => [name, n - (before[name] ?? 0)] as const).filter(([, n]) => n > 0)),
    }
  }
}

export const executionsOf = ({ executions }: Counted): number => Object.values(executions).reduce((sum, n) => sum + n, 0)

export const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

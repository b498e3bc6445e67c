// The task hub at work: orchestrations ask for activities, activities wake orchestrations.

import type { Clock } from '../../clock.ts'
import type { RegisteredFunction } from '../functions-core.ts'
import type { Invoke } from '../invocation.ts'
import type { Work } from '../work.ts'
import { runActivities } from './activities.ts'
import { runOrchestrations } from './orchestrations.ts'
import type { Store } from './store.ts'

export type HubParts = {
  readonly store: Store
  readonly clock: Clock
  readonly work: Work
  readonly invoke: Invoke
  readonly orchestrators: ReadonlyMap<string, RegisteredFunction>
  readonly activities: ReadonlyMap<string, RegisteredFunction>
  readonly maxOrchestrators: number
  readonly maxActivities: number
  readonly visibilityTimeoutMs: number
  readonly violated: ((about: string, rule: string) => Error) | undefined
  readonly counted: (name: string) => void
  readonly failed: (what: string, error: unknown) => void
}

export type Hub = {
  /** Looks at the instance's inbox now. */
  wake(instanceId: string): void
  start(): void
  /** Nothing new begins; what runs may end. */
  stop(): void
}

/** Functions are found in any case. */
const byName = (functions: ReadonlyMap<string, RegisteredFunction>) => {
  const lower = new Map([...functions].map(([name, it]) => [name.toLowerCase(), it]))
  return (name: string): RegisteredFunction | undefined => lower.get(name.toLowerCase())
}

export const makeHub = ({ orchestrators, maxOrchestrators, maxActivities, ...parts }: HubParts): Hub => {
  const activity = byName(parts.activities)
  const activities = runActivities({ ...parts, activity, limit: maxActivities, wake: (id) => orchestrations.wake(id) })
  const orchestrations = runOrchestrations({
    ...parts,
    orchestrator: byName(orchestrators),
    knownNames: () => [...orchestrators.keys()],
    isActivity: (name) => activity(name) !== undefined,
    limit: maxOrchestrators,
    done: (episode) => {
      for (const it of episode.activities) activities.offer(it)
    },
  })
  return {
    wake: orchestrations.wake,
    start() {
      orchestrations.start()
      activities.start()
    },
    stop() {
      orchestrations.stop()
      activities.stop()
    },
  }
}

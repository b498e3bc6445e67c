// All handlers, in one call; src/index.ts makes it.
import { registerArm } from './arm.http.ts'
import { registerAzureEvents } from './azure-events.event-grid.ts'
import { registerCollectMetrics } from './collect-metrics.timer.ts'
import { registerConnections } from './connections.http.ts'
import { registerDiscover } from './discover.timer.ts'
import type { HandlerContextOf } from './handler-context.ts'
import { registerHealthz } from './healthz.http.ts'
import { registerHeartbeat } from './heartbeat.timer.ts'
import { registerOpenapi } from './openapi.http.ts'
import { registerOverdue } from './overdue.timer.ts'
import { registerPolicies } from './policies.http.ts'
import { registerProvidedSecrets } from './provided-secrets.timer.ts'
import { registerPurge } from './purge.timer.ts'
import { registerSweep } from './sweep.timer.ts'

export function registerHandlers(services: HandlerContextOf): void {
  for (const register of [
    registerArm,
    registerPolicies,
    registerConnections,
    registerHealthz,
    registerOpenapi,
    registerAzureEvents,
    registerHeartbeat,
    registerOverdue,
    registerDiscover,
    registerSweep,
    registerPurge,
    registerProvidedSecrets,
    registerCollectMetrics,
  ])
    register(services)
}

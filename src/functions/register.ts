// All handlers, in one call; src/index.ts makes it.
import { app } from '@azure/functions'
import type { HandlerContextOf } from './http/handler-context.ts'
import { httpTriggers } from './http/http-triggers.ts'
import { serve } from './http/serve.ts'
import { hubInputs } from './hub.ts'
import { registerAnnounce } from './triggers/announce.timer.ts'
import { registerAzureEvents } from './triggers/azure-events.event-grid.ts'
import { registerAzureEventQueue } from './triggers/azure-events.queue.ts'
import { registerCollectMetrics } from './triggers/collect-metrics.timer.ts'
import { registerDiscover } from './triggers/discover.timer.ts'
import { registerHeartbeat } from './triggers/heartbeat.timer.ts'
import { registerOverdue } from './triggers/overdue.timer.ts'
import { registerProvidedSecrets } from './triggers/provided-secrets.timer.ts'
import { registerPurge } from './triggers/purge.timer.ts'
import { registerSweep } from './triggers/sweep.timer.ts'

/** `eventQueue`: where events are read as well. `announces`: others are told what becomes of connections. */
type Chosen = { readonly eventQueue: string | undefined; readonly announces: boolean }

export function registerHandlers(services: HandlerContextOf, { eventQueue, announces }: Chosen): void {
  if (eventQueue !== undefined) registerAzureEventQueue(services, eventQueue)
  if (announces) registerAnnounce(services)
  for (const register of [
    registerHttp,
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

/** The app itself checks sign-in and role: `anonymous` means that the host asks for no key. */
function registerHttp(services: HandlerContextOf): void {
  for (const { name, route, methods, usesHub } of httpTriggers()) {
    const inputs = usesHub ? { extraInputs: hubInputs } : {}
    app.http(name, { route, methods: [...methods], authLevel: 'anonymous', handler: serve(name, services), ...inputs })
  }
}

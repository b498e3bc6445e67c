// All handlers, in one call; src/index.ts makes it.
import { app } from '@azure/functions'
import { registerAnnounce } from './announce.timer.ts'
import { registerAzureEvents } from './azure-events.event-grid.ts'
import { registerAzureEventQueue } from './azure-events.queue.ts'
import { registerCollectMetrics } from './collect-metrics.timer.ts'
import { registerDiscover } from './discover.timer.ts'
import type { HandlerContextOf } from './handler-context.ts'
import { registerHeartbeat } from './heartbeat.timer.ts'
import { httpTriggers } from './http-triggers.ts'
import { hubInputs } from './hub.ts'
import { registerOverdue } from './overdue.timer.ts'
import { registerProvidedSecrets } from './provided-secrets.timer.ts'
import { registerPurge } from './purge.timer.ts'
import { serve } from './serve.ts'
import { registerSweep } from './sweep.timer.ts'

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

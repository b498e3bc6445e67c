// Reports to Event Grid what a call did.

import { emit } from '../event-grid.ts'
import type { Happening } from '../happening.ts'
import type { World } from '../world.ts'
import type { Call } from './provider.ts'
import { permissionOf, type Routed } from './routing.ts'

/** What a call did, for the event about it. */
export function happeningOf(call: Call, outcome: Happening['outcome'], action?: string): Happening {
  const { action: derived, scope } = permissionOf(call.method, call.path)
  return {
    kind: call.method === 'POST' ? 'Action' : call.method === 'DELETE' ? 'Delete' : 'Write',
    outcome,
    operationName: action ?? derived,
    resource: scope,
    caller: { oid: call.claims.oid, appid: call.claims.appid },
    correlationId: call.correlationId,
    method: call.method,
    url: call.url.href,
  }
}

/** The event of a call that is over; long-running operations have another one when they end. */
export function announce(world: World, { route }: Routed, call: Call, outcome: Happening['outcome']): void {
  if (route.quiet || route.action === 'none' || call.method === 'GET' || call.method === 'HEAD') return
  emit(world, happeningOf(call, outcome, route.action))
}

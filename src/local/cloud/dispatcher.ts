// Passes a request to the service that owns its host name: fault rules before, the record of calls after. Work here holds the clock still, so that no
// virtual time passes while an answer is being made.

import { setTimeout as wait } from 'node:timers/promises'
import { realClock } from '../clock.ts'
import type { FaultRules } from './faults.ts'
import type { CloudRequest, CloudResponse, CloudService } from './http.ts'
import { latencies } from './latencies.ts'
import type { World } from './world.ts'

export type CloudCall = {
  readonly time: number
  readonly service: string
  readonly method: string
  readonly host: string
  /** With its query. */
  readonly path: string
  /** 0 = the connection broke. */
  readonly status: number
  readonly location: string
  /** Object id of the caller, where it sent a token. */
  readonly principal?: string
  /** A fault rule had a hand in it. */
  readonly faulted?: true
}

/** A whole request with its answer, for tests that check what was said. */
type CloudExchange = { readonly call: CloudCall; readonly request: CloudRequest; readonly response: CloudResponse }

export type Dispatcher = {
  serviceOf(hostname: string): CloudService | undefined
  /** `broken` = cut the caller's connection. */
  handle(request: CloudRequest): Promise<CloudResponse | 'broken'>
  readonly calls: readonly CloudCall[]
  /** Reports every call from now on. */
  onCall(listener: (call: CloudCall) => void): void
  /** Reports every answered request from now on. */
  onExchange(listener: (exchange: CloudExchange) => void): void
}

/** A long run keeps the newest calls only. */
const kept = 100_000
const timeout = 2_000

const readOnly = ['GET', 'HEAD', 'OPTIONS']

/**
 * `services` may grow later. `saved` is awaited before the answer to a write goes out: a client that has the answer finds its effect even after a
 * kill.
 */
export function createDispatcher(
  world: World,
  services: readonly CloudService[],
  faults: FaultRules,
  saved?: () => Promise<void>,
): Dispatcher {
  const calls: CloudCall[] = []
  const listeners: ((call: CloudCall) => void)[] = []
  const exchangeListeners: ((exchange: CloudExchange) => void)[] = []
  const serviceOf = (hostname: string): CloudService | undefined => services.find((service) => service.owns(hostname))

  async function answer(service: CloudService, request: CloudRequest, fault: ReturnType<FaultRules['answerFor']>) {
    if (world.clock === realClock) await wait(latencies(world).answer)
    if (fault === undefined) return service.handle(request)
    if (fault === 'reset') return 'broken'
    if (fault === 'timeout') return wait(timeout, 'broken' as const)
    if (fault === 'lost-after-effect') {
      await service.handle(request)
      return 'broken'
    }
    if (fault === 'silent-no-op' || 'operation' in fault) return service.handle({ ...request, fault })
    return fault
  }

  return {
    calls,
    onCall: (listener) => void listeners.push(listener),
    onExchange: (listener) => void exchangeListeners.push(listener),
    serviceOf,
    async handle(request) {
      const free = world.clock.busy(`${request.method} ${request.url.href}`)
      const principal = callerOf(request.headers['authorization'])
      const service = serviceOf(request.url.hostname)
      let status = 500
      let answered: CloudResponse | undefined
      const fault = service && faults.answerFor(service.name, request, principal)
      const time = world.clock.now()
      try {
        const response = service
          ? await answer(service, request, fault)
          : { status: 502, body: `The simulated cloud has no ${request.url.hostname}` }
        if (saved && !readOnly.includes(request.method)) await saved()
        // a service says 0 if nothing listens, such as a stopped cluster's API server
        status = response === 'broken' ? 0 : response.status
        if (response === 'broken' || status === 0) return 'broken'
        answered = response
        return response
      } finally {
        const call: CloudCall = {
          time,
          service: service?.name ?? 'none',
          method: request.method,
          host: request.url.hostname,
          path: request.url.pathname + request.url.search,
          status,
          location: request.location,
          ...(principal === undefined ? {} : { principal }),
          ...(fault === undefined ? {} : { faulted: true }),
        }
        calls.push(call)
        for (const listener of listeners) listener(call)
        if (answered) for (const listener of exchangeListeners) listener({ call, request, response: answered })
        if (calls.length > kept * 1.1) calls.splice(0, calls.length - kept)
        free()
      }
    },
  }
}

/** Who a token says it is, unchecked: for the record and for fault rules only. */
function callerOf(authorization: string | undefined): string | undefined {
  const [, payload] = /^Bearer [^.]+\.([^.]+)\./i.exec(authorization ?? '') ?? []
  if (payload === undefined) return undefined
  try {
    const { oid } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { oid?: unknown }
    return typeof oid === 'string' ? oid : undefined
  } catch {
    return undefined
  }
}

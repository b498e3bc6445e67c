// What the handler of a route gets: one request, after its caller was admitted.
import type { HttpRequest, InvocationContext } from '@azure/functions'
import type { Caller } from './callers.ts'
import type { HandlerContext, HandlerContextOf, Hub } from './handler-context.ts'

export type Call = {
  readonly request: HttpRequest
  readonly url: URL
  /** The segments of the path, decoded once. */
  readonly segments: readonly string[]
  readonly caller: Caller
  readonly context: InvocationContext
  readonly services: HandlerContext
  /** Created when it is read: functions that only read have no durable client. */
  readonly hub: Hub
  /** Scheme and host as the caller sees them. */
  readonly origin: string
  /** Empty where the route needs none. */
  readonly apiVersion: string
}

/** One request of a caller who need not sign in; the app may be without settings. */
export type OpenCall = { readonly servicesOf: HandlerContextOf; readonly context: InvocationContext }

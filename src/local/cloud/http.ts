// What travels between the proxy and the simulated services: one request, one answer, both read whole.

export type CloudRequest = {
  readonly method: string
  readonly url: URL
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  /** Where the caller sits in the network: the user name it gave to the proxy, `internet` without one. See `locations` of the fleet. */
  readonly location: string
  /** Set by a fault rule that the service itself must carry out; only the simulated ARM does. */
  readonly fault?: ServiceFault
}

/** `silent-no-op`: answered like a success, without any effect. `operation`: how the long-running operation ends that this starts. */
type ServiceFault = 'silent-no-op' | { readonly operation: PlannedOperation }
export type PlannedOperation = {
  readonly status?: 'Succeeded' | 'Failed' | 'Canceled'
  readonly error?: {
    readonly code: string
    readonly message: string
    readonly details?: readonly { readonly code: string; readonly message: string }[]
  }
  /** Milliseconds until it ends. */
  readonly after?: number
  /** What polling says meanwhile, instead of `InProgress`. */
  readonly phase?: string
  /** Seconds that a poll asks to wait; AKS says nothing of its own. */
  readonly retryAfter?: number
}

/** `body`: a Buffer or string is sent as it is, anything else as JSON. */
export type CloudResponse = { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: unknown }

/** A service behind a host name: management.azure.com, login.microsoftonline.com, a cluster's API server … `undefined` = not mine. */
export type CloudService = {
  readonly name: string
  owns(hostname: string): boolean
  handle(request: CloudRequest): Promise<CloudResponse>
  /** Its own server certificate, where it is not signed by the proxy's authority: a cluster's API server has its own. */
  certificate?(hostname: string): Promise<{ readonly cert: string; readonly key: string }>
}

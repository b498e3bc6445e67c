// What a user of the embedded Functions host gives it and gets from it. The host is `startHost` in host.ts.

import type { Clock } from '../clock.ts'

/** The keys of a function app. Event Grid's and Durable's webhooks are opened by system keys, functions by function keys. */
export type HostKeys = {
  readonly master: string
  readonly functions: Readonly<Record<string, string>>
  readonly system: { readonly durabletask_extension: string; readonly eventgrid_extension: string }
}

export type HostLog = { readonly level: string; readonly source: string; readonly message: string }

/** One call of the app's DurableClient; `start` and `raise` are wakes. */
export type ClientCall = { readonly operation: 'start' | 'raise' | 'terminate' | 'other'; readonly instanceId: string }
/** `refused`: answered by an error, nothing done. `lost`: answered like a success, and never delivered. */
export type ClientFault = 'refused' | 'lost'

export type HostOptions = {
  /** A folder with host.json, package.json (`main`) and the code: `dist/` of this project's build, or any other CommonJS app. */
  readonly appFolder: string
  /** Files of the app that hold nothing of a run, so that a second start in this process need not evaluate them again. */
  readonly keep?: readonly string[]
  readonly clock: Clock
  /** A `node:sqlite` file, or ':memory:'. */
  readonly stateFile: string
  /** Default 0: a free port. Only 127.0.0.1 is served. */
  readonly port?: number
  /** Rules that the real host does not check fail loudly. Default true. */
  readonly strict?: boolean
  /** 'off' (default): functions ask for no key, as under Core Tools; the webhooks then take any key or none. */
  readonly keys?: HostKeys | 'off'
  /** HTTP functions answer only requests with this in `x-front-key`: no request bypasses the front, whose headers say who calls. */
  readonly frontKey?: string
  /** When an activity that was lost in a crash comes back, counted from its start. Default: `workItemQueueVisibilityTimeout` of host.json, or 5 minutes. */
  readonly visibilityTimeoutMs?: number
  /** What happens to a request body without Content-Length. The recorded host hands it over empty (default). */
  readonly chunkedBodies?: 'whole' | 'empty'
  readonly log?: (entry: HostLog) => void
  /** Called before each call of the app's own DurableClient: how the call is to fail. Nothing, if left out. */
  readonly clientFault?: (call: ClientCall) => ClientFault | undefined
  /** Called after every durable commit; crash tests count here and kill the process. */
  readonly onCommit?: (what: string) => void
}

type HostCounters = {
  /** Invocations by function name; an episode that strict mode runs twice counts once. */
  readonly invocations: Record<string, number>
  commits: number
}

export type Host = {
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  stop(): Promise<void>
  /** Runs a function that is not HTTP-triggered now, as `POST /admin/functions/{name}` does, and waits for its end. */
  run(name: string): Promise<void>
  readonly counters: HostCounters
  /** Every broken rule of strict mode, in words. Empty in a healthy run. */
  readonly violations: readonly string[]
}

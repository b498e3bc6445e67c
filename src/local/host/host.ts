// The embedded Azure Functions host: loads an unmodified function app into this process and serves it.
//
// Everything is put together here; each part has a file of its own, and README.md tells how they play together.

import { randomBytes } from 'node:crypto'
import { setTimeout as realSleep } from 'node:timers/promises'
import { setEnvironment } from '../environment.ts'
import { adminApi } from './admin.ts'
import { loadApp } from './app.ts'
import type { Host, HostOptions } from './contract.ts'
import { clientBinding } from './durable/addresses.ts'
import { makeClient } from './durable/client.ts'
import { asError } from './durable/failure.ts'
import { makeHub } from './durable/hub.ts'
import { manage } from './durable/management.ts'
import { openStore } from './durable/store.ts'
import { hubEndpoint, webEndpoint } from './endpoints.ts'
import { environmentOfHost } from './environment.ts'
import { eventDelivery, eventGridWebhook, isEventGridFunction } from './event-grid.ts'
import type { FunctionMetadata, RegisteredFunction } from './functions-core.ts'
import { httpTriggers } from './http-trigger.ts'
import { type Invocation, makeInvoke } from './invocation.ts'
import { localKeys } from './keys.ts'
import { openQueue } from './queues/queue.ts'
import { makeQueueTriggers } from './queues/queue-triggers.ts'
import type { RpcValue } from './rpc-values.ts'
import { readSettings } from './settings.ts'
import { makeTimers } from './timers.ts'
import { serve, type WebHandler } from './web.ts'
import { trackWork } from './work.ts'

export type { Host, HostKeys, HostOptions } from './contract.ts'

/** A regular stop lets what runs come to its end, but not for ever. */
const longestStop = 10_000

export const startHost = async (options: HostOptions): Promise<Host> => {
  const { clock, keys = 'off', strict = true } = options
  const settings = readSettings(options.appFolder)
  const systemKeys = (keys === 'off' ? localKeys : keys).system
  const counters = { invocations: {} as Record<string, number>, commits: 0 }
  const violations: string[] = []
  const log = (level: string, source: string, message: string): void => options.log?.({ level, source, message })
  const failed = (what: string, error: unknown): void => log('error', what, asError(error ?? 'undefined').stack ?? String(error))
  const counted = (name: string): void => {
    counters.invocations[name] = (counters.invocations[name] ?? 0) + 1
  }
  const violated = (about: string, rule: string): Error => {
    const text = `Strict mode: ${about}: ${rule}`
    violations.push(text)
    log('error', 'strict', text)
    return new Error(text)
  }
  const work = trackWork(clock)
  const release = work.hold()

  let handler: WebHandler = async () => ({ status: 503, headers: { 'Retry-After': '1' } })
  let rpcHandler: WebHandler = handler
  const web = await serve(
    options.port ?? 0,
    work,
    (request, response) => handler(request, response),
    (error) => failed('http', error),
  )
  const rpc = await serve(
    0,
    work,
    (request, response) => rpcHandler(request, response),
    (error) => failed('durable rpc', error),
  )
  const restoreEnvironment = setEnvironment(environmentOfHost(web.port))
  const closeServers = async (): Promise<void> => {
    await Promise.all([web.stop(), rpc.stop()])
    restoreEnvironment()
  }

  const store = openStore(options.stateFile, (what) => {
    counters.commits++
    options.onCommit?.(what)
  })
  let app: Awaited<ReturnType<typeof loadApp>>
  try {
    app = await loadApp(options.appFolder, { ...(options.keep ? { keep: options.keep } : {}), log })
  } catch (error) {
    store.close()
    await closeServers()
    release()
    throw error
  }

  const invokeRaw = makeInvoke({ app, clock, timeoutMs: settings.functionTimeoutMs, log })
  const invoke = (target: RegisteredFunction, invocation: Invocation) => work.during(() => invokeRaw(target, invocation))
  const triggered = (type: string) =>
    new Map([...app.functions].filter(([, { metadata }]) => Object.values(metadata.bindings).some((binding) => binding.type === type)))

  // Where a front guards the functions, the hub is not to be had beside it: its address is known to the app alone.
  const rpcPrefix = options.frontKey === undefined ? '/durabletask' : `/durabletask/${randomBytes(24).toString('base64url')}`
  const rpcBase = `http://127.0.0.1:${rpc.port}${rpcPrefix}/`
  const client = clientBinding(settings.hubName, `127.0.0.1:${web.port}`, rpcBase, systemKeys.durabletask_extension)
  const extraInputs = ({ bindings }: FunctionMetadata): Record<string, RpcValue> =>
    Object.fromEntries(
      Object.entries(bindings).flatMap(([name, { type, direction }]) =>
        type === 'durableClient' && direction === 'in' ? [[name, { string: JSON.stringify(client) }]] : [],
      ),
    )
  /** Activities may have a durable client too. */
  const invokeActivity = (target: RegisteredFunction, invocation: Invocation) =>
    invoke(target, { ...invocation, inputs: { ...invocation.inputs, ...extraInputs(target.metadata) } })

  const strictly = strict ? violated : undefined
  const hub = makeHub({
    store,
    clock,
    work,
    invoke: invokeActivity,
    orchestrators: triggered('orchestrationTrigger'),
    activities: triggered('activityTrigger'),
    maxOrchestrators: settings.maxOrchestrators,
    maxActivities: settings.maxActivities,
    visibilityTimeoutMs: options.visibilityTimeoutMs ?? settings.visibilityTimeoutMs,
    violated: strictly,
    counted,
    failed,
  })
  const durable = makeClient({ store, now: () => clock.now(), wake: hub.wake })
  const parts = { functions: app.functions, clock, work, invoke, extraInputs, counted, failed }
  const timers = makeTimers({ ...parts, store })
  const open = (name: string, connection: string) => openQueue(name, connection, process.env)
  const queues = makeQueueTriggers({ ...parts, settings: settings.queues, open })
  const deliver = eventDelivery(parts)

  const runNow = async (name: string, input?: unknown): Promise<void> => {
    const begun = timers.runNow(name, input) ?? queues.runNow(name, input)
    if (begun !== undefined) return begun
    const target = app.functions.get(name)
    if (target === undefined) throw new Error(`No function is named '${name}'`)
    if (!isEventGridFunction(target)) throw new Error(`'${name}' has no trigger that can be run by hand`)
    if (input === undefined || input === null) throw new Error(`'${name}' needs an event: POST /admin/functions/${name} with {"input": …}`)
    return deliver(target, (typeof input === 'string' ? JSON.parse(input) : input) as Record<string, unknown>)
  }

  const http = httpTriggers({
    functions: app.functions,
    routePrefix: settings.routePrefix,
    keys,
    chunkedBodies: options.chunkedBodies ?? 'empty',
    streamTo: app.streamTo,
    invoke(target, invocation) {
      counted(target.metadata.name)
      return invoke(target, invocation)
    },
    extraInputs,
    failed,
  })
  const admin = adminApi({
    functions: app.functions,
    keys,
    routePrefix: settings.routePrefix,
    run: (name, input) => void runNow(name, input).catch((error: unknown) => failed(name, error)),
  })
  const eventGrid = eventGridWebhook({ functions: app.functions, deliver })
  const managementParts = {
    client: durable,
    hubName: settings.hubName,
    systemKey: systemKeys.durabletask_extension,
    violated: strictly,
  }
  handler = webEndpoint({
    ...{ port: web.port, keys, systemKeys, http, admin, eventGrid, management: manage(managementParts, false) },
    ...(options.frontKey === undefined ? {} : { frontKey: options.frontKey }),
  })
  rpcHandler = hubEndpoint({
    ...{ port: rpc.port, prefix: rpcPrefix, management: manage(managementParts, true) },
    ...(options.clientFault === undefined ? {} : { clientFault: options.clientFault }),
  })

  hub.start()
  timers.start()
  await queues.start()
  release()

  let stopping: Promise<void> | undefined
  const stop = async (): Promise<void> => {
    timers.stop()
    queues.stop()
    hub.stop()
    await work.drained(longestStop)
    await closeServers()
    await app.stop()
    store.close()
    await realSleep(0)
  }
  return {
    url: `http://127.0.0.1:${web.port}`,
    stop: () => (stopping ??= stop()),
    run: (name) => runNow(name),
    counters,
    violations,
  }
}

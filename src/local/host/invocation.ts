// One invocation of a function through the programming model, with hooks, in the worker's order:
// arguments -> preInvocation -> function -> postInvocation -> response.
// https://github.com/Azure/azure-functions-nodejs-worker/blob/v3.x/src/eventHandlers/InvocationHandler.ts

import { randomUUID } from 'node:crypto'
import type { Clock } from '../clock.ts'
import { type App, runHooks } from './app.ts'
import type { Handler, RegisteredFunction, RpcRequest, RpcResponse } from './functions-core.ts'
import type { RpcValue } from './rpc-values.ts'

export type Invocation = {
  readonly invocationId?: string
  readonly inputs: Readonly<Record<string, RpcValue>>
  readonly triggerMetadata: Readonly<Record<string, RpcValue>>
  /** Only what runs within a request has one: see trace.ts. */
  readonly traceParent?: string
}

type Invoked = RpcResponse & {
  /** The very object that the function returned, before it was turned into RPC values. */
  readonly result: unknown
}

export type Invoke = (target: RegisteredFunction, invocation: Invocation) => Promise<Invoked>

type InvokeOptions = {
  readonly app: App
  readonly clock: Clock
  readonly timeoutMs: number | undefined
  readonly log: (level: string, source: string, message: string) => void
}

export const makeInvoke = ({ app, clock, timeoutMs, log }: InvokeOptions): Invoke => {
  const run: Invoke = async ({ metadata, handler }, invocation) => {
    const invocationId = invocation.invocationId ?? randomUUID()
    const coreContext = {
      invocationId,
      metadata,
      state: undefined as string | undefined,
      request: {
        invocationId,
        functionId: metadata.functionId ?? metadata.name,
        inputData: Object.entries(invocation.inputs).map(([name, data]) => ({ name, data })),
        triggerMetadata: invocation.triggerMetadata,
        traceContext: { traceParent: invocation.traceParent ?? '', traceState: '', attributes: {} },
      } satisfies RpcRequest,
      log: (level: string, category: string, message: string) => {
        // A hook may change level and text of what the app logs; it runs within the call that logs.
        const line = { ...shared, level, category, message }
        for (const hook of app.core.hooks.get('log') ?? []) hook(line)
        log(line.level, metadata.name, line.message)
      },
    }
    const hookData = {}
    const shared: Record<string, unknown> = { hookData, appHookData: app.appHookData }
    const model = app.core.programmingModel().getInvocationModel(coreContext)
    const { context, inputs } = await model.getArguments()
    shared['invocationContext'] = context
    const before: Record<string, unknown> = { ...shared, functionCallback: handler, inputs }
    coreContext.state = 'preInvocationHooks'
    await runHooks(app.core, 'preInvocation', before)
    coreContext.state = 'invocation'
    const after: Record<string, unknown> = { ...shared, inputs: before['inputs'], result: null, error: null }
    try {
      after['result'] = await model.invokeFunction(context, before['inputs'] as unknown[], before['functionCallback'] as Handler)
    } catch (error) {
      after['error'] = error === undefined ? undefined : (error ?? null)
      after['thrown'] = true
    }
    const { thrown, ...visible } = after
    coreContext.state = 'postInvocationHooks'
    const changed: Record<string, unknown> = visible
    await runHooks(app.core, 'postInvocation', changed)
    coreContext.state = undefined
    // `throw undefined` counts as success with no result (seen on a real host): only an error that is there fails.
    if (thrown === true && changed['error'] !== null && changed['error'] !== undefined) throw changed['error']
    return { ...(await model.getResponse(context, changed['result'])), result: changed['result'] }
  }
  return (target, invocation) => {
    if (timeoutMs === undefined) return run(target, invocation)
    return new Promise((resolve, reject) => {
      const text = `Timeout value of ${new Date(timeoutMs).toISOString().slice(11, 19)} was exceeded by function: Functions.${target.metadata.name}`
      const cancel = clock.at(clock.now() + timeoutMs, () => reject(new Error(text)))
      run(target, invocation).then(resolve, reject).finally(cancel)
    })
  }
}

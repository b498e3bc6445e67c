// `@azure/functions-core`, the module that the Node worker injects: on no registry, and found through `require` alone.
//
// The library asks for it once, lazily, at the first `app.*` call and keeps the answer, so this has to be in place before the app
// is loaded. Several hosts may live in one process, one after the other or side by side: the newest one answers.
// https://github.com/Azure/azure-functions-nodejs-worker/blob/v3.x/src/setupCoreModule.ts

import Module from 'node:module'
import type { RpcValue } from './rpc-values.ts'

export type Binding = { readonly type: string; readonly direction: 'in' | 'out'; readonly [option: string]: unknown }
export type FunctionMetadata = { readonly name: string; readonly bindings: Readonly<Record<string, Binding>>; readonly functionId?: string }
export type Handler = (...args: unknown[]) => unknown
export type RegisteredFunction = { readonly metadata: FunctionMetadata; readonly handler: Handler }

export type HookName = 'appStart' | 'appTerminate' | 'preInvocation' | 'postInvocation' | 'log'
type Hook = (context: Record<string, unknown>) => unknown

export type RpcRequest = {
  readonly invocationId: string
  readonly functionId: string
  readonly inputData: readonly { readonly name: string; readonly data: RpcValue }[]
  readonly triggerMetadata: Readonly<Record<string, RpcValue>>
  readonly traceContext: Readonly<Record<string, unknown>>
}
export type RpcResponse = {
  readonly returnValue?: RpcValue | null
  readonly outputData?: readonly { readonly name: string; readonly data: RpcValue }[]
}

type InvocationModel = {
  getArguments(): Promise<{ context: object; inputs: unknown[] }>
  invokeFunction(context: object, inputs: unknown[], handler: Handler): Promise<unknown>
  getResponse(context: object, result: unknown): Promise<RpcResponse>
}
type ProgrammingModel = {
  readonly name: string
  readonly version: string
  getInvocationModel(context: object): InvocationModel
  getCapabilities(given: Record<string, string>): Promise<Record<string, string>> | Record<string, string>
}

export type Core = {
  readonly functions: Map<string, RegisteredFunction>
  readonly hooks: ReadonlyMap<HookName, Hook[]>
  readonly programmingModel: () => ProgrammingModel
  /** From now on nothing more can be registered. */
  close(): void
  /** Takes the module out of `require` again. */
  remove(): void
}

type CoreLog = (level: string, category: string, message: string) => void

const installed: object[] = []
let originalRequire: typeof Module.prototype.require | undefined

const install = (api: object): (() => void) => {
  installed.push(api)
  if (originalRequire === undefined) {
    originalRequire = Module.prototype.require
    Module.prototype.require = new Proxy(originalRequire, {
      apply: (target, self, args) => (args[0] === '@azure/functions-core' ? installed.at(-1) : Reflect.apply(target, self, args)),
    })
  }
  return () => {
    const at = installed.indexOf(api)
    if (at >= 0) installed.splice(at, 1)
    if (installed.length > 0 || originalRequire === undefined) return
    Module.prototype.require = originalRequire
    originalRequire = undefined
  }
}

class Disposable {
  readonly #undo: () => void
  constructor(undo: () => void) {
    this.#undo = undo
  }
  static from(...items: { dispose(): void }[]): Disposable {
    return new Disposable(() => {
      for (const item of items) item.dispose()
    })
  }
  dispose(): void {
    this.#undo()
  }
}

export const installCore = (log: CoreLog): Core => {
  const functions = new Map<string, RegisteredFunction>()
  const hooks = new Map<HookName, Hook[]>()
  let model: ProgrammingModel | undefined
  let open = true
  const api = {
    version: '3.9.1',
    hostVersion: '4.1037.0',
    Disposable,
    registerFunction(metadata: FunctionMetadata, handler: Handler) {
      if (!open) throw new Error('A function can only be registered during app startup.')
      if (functions.has(metadata.name)) throw new Error(`A function named '${metadata.name}' is registered twice`)
      functions.set(metadata.name, { metadata, handler })
      return new Disposable(() => functions.delete(metadata.name))
    },
    registerHook(name: HookName, hook: Hook) {
      const list = hooks.get(name) ?? []
      hooks.set(name, list)
      list.push(hook)
      return new Disposable(() => void list.splice(list.indexOf(hook), 1))
    },
    setProgrammingModel(given: ProgrammingModel) {
      model = given
    },
    getProgrammingModel: () => model,
    log,
  }
  const remove = install(api)
  return {
    functions,
    hooks,
    programmingModel() {
      if (model === undefined) throw new Error('The app set no programming model: did it load @azure/functions?')
      return model
    },
    close() {
      open = false
    },
    remove,
  }
}

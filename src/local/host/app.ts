// Loads a function app into this process: its files, hooks and capabilities, as the Node worker does at start.
//
// Every start is a fresh one: the app's modules are dropped from the require cache before and after, because the library keeps what it got from
// `@azure/functions-core` forever.

import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { globSync, readFileSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Server } from 'node:net'
import { join, sep } from 'node:path'
import { type Core, type HookName, installCore, type RegisteredFunction } from './functions-core.ts'

export type App = {
  readonly functions: ReadonlyMap<string, RegisteredFunction>
  readonly core: Core
  /** Where HTTP requests go when the app streams them (`app.setup({ enableHttpStream: true })`). */
  readonly streamTo: string | undefined
  /** Shared by all hooks of this run of the app. */
  readonly appHookData: object
  stop(): Promise<void>
}

const require = createRequire(import.meta.url)
/** The library gives no handle to the server that it opens for streaming; this finds it, to close it in the end. */
const listening = 'tracing:net.server.listen:asyncStart'

const forget = (folder: string, keep: readonly string[]): void => {
  const own = /[\\/]node_modules[\\/](?:@azure[\\/]functions|durable-functions)[\\/]/
  for (const file of Object.keys(require.cache)) {
    const app = file.startsWith(folder + sep) && !file.slice(folder.length).includes(`${sep}node_modules${sep}`)
    if ((!app && !own.test(file)) || keep.includes(file.slice(folder.length + sep.length))) continue
    const module = require.cache[file]
    // The module that required it first keeps a list of what it required, and with it the whole app.
    const { children = [] } = (module as { parent?: NodeJS.Module | null } | undefined)?.parent ?? {}
    if (module && children.includes(module)) children.splice(children.indexOf(module), 1)
    delete require.cache[file]
  }
}

export const runHooks = async (core: Core, name: HookName, context: Record<string, unknown>): Promise<void> => {
  for (const hook of core.hooks.get(name) ?? []) await hook(context)
}

type Options = { readonly keep?: readonly string[]; log(level: string, source: string, message: string): void }

export const loadApp = async (appFolder: string, { keep = [], log }: Options): Promise<App> => {
  const folder = realpathSync(appFolder)
  const main = (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { main?: string }).main
  if (main === undefined) throw new Error(`package.json in ${appFolder} needs "main", the file or pattern of the functions' code`)
  const files = globSync(main, { cwd: folder }).sort()
  if (files.length === 0) throw new Error(`No file in ${appFolder} matches "main": ${main}. Was it built?`)

  forget(folder, keep)
  const core = installCore((level, category, message) => log(level, `worker.${category}`, message))
  const servers = new Set<Server>()
  const noteServer = (message: unknown): void => void servers.add((message as { server: Server }).server)
  subscribe(listening, noteServer)
  const appHookData = {}
  const hookContext = { hookData: {}, appHookData, functionAppDirectory: folder }
  try {
    for (const file of files) require(join(folder, file))
    await runHooks(core, 'appStart', hookContext)
    const model = core.programmingModel()
    const capabilities = await model.getCapabilities({})
    core.close()
    unsubscribe(listening, noteServer)
    return {
      functions: core.functions,
      core,
      streamTo: capabilities['HttpUri'],
      appHookData,
      async stop() {
        await runHooks(core, 'appTerminate', hookContext)
        for (const server of servers) server.close()
        core.remove()
        forget(folder, keep)
      },
    }
  } catch (error) {
    unsubscribe(listening, noteServer)
    core.remove()
    forget(folder, keep)
    throw error
  }
}

// host.json as far as this host obeys it, with %NAME% taken from the environment as the real host does.
// https://learn.microsoft.com/azure/azure-functions/functions-host-json

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

const schema = z.looseObject({
  functionTimeout: z.string().optional(),
  extensions: z
    .looseObject({
      http: z.looseObject({ routePrefix: z.string().optional() }).optional(),
      queues: z
        .looseObject({
          maxPollingInterval: z.string().optional(),
          visibilityTimeout: z.string().optional(),
          batchSize: z.number().int().min(1).max(32).optional(),
          maxDequeueCount: z.number().int().positive().optional(),
          newBatchThreshold: z.number().int().nonnegative().optional(),
          messageEncoding: z.string().optional(),
        })
        .optional(),
      durableTask: z
        .looseObject({
          hubName: z.string().optional(),
          maxConcurrentActivityFunctions: z.number().int().positive().optional(),
          maxConcurrentOrchestratorFunctions: z.number().int().positive().optional(),
          storageProvider: z.looseObject({ workItemQueueVisibilityTimeout: z.string().optional() }).optional(),
        })
        .optional(),
    })
    .optional(),
})

/** https://learn.microsoft.com/azure/azure-functions/functions-bindings-storage-queue#host-json */
export type QueueSettings = {
  readonly maxPollingMs: number
  /** How long a message stays hidden after its function failed. */
  readonly retryAfterMs: number
  readonly batchSize: number
  readonly maxDequeueCount: number
  /** The next batch is asked for while no more than so many messages are in work. */
  readonly newBatchThreshold: number
  readonly encoding: 'base64' | 'none'
}

export type HostSettings = {
  readonly routePrefix: string
  readonly hubName: string
  readonly maxActivities: number
  readonly maxOrchestrators: number
  /** When an activity that a stopped host has left comes back. Messages of the control queue are never hidden here: one transaction consumes them. */
  readonly visibilityTimeoutMs: number
  /** undefined = no limit ('-1' in host.json). */
  readonly functionTimeoutMs: number | undefined
  readonly queues: QueueSettings
}

/** `%NAME%` -> the environment's value. An unknown name is an error here: the real host silently keeps the percent signs. */
export const withEnvironment = (text: string, env: NodeJS.ProcessEnv = process.env): string =>
  text.replace(/%([A-Za-z_][\w.-]*)%/g, (all, name: string) => {
    const value = env[name]
    if (value === undefined) throw new Error(`${all} needs the environment variable ${name}, which is not set`)
    return value
  })

/** A .NET TimeSpan, `[d.]hh:mm:ss[.fff]`, in milliseconds. */
export const timeSpan = (text: string): number => {
  const parts = /^(?:(\d+)\.)?(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,7}))?$/.exec(text)
  if (parts === null) throw new Error(`'${text}' is no time span of the form hh:mm:ss`)
  const [, days = '0', hours = '0', minutes = '0', seconds = '0', fraction = ''] = parts
  return (
    (((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000 +
    Number(fraction.padEnd(3, '0').slice(0, 3))
  )
}

/** `AzureFunctionsJobHost__extensions__http__routePrefix=x` in the environment wins over host.json. */
const withOverrides = (json: Record<string, unknown>, env: NodeJS.ProcessEnv = process.env): Record<string, unknown> => {
  for (const [name, value] of Object.entries(env)) {
    const [root, ...path] = name.split('__')
    const last = path.pop()
    if (root !== 'AzureFunctionsJobHost' || last === undefined) continue
    let at = json
    for (const key of path) {
      const inner = at[key]
      const next = typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>) : {}
      at[key] = next
      at = next
    }
    at[last] = /^\d+$/.test(value ?? '') ? Number(value) : value
  }
  return json
}

export const readSettings = (appFolder: string): HostSettings => {
  const file = JSON.parse(readFileSync(join(appFolder, 'host.json'), 'utf8')) as Record<string, unknown>
  const json = schema.parse(withOverrides(file))
  const durable = json.extensions?.durableTask
  const timeout = json.functionTimeout
  return {
    routePrefix: withEnvironment(json.extensions?.http?.routePrefix ?? 'api').replace(/^\/+|\/+$/g, ''),
    hubName: withEnvironment(durable?.hubName ?? 'TestHubName'),
    // The defaults of the real extension are 10 times the number of cores; fixed here, so that runs are alike everywhere.
    maxActivities: durable?.maxConcurrentActivityFunctions ?? 20,
    maxOrchestrators: durable?.maxConcurrentOrchestratorFunctions ?? 20,
    visibilityTimeoutMs: timeSpan(durable?.storageProvider?.workItemQueueVisibilityTimeout ?? '00:05:00'),
    functionTimeoutMs: timeout === '-1' ? undefined : timeSpan(timeout ?? '00:30:00'),
    queues: queueSettings(json.extensions?.queues ?? {}),
  }
}

const queueSettings = (queues: NonNullable<NonNullable<z.infer<typeof schema>['extensions']>['queues']>): QueueSettings => {
  const batchSize = queues.batchSize ?? 16
  return {
    maxPollingMs: timeSpan(queues.maxPollingInterval ?? '00:01:00'),
    retryAfterMs: timeSpan(queues.visibilityTimeout ?? '00:00:00'),
    batchSize,
    maxDequeueCount: queues.maxDequeueCount ?? 5,
    newBatchThreshold: queues.newBatchThreshold ?? Math.floor(batchSize / 2),
    encoding: queues.messageEncoding?.toLowerCase() === 'none' ? 'none' : 'base64',
  }
}

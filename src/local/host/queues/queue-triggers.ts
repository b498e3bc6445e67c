// Functions that Storage queues trigger. A message is hidden while its function runs, deleted when that succeeds, and seen again when it fails; after so
// many times (5) it goes to the poison queue, at once where it cannot be decoded. A host that dies leaves it hidden until its ten minutes are over.
// https://learn.microsoft.com/azure/azure-functions/functions-bindings-storage-queue-trigger#poison-messages
//
// Surprising: how long a message is hidden is counted by the queue's clock. Azurite's is the real one, whatever time it is in the simulated cloud.

import type { Cancel, Clock } from '../../clock.ts'
import type { FunctionMetadata, RegisteredFunction } from '../functions-core.ts'
import type { Invoke } from '../invocation.ts'
import type { RpcValue } from '../rpc-values.ts'
import { type QueueSettings, withEnvironment } from '../settings.ts'
import type { Work } from '../work.ts'
import { pollDelays } from './poll-delay.ts'
import type { Queue, QueuedMessage } from './queue.ts'

export type QueueParts = {
  readonly functions: ReadonlyMap<string, RegisteredFunction>
  readonly settings: QueueSettings
  readonly clock: Clock
  readonly work: Work
  readonly invoke: Invoke
  readonly extraInputs: (metadata: FunctionMetadata) => Record<string, RpcValue>
  readonly counted: (name: string) => void
  readonly failed: (what: string, error: unknown) => void
  readonly open: (name: string, connection: string) => Promise<Queue>
}

type Trigger = { readonly target: RegisteredFunction; readonly binding: string; readonly queue: string; readonly connection: string }

/** Not a setting: the host renews it at half time for as long as the function runs. */
const hidden = 10 * 60_000

const triggersIn = (functions: ReadonlyMap<string, RegisteredFunction>): ReadonlyMap<string, Trigger> =>
  new Map(
    [...functions].flatMap(([name, target]): [string, Trigger][] => {
      const [binding, options] = Object.entries(target.metadata.bindings).find(([, { type }]) => type === 'queueTrigger') ?? []
      if (binding === undefined || options === undefined) return []
      const queue = withEnvironment(String(options['queueName']))
      return [[name, { target, binding, queue, connection: String(options['connection'] || 'AzureWebJobsStorage') }]]
    }),
  )

/** `undefined`: it is not Base64. Spaces between the digits are allowed, as in .NET. */
const decoded = (text: string): string | undefined => {
  const digits = text.replace(/\s/g, '')
  const isBase64 = digits.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(digits)
  return isBase64 ? Buffer.from(digits, 'base64').toString('utf8') : undefined
}

export const makeQueueTriggers = (parts: QueueParts) => {
  const { functions, settings, clock, work, invoke, extraInputs, counted, failed } = parts
  const triggers = triggersIn(functions)
  const alarms = new Map<Trigger, Cancel>()
  let stopped = false

  const run = async ({ target, binding }: Trigger, text: string, metadata: Readonly<Record<string, string>> = {}): Promise<void> => {
    counted(target.metadata.name)
    const told = { QueueTrigger: text, ...metadata }
    await invoke(target, {
      inputs: { [binding]: { string: text }, ...extraInputs(target.metadata) },
      triggerMetadata: Object.fromEntries(Object.entries(told).map(([name, string]) => [name, { string }])),
    })
  }

  const toPoison = async (queue: Queue, message: QueuedMessage): Promise<void> => {
    await queue.copyToPoison(message)
    await queue.remove(message)
  }

  const handle = async (trigger: Trigger, queue: Queue, message: QueuedMessage): Promise<void> => {
    const text = settings.encoding === 'base64' ? decoded(message.text) : message.text
    if (text === undefined || message.dequeueCount > settings.maxDequeueCount) return toPoison(queue, message)
    let latest = message
    const renew = (): Cancel =>
      clock.at(clock.now() + hidden / 2, async () => {
        stopRenewing = renew()
        latest = await queue.hide(latest, hidden).catch(() => latest)
      })
    let stopRenewing = renew()
    try {
      await run(trigger, text, metadataOf(message))
    } catch (error) {
      failed(trigger.target.metadata.name, error)
      if (message.dequeueCount >= settings.maxDequeueCount) return await toPoison(queue, latest)
      await queue.hide(latest, settings.retryAfterMs)
      return
    } finally {
      stopRenewing()
    }
    await queue.remove(latest)
  }

  const listen = (trigger: Trigger, queue: Queue): void => {
    const running = new Set<Promise<void>>()
    const delays = pollDelays(settings.maxPollingMs)
    const start = (message: QueuedMessage): void => {
      const name = trigger.target.metadata.name
      // What fails here was not said to the queue: the message comes again.
      const one = work.during(() => handle(trigger, queue, message)).catch((error: unknown) => failed(name, error))
      running.add(one)
      void one.finally(() => running.delete(one))
    }
    const poll = async (): Promise<void> => {
      let found = false
      try {
        const messages = await queue.receive(settings.batchSize, hidden)
        found = messages.length > 0
        for (const message of messages) start(message)
      } catch (error) {
        failed(trigger.target.metadata.name, error)
      }
      while (running.size > settings.newBatchThreshold) await Promise.race(running)
      wait(found)
    }
    const wait = (found: boolean): void => {
      if (stopped) return
      alarms.set(
        trigger,
        clock.at(clock.now() + delays.next(found), () => void work.during(poll)),
      )
    }
    wait(true)
  }

  return {
    /** One whose queue has no address is told, and the others go on: as on the real host. */
    async start(): Promise<void> {
      for (const trigger of triggers.values())
        await parts.open(trigger.queue, trigger.connection).then(
          (queue) => listen(trigger, queue),
          (error: unknown) => failed(`The listener for function '${trigger.target.metadata.name}' was unable to start`, error),
        )
    },
    stop(): void {
      stopped = true
      for (const cancel of alarms.values()) cancel()
    },
    /** Runs the function now with this message, as the admin API does. undefined: no such trigger. */
    runNow(name: string, input?: unknown): Promise<void> | undefined {
      const trigger = triggers.get(name)
      return trigger && work.during(() => run(trigger, typeof input === 'string' ? input : JSON.stringify(input ?? '')))
    },
  }
}

const metadataOf = ({ id, popReceipt, dequeueCount, insertedOn, expiresOn, nextVisibleOn }: QueuedMessage) => ({
  Id: id,
  PopReceipt: popReceipt,
  DequeueCount: String(dequeueCount),
  InsertionTime: JSON.stringify(insertedOn),
  ExpirationTime: JSON.stringify(expiresOn),
  NextVisibleTime: JSON.stringify(nextVisibleOn),
})

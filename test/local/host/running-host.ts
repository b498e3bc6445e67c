// A host for one test: virtual time unless told otherwise, the tests' own app, and everything put back at the end.

import { join } from 'node:path'
import { VirtualClock } from '../../../src/local/clock.ts'
import { type Host, type HostOptions, startHost } from '../../../src/local/host/host.ts'

export const testApp = join(import.meta.dirname, 'app')
process.env['TEST_HUB'] = 'TestHub'

export type Status = {
  readonly name: string
  readonly runtimeStatus: string
  readonly input: unknown
  readonly output: unknown
  readonly customStatus: unknown
  readonly historyEvents: readonly { readonly EventType: string; readonly [field: string]: unknown }[]
}

export type Running = {
  readonly host: Host
  readonly clock: VirtualClock
  start(orchestrator: string, id: string, input?: unknown): Promise<Response>
  raise(id: string, event: string, data: unknown): Promise<Response>
  status(id: string): Promise<Status>
  /** Lets virtual time pass until the instance is over. */
  ended(id: string): Promise<Status>
  get<Body>(path: string): Promise<Body>
}

const json = { 'content-type': 'application/json' }
const durable = '/runtime/webhooks/durabletask'
export const isOver = ({ runtimeStatus }: Status): boolean => ['Completed', 'Failed', 'Terminated'].includes(runtimeStatus)

export const talkTo = (host: Host, clock: VirtualClock): Running => {
  const status = async (id: string): Promise<Status> =>
    (await (await fetch(`${host.url}${durable}/instances/${id}?showHistory=true&showHistoryOutput=true`)).json()) as Status
  return {
    host,
    clock,
    start: (orchestrator, id, input) => {
      const body = input === undefined ? null : JSON.stringify(input)
      return fetch(`${host.url}${durable}/orchestrators/${orchestrator}/${id}`, { method: 'POST', headers: json, body })
    },
    raise: (id, event, data) =>
      fetch(`${host.url}${durable}/instances/${id}/raiseEvent/${event}`, { method: 'POST', headers: json, body: JSON.stringify(data) }),
    status,
    async ended(id) {
      await clock.until(`${id} to end`, async () => isOver(await status(id)), 30 * 24 * 3_600_000)
      return status(id)
    },
    get: async <Body>(path: string) => (await (await fetch(`${host.url}${path}`)).json()) as Body,
  }
}

export const withHost = async (test: (running: Running) => Promise<void>, options: Partial<HostOptions> = {}): Promise<void> => {
  const clock = new VirtualClock()
  const restoreDate = clock.install()
  try {
    const host = await startHost({ appFolder: testApp, clock, stateFile: ':memory:', ...options })
    try {
      await test(talkTo(host, clock))
    } finally {
      await host.stop()
    }
  } finally {
    restoreDate()
  }
}

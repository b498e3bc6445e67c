// What can be done to instances from outside, on the store alone: start, raise, terminate, suspend, resume, purge.

import { randomUUID } from 'node:crypto'
import { eventType, executionStarted, type HistoryEvent, historyEvent, isFinal, type RuntimeStatus } from './history.ts'
import type { Instance, InstanceFilter, Store } from './store.ts'

export type ClientParts = { readonly store: Store; readonly now: () => number; readonly wake: (instanceId: string) => void }

/** `missing`: no such instance. `ended`: it is over. Otherwise its status, where that forbids the operation. */
export type Sent = 'sent' | 'missing' | 'ended' | { readonly refused: RuntimeStatus }

export type DurableClient = ReturnType<typeof makeClient>

export const makeClient = ({ store, now, wake }: ClientParts) => {
  const post = (instance: Instance, event: HistoryEvent, what: string): void => {
    store.commit(what, () => void store.send({ instanceId: instance.id, executionId: null, visibleAt: now(), event }))
    wake(instance.id)
  }
  const toRunning = (
    id: string,
    what: string,
    event: () => HistoryEvent,
    allowed: (status: RuntimeStatus) => boolean = () => true,
  ): Sent => {
    const instance = store.instance(id)
    if (instance === undefined) return 'missing'
    if (isFinal(instance.status)) return 'ended'
    if (!allowed(instance.status)) return { refused: instance.status }
    post(instance, event(), what)
    return 'sent'
  }

  return {
    /** The new instance's id, or the status of the one that is in the way. */
    start(name: string, wanted: string | undefined, input: string | null): { id: string } | { inTheWay: RuntimeStatus } {
      const id = wanted ?? randomUUID().replaceAll('-', '')
      const before = store.instance(id)
      if (before !== undefined && !isFinal(before.status)) return { inTheWay: before.status }
      const time = now()
      const executionId = randomUUID().replaceAll('-', '')
      const generation = before === undefined ? 0 : before.generation + 1
      const event = executionStarted(time, { instanceId: id, executionId, name, input, generation })
      store.commit('start', () => {
        store.deleteInstance(id)
        const texts = { input, output: null, customStatus: null }
        store.putInstance({ id, executionId, name, status: 'Pending', generation, ...texts, created: time, updated: time })
        store.send({ instanceId: id, executionId, visibleAt: time, event })
      })
      wake(id)
      return { id }
    },
    raise: (id: string, name: string, input: string): Sent =>
      toRunning(id, 'raise', () => historyEvent(eventType.eventRaised, now(), { Name: name, Input: input, ParentTraceContext: null })),
    terminate: (id: string, reason: string | null): Sent =>
      toRunning(id, 'terminate', () => historyEvent(eventType.executionTerminated, now(), { Input: reason })),
    suspend: (id: string, reason: string | null): Sent =>
      toRunning(
        id,
        'suspend',
        () => historyEvent(eventType.executionSuspended, now(), { Reason: reason }),
        (status) => status !== 'Suspended',
      ),
    resume: (id: string, reason: string | null): Sent =>
      toRunning(
        id,
        'resume',
        () => historyEvent(eventType.executionResumed, now(), { Reason: reason }),
        (status) => status === 'Suspended',
      ),
    purge(id: string): Sent {
      const instance = store.instance(id)
      if (instance === undefined) return 'missing'
      if (!isFinal(instance.status)) return { refused: instance.status }
      store.commit('purge', () => store.deleteInstance(id))
      return 'sent'
    },
    /** The real provider drops statuses that are not final from the filter, and an empty filter then means all, running ones too. */
    purgeBy(filter: InstanceFilter): number {
      const doomed = store.instances({ ...filter, statuses: filter.statuses.filter(isFinal) })
      store.commit('purge by filter', () => {
        for (const { id } of doomed) store.deleteInstance(id)
      })
      return doomed.length
    },
    instance: store.instance,
    instances: store.instances,
    history: store.history,
  }
}

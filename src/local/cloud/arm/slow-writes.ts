// Writes of a resource that go on after their answer: its body says so meanwhile, and what was asked for is there when they end. Each provider has its
// own words for the answer, for the refusal of a second write and for the poll; this is what they share.

import { emit } from '../event-grid.ts'
import type { Happening } from '../happening.ts'
import type { CloudResponse } from '../http.ts'
import type { Json, World } from '../world.ts'
import { happeningOf } from './announce.ts'
import { keyOf } from './ids.ts'
import { endOperation, type Operation, startOperation } from './operations.ts'
import type { Body, Call } from './provider.ts'
import { putResource, type Resource, removeResource, resources } from './resources.ts'

export type Flow = {
  /** Milliseconds. */
  readonly takes: number
  /** The body that GET answers until it is over. */
  meanwhile(settled: Resource): Resource
  /** Of providers with operations: the URL of one. The others are polled at the resource itself. */
  urlOf?(resource: Resource, guid: string, world: World): string
  answer(meanwhile: Resource, operation: Operation | undefined): CloudResponse
}

type End = {
  readonly type: string
  readonly id: string
  readonly operation: string | null
  readonly happening: Happening & Json
}
/** What a write under way leads to; `null`: to nothing, it is being deleted. */
type Pending = { readonly to: Resource | null; readonly before: Resource | null; readonly operation: string | null }

export type SlowWrites = {
  /** Carries a write out: at once, answered with `status`, where there is no flow. */
  write(call: Call, flow: Flow | undefined, to: Resource | null, before: Resource | undefined, status: number): CloudResponse
  isUnderWay(world: World, id: string): boolean
  start(world: World): void
}

/** `type`: of the resources. `onRemoved`: what else goes with one. */
export function slowWrites(type: string, onRemoved: (world: World, id: string) => void = () => {}): SlowWrites {
  const pending = (world: World): Map<string, Pending> => world.table<Pending>(`pending ${type}`)
  const effect = `settled ${type}`

  function settle(world: World, to: Resource | null, before: Resource | undefined): void {
    if (to) putResource(world, to)
    if (to || !before) return
    for (const key of [...resources(world).keys()]) if (key.startsWith(`${keyOf(before.id)}/`)) removeResource(world, key)
    onRemoved(world, before.id)
    removeResource(world, before.id)
  }

  return {
    write(call, flow, to, before, status) {
      const { world } = call
      if (!flow) {
        settle(world, to, before)
        return { status, ...(to ? { body: to } : {}) }
      }
      const target = to ?? before
      if (!target) return { status: 204 }
      const meanwhile = flow.meanwhile(target)
      const { urlOf } = flow
      const operation = urlOf && startOperation(call, target.id, target.location, flow.takes, (guid) => urlOf(target, guid, world))
      const takes = operation ? operation.endsAt - operation.startedAt : flow.takes
      putResource(world, meanwhile)
      pending(world).set(keyOf(target.id), { to, before: before ?? null, operation: operation?.guid ?? null })
      const happening = happeningOf(call, 'Success') as Happening & Json
      world.later(takes, { type: effect, id: target.id, operation: operation?.guid ?? null, happening } satisfies End)
      return flow.answer(meanwhile, operation)
    },

    isUnderWay: (world, id) => pending(world).has(keyOf(id)),

    start(world) {
      world.on<End>(effect, ({ id, operation, happening }) => {
        const row = pending(world).get(keyOf(id))
        if (!row || row.operation !== operation) return
        pending(world).delete(keyOf(id))
        const status = operation === null ? 'Succeeded' : (endOperation(world, operation)?.ended?.status ?? 'Failed')
        if (status === 'Succeeded') settle(world, row.to, row.before ?? undefined)
        else putResource(world, undone(row, status))
        emit(world, { ...(happening as Happening), outcome: status === 'Succeeded' ? 'Success' : 'Failure' })
      })
    },
  }
}

/** What stood before, or what was to be made, and does not work. */
function undone({ before, to }: Pending, state: string): Resource {
  const resource = before ?? to
  if (!resource) throw new Error('A write of nothing has failed')
  return withState(resource, state)
}

/** The body while a write goes on, in the usual words. */
export const withState = (resource: Resource, provisioningState: string, more: Body = {}): Resource => ({
  ...resource,
  properties: { ...resource.properties, ...more, provisioningState },
})

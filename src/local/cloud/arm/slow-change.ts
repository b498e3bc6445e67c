// Changes of a resource that take minutes: its body says so meanwhile, and what was asked for is there when the operation ends. Each provider has its
// own words for the answer, for the refusal of a second change and for the poll; this is what they share.

import { emit } from '../event-grid.ts'
import type { Happening } from '../happening.ts'
import type { Json, World } from '../world.ts'
import { happeningOf } from './announce.ts'
import { withState } from './keyed-resource.ts'
import { endOperation, findOperation, type Operation, startOperation } from './operations.ts'
import type { Call } from './provider.ts'
import { findResource, putResource, type Resource, removeResource } from './resources.ts'

type End = {
  readonly type: 'slow-change-end'
  readonly id: string
  readonly operation: string
  /** Absent: the resource goes. */
  readonly after?: Resource & Json
  readonly happening: Happening & Json
}

type Change = {
  readonly before: Resource
  /** Absent: the resource goes. */
  readonly after?: Resource
  /** `provisioningState` meanwhile. */
  readonly state: string
  /** Milliseconds. */
  readonly takes: number
  pollUrl(guid: string): string
}

/** What is stored meanwhile, and the operation to poll. */
export function beginSlowChange(
  call: Call,
  { before, after, state, takes, pollUrl }: Change,
): { readonly meanwhile: Resource; readonly operation: Operation } {
  const { world } = call
  const operation = startOperation(call, before.id, before.location, takes, pollUrl)
  const meanwhile = withState(before, state)
  putResource(world, meanwhile)
  world.later(operation.endsAt - operation.startedAt, {
    type: 'slow-change-end',
    id: before.id,
    operation: operation.guid,
    ...(after ? { after: after as Resource & Json } : {}),
    happening: happeningOf(call, 'Success') as Happening & Json,
  } satisfies End)
  return { meanwhile, operation }
}

export const isChanging = ({ properties }: Resource): boolean =>
  !['Succeeded', 'Failed', 'Canceled'].includes(String(properties['provisioningState']))

export function startSlowChanges(world: World): void {
  world.on<End>('slow-change-end', ({ id, operation, after, happening }) => {
    const now = findResource(world, id)
    if (!now || findOperation(world, operation)?.ended) return
    const status = endOperation(world, operation)?.ended?.status
    if (status !== 'Succeeded') putResource(world, withState(now, status ?? 'Failed'))
    else if (after) putResource(world, withState(after, 'Succeeded'))
    else removeResource(world, id)
    emit(world, { ...(happening as Happening), outcome: status === 'Succeeded' ? 'Success' : 'Failure' })
  })
}

// The keys of resources: secrets by name, kept beside the resource, because no GET shows them. A resource that is made again has others.

import { createHash } from 'node:crypto'
import { emit } from '../event-grid.ts'
import type { Happening } from '../happening.ts'
import type { CloudResponse } from '../http.ts'
import type { Json, World } from '../world.ts'
import { happeningOf } from './announce.ts'
import { refuse } from './errors.ts'
import { keyOf } from './ids.ts'
import { endOperation, type Operation, startOperation } from './operations.ts'
import type { Body, Call, Route } from './provider.ts'
import type { Resource } from './resources.ts'

export type Key = { readonly name: string; readonly id: string; readonly value: string; readonly at: number }

export type KeyShape = {
  readonly names: readonly string[]
  /** Path of the rule that has them, below the resource; absent: the resource itself. */
  readonly of?: string
  /** Names of the actions, in the provider's own spelling. */
  readonly list: string
  readonly renew: string
  value(world: World): string
  answer(resource: Resource, keys: readonly Key[], call: Call): unknown
  /** Which key a request wants made again; `undefined`: none that there is. */
  wanted(body: Body, keys: readonly Key[]): string | undefined
  /** What is answered then, if it is not the list. */
  renewed?(resource: Resource, key: Key): unknown
  /** Refuses to show them, where the service does. */
  check?(resource: Resource): void
  /** A renewal that goes on as an operation, although its answer has the new key already. */
  readonly flow?: {
    readonly takes: number
    urlOf(resource: Resource, guid: string, world: World): string
    headersOf(operation: Operation): Readonly<Record<string, string>>
  }
}

const table = (world: World): Map<string, readonly Key[]> => world.table<readonly Key[]>('resource-keys')

export const keysOf = (world: World, id: string): readonly Key[] => table(world).get(keyOf(id)) ?? []

const newKey = (world: World, { value }: KeyShape, name: string): Key => ({
  name,
  id: createHash('sha256').update(world.uuid()).digest('base64url').slice(0, 4),
  value: value(world),
  at: world.clock.now(),
})

export function newKeys(world: World, shape: KeyShape, { id }: Pick<Resource, 'id'>): void {
  table(world).set(
    keyOf(id),
    shape.names.map((name) => newKey(world, shape, name)),
  )
}

export const removeKeys = (world: World, id: string): void => void table(world).delete(keyOf(id))

/** 44 characters of base64, as SignalR and Service Bus have them. */
export const base64Key = (world: World): string => createHash('sha256').update(world.uuid()).digest('base64')

/** `effect`: the type of the effect that ends an operation. */
export function keyRoutes(shape: KeyShape, path: string, existing: (call: Call) => Resource, effect: string): readonly Route[] {
  const below = shape.of === undefined ? path : `${path}/${shape.of}`
  return [
    {
      method: 'POST',
      path: `${below}/${shape.list}`,
      handle(call) {
        const resource = existing(call)
        shape.check?.(resource)
        return { status: 200, body: shape.answer(resource, keysOf(call.world, resource.id), call) }
      },
    },
    { method: 'POST', path: `${below}/${shape.renew}`, handle: (call) => renew(call, shape, existing(call), effect) },
  ]
}

function renew(call: Call, shape: KeyShape, resource: Resource, effect: string): CloudResponse {
  const { world } = call
  const before = keysOf(world, resource.id)
  shape.check?.(resource)
  const name = shape.wanted(call.body, before)
  if (name === undefined) throw refuse(400, 'BadRequest', 'The request names no key of the resource.')
  const after = before.map((key) => (key.name === name ? newKey(world, shape, name) : key))
  table(world).set(keyOf(resource.id), after)
  const renewed = after.find((key) => key.name === name)
  const body = shape.renewed && renewed ? shape.renewed(resource, renewed) : shape.answer(resource, after, call)
  const { flow } = shape
  if (!flow) return { status: 200, body }
  const operation = startOperation(call, resource.id, resource.location, flow.takes, (guid) => flow.urlOf(resource, guid, world))
  const happening = happeningOf(call, 'Success') as Happening & Json
  world.later(operation.endsAt - operation.startedAt, { type: effect, operation: operation.guid, happening } satisfies Renewed)
  return { status: 202, headers: flow.headersOf(operation), body }
}

export type Renewed = { readonly type: string; readonly operation: string; readonly happening: Happening & Json }

export function endRenewal(world: World, { operation, happening }: Renewed): void {
  endOperation(world, operation)
  emit(world, happening as Happening)
}

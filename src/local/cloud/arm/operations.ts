// Long-running operations (https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations): the URL that a write
// answers, and what polling it says.
//
// The surprising parts, all recorded from the real ARM: the URL is absolute, signed, about 3 KB long and has a `*` in it, so it must
// be kept as it is; `name` in the body is not the guid of the URL; `status` may be a phase that no document names; there is no
// Retry-After from AKS; after a while the URL answers 404.

import { createHash } from 'node:crypto'
import type { CloudResponse } from '../http.ts'
import { latencies } from '../latencies.ts'
import type { World } from '../world.ts'
import { refuse } from './errors.ts'
import { isWithin, parseId } from './ids.ts'
import type { Call, Provider } from './provider.ts'

type OperationError = {
  readonly code: string
  readonly message: string
  readonly details?: readonly { readonly code: string; readonly message: string }[]
}
export type Operation = {
  readonly guid: string
  readonly url: string
  readonly resourceId: string
  readonly startedAt: number
  readonly endsAt: number
  readonly phase: string
  readonly retryAfter?: number
  /** What it will end with, if nothing comes between. */
  readonly planned: { readonly status: 'Succeeded' | 'Failed' | 'Canceled'; readonly error?: OperationError }
  readonly ended?: { readonly at: number; readonly status: 'Succeeded' | 'Failed' | 'Canceled'; readonly error?: OperationError }
  /** Of a silent no-op: it ends by itself. */
  readonly noEffect: boolean
}

const operations = (world: World): Map<string, Operation> => world.table<Operation>('operations')
const phases = ['InProgress', 'InProgress', 'ProvisionNetworkResources', 'ReconcilingDNS']

/** @param after milliseconds; a fault rule may have other plans. */
export function startOperation(
  call: Pick<Call, 'world' | 'planned' | 'noEffect'>,
  resourceId: string,
  region: string,
  after: number,
  /** Of providers that have poll URLs of their own. */
  urlOf?: (guid: string) => string,
): Operation {
  const { world, planned, noEffect } = call
  const guid = world.uuid()
  const now = world.clock.now()
  const operation: Operation = {
    guid,
    url: urlOf?.(guid) ?? signedUrl(resourceId, region, guid, now),
    resourceId,
    startedAt: now,
    endsAt: now + (noEffect ? 2_000 : (planned?.after ?? after)),
    phase: planned?.phase ?? phases[Math.floor(world.random() * phases.length)] ?? 'InProgress',
    ...(planned?.retryAfter === undefined ? {} : { retryAfter: planned.retryAfter }),
    planned: { status: planned?.status ?? (planned?.error ? 'Failed' : 'Succeeded'), ...(planned?.error ? { error: planned.error } : {}) },
    noEffect,
  }
  operations(world).set(guid, operation)
  return operation
}

/** Whether one on a resource at or below the id has not ended. */
export const isRunning = (world: World, below: string): boolean =>
  [...operations(world).values()].some(({ resourceId, ended }) => !ended && isWithin(resourceId, below))

export const findOperation = (world: World, guid: string): Operation | undefined => operations(world).get(guid)

/** Ends it as planned, or as told. */
export function endOperation(world: World, guid: string, outcome?: Operation['planned']): Operation | undefined {
  const operation = operations(world).get(guid)
  if (!operation || operation.ended) return operation
  const ended = { ...operation, ended: { at: world.clock.now(), ...(outcome ?? operation.planned) } }
  operations(world).set(guid, ended)
  return ended
}

const sign = (text: string): string => createHash('sha512').update(`simulated signature of ${text}`).digest('base64url')

function signedUrl(resourceId: string, region: string, guid: string, now: number): string {
  const { subscription } = parseId(resourceId)
  const hash = createHash('sha256').update(guid).digest('hex').toUpperCase()
  return (
    `https://management.azure.com/subscriptions/${subscription}/providers/Microsoft.ContainerService/locations/${region}/operations/${guid}*${hash}` +
    `?api-version=2016-03-30&${signatureOf(guid, now)}`
  )
}

/** What follows the api-version of a signed address. */
export function signatureOf(guid: string, now: number): string {
  const certificate = Array.from({ length: 32 }, (_, part) => sign(`${guid} ${part}`)).join('')
  const ticks = 621_355_968_000_000_000n + BigInt(now) * 10_000n
  return `t=${ticks}&c=MII${certificate}&s=${sign(`s ${guid}`)}&h=${sign(`h ${guid}`).slice(0, 43)}`
}

/** As AKS writes it: the first three groups of the guid have their bytes swapped. */
function swapped(guid: string): string {
  const [a = '', b = '', c = '', ...rest] = guid.split('-')
  const swap = (hex: string): string => (hex.match(/../g) ?? []).reverse().join('')
  return [swap(a), swap(b), swap(c), ...rest].join('-')
}

/** The operation that a poll asks for, and its end once there is one. `asked`: the address that was told; absent: that of the request. */
export function polled(call: Call, asked: URL = call.url): { readonly operation: Operation; readonly ended: Operation['ended'] } {
  const guid = call.parameters['operation']?.slice(0, 36) ?? ''
  const operation = operations(call.world).get(guid)
  const now = call.world.clock.now()
  const at = operation?.ended?.at ?? (operation?.noEffect ? operation.endsAt : now)
  if (!operation || !isSamePoll(new URL(operation.url), asked) || now > at + latencies(call.world).operationRetention)
    throw refuse(404, 'OperationNotFound', `The operation '${guid}' was not found.`)
  const ended =
    operation.ended ?? (operation.noEffect && now >= operation.endsAt ? { at: operation.endsAt, ...operation.planned } : undefined)
  return { operation, ended }
}

/** In any version of the API: some clients put their own into every request (`addCustomApiVersionPolicy` of @azure/arm-postgresql-flexible). */
function isSamePoll(told: URL, asked: URL): boolean {
  const signed = ({ pathname, searchParams }: URL): string =>
    `${pathname}?${[...searchParams].filter(([name]) => name.toLowerCase() !== 'api-version').join('&')}`
  return signed(told) === signed(asked)
}

function poll(call: Call): CloudResponse {
  const { operation, ended } = polled(call)
  const stamp = (time: number): string => new Date(time).toISOString().replace('Z', '7342Z')
  const times = { name: swapped(operation.guid), startTime: stamp(operation.startedAt) }
  const headers = operation.retryAfter === undefined ? {} : { 'retry-after': String(operation.retryAfter) }
  if (!ended) return { status: 200, headers, body: { ...times, status: operation.phase } }
  const body = { ...times, status: ended.status, endTime: stamp(ended.at), ...(ended.error ? { error: ended.error } : {}) }
  return { status: 200, body }
}

export const operationsProvider: Provider = {
  namespace: 'Microsoft.ContainerService',
  routes: [
    {
      method: 'GET',
      path: '/subscriptions/{subscription}/providers/Microsoft.ContainerService/locations/{location}/operations/{operation}',
      action: 'none', // the URL is signed; its holder may poll it
      handle: poll,
    },
  ],
}

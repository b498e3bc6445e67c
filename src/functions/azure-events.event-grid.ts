// Events of Azure: writes and deletes of resources, tags and role assignments, regenerated keys. They carry no truth, they only wake loops that
// read it again, so lost, doubled, late and reordered ones are harmless. What cannot be understood is dropped: an error would be delivered
// again for a day. An error of the store is thrown: then Event Grid shall deliver it again.
import { app, type EventGridEvent, type InvocationContext } from '@azure/functions'
import { mapConcurrent } from '../contract/map-concurrent.ts'
import { candidatesOf, type GroupEvent, isClusterWrite, parseAzureEvent, type ResourceEvent } from '../model/azure-event.ts'
import { loopsOf } from '../model/connection.ts'
import { type Loop, loop } from '../model/loop.ts'
import { isAssignmentOf } from '../model/names.ts'
import { parseResourceId, sameId } from '../model/resource-id.ts'
import type { Snapshot } from '../ports/store.ts'
import { keyUsers } from './evidence.ts'
import type { HandlerContext, HandlerContextOf, Hub } from './handler-context.ts'
import { hubInputs } from './hub.ts'
import { touchAndWake } from './touch.ts'

export function registerAzureEvents(services: HandlerContextOf): void {
  app.eventGrid('azure-events', {
    extraInputs: hubInputs,
    handler: (event: EventGridEvent, context) => azureEvent(services, event, context),
  })
}

export async function azureEvent(servicesOf: HandlerContextOf, raw: unknown, context: InvocationContext): Promise<void> {
  const event = parseAzureEvent(raw)
  if (!event) return
  const services = servicesOf()
  const wake = waking(services, services.hub(context), context)
  if ('group' in event) return await inGroup(event, services, wake)
  for (const { kind, id } of candidatesOf(event.resource)) {
    const place = loop(kind, id)
    const snapshot = await services.store.read(place)
    if (!snapshot) continue
    const author = await authorOf(event, snapshot, services)
    if (isEcho(event, author ?? snapshot, services)) return
    const writer = event.appId !== undefined && !isOwn(event, services) ? { writer: event.appId } : {}
    for (const one of author ? [author.row.loop] : concerned(event, snapshot)) await wake(one, writer)
    return
  }
  // A cluster that nobody knows yet: its row is made, and it is read for tags.
  const [innermost] = candidatesOf(event.resource)
  if (innermost?.kind === 'cluster' && isClusterWrite(event)) await wake(loop('cluster', innermost.id), { make: true })
}

/**
 * Every loop whose id is in the group looks again. What moved is somewhere else now, and the event does not say where: a loop of the same type and name
 * waits for it there, if somebody has declared it at the new id before it came.
 */
async function inGroup({ group, operation }: GroupEvent, { store }: HandlerContext, wake: (one: Loop) => Promise<void>): Promise<void> {
  const isMove = operation.endsWith('/action')
  const inside: Loop[] = []
  const others: Loop[] = []
  for await (const { loop: one } of store.shared()) (isWithin(one.id, group) ? inside : others).push(one)
  const nameOf = ({ id }: Loop): string | undefined => {
    const parsed = parseResourceId(id)
    return parsed && `${parsed.type}/${parsed.names.join('/')}`.toLowerCase()
  }
  const names = new Set(inside.map(nameOf))
  const arrived = isMove ? others.filter((one) => names.has(nameOf(one))) : []
  await mapConcurrent([...inside, ...arrived], 16, (one) => wake(one))
}

/** The identity that made a role assignment: nobody else has to hear of it. */
async function authorOf(
  { assignment }: ResourceEvent,
  { row, members }: Snapshot,
  { store }: HandlerContext,
): Promise<Snapshot | undefined> {
  const name = assignment?.split('/').at(-1)
  if (name === undefined || row.loop.kind !== 'target') return undefined
  const identity = members.map(({ connection }) => connection.identity).find((one) => one && isAssignmentOf(name, one.key))
  return identity && (await store.read(identity))
}

/** The loop itself; of a target also the connections that use its key; where a role was given on it, also the identities that need one. */
function concerned(event: ResourceEvent, { row, members }: Snapshot): readonly Loop[] {
  const connections = members.filter(({ leavingSince }) => leavingSince === undefined).map(({ connection }) => connection)
  if (row.loop.kind !== 'target') return [row.loop]
  if (event.assignment !== undefined) {
    const identities = connections.flatMap((connection) => loopsOf(connection).filter(({ kind }) => kind === 'identity'))
    return [row.loop, ...new Map(identities.map((one) => [one.key, one])).values()]
  }
  return [row.loop, ...keyUsers(members)]
}

const waking =
  ({ store }: HandlerContext, hub: Hub, context: InvocationContext) =>
  async (one: Loop, how?: { readonly make?: true; readonly writer?: string }): Promise<void> => {
    await touchAndWake(one, 'event', { store, hub, context }, how)
  }

/** Our own writes come back as events within minutes. */
const echoMs = 10 * 60_000
/** An operation has two events: it was accepted, it ended. The first one happens within this. */
const acceptedMs = 5_000

/**
 * An echo was done by our own identity, and the ledger or a step that just ran knows the very resource. The identity alone would not do: others may use
 * it too. When in doubt it is no echo: a look too many costs little, and a change that nobody looks at costs a day.
 */
function isEcho(event: ResourceEvent, { row, steps, view }: Snapshot, services: HandlerContext): boolean {
  const { steps: names, now } = services
  if (!isOwn(event, services)) return false
  // The end of a long-running operation is what its step waits for; that it was accepted, the step knows.
  const running = steps.flatMap(({ outcome }) => outcome.operation ?? [])
  if (running.some(({ startedAt }) => event.at === undefined || event.at > startedAt + acceptedMs)) return false
  const resource = event.assignment ?? event.resource
  const recent = steps.filter(
    ({ ranAt, outcome }) => now() - ranAt < echoMs && (outcome.operation !== undefined || outcome.changed.length > 0),
  )
  const tracked = names[row.loop.kind].flatMap((step) => view.tracked(step).map((row) => ({ ...row, step })))
  return tracked.some(
    ({ object, since, step }) =>
      isWithin(object.resource ?? object.id, resource) && (now() - since < echoMs || recent.some((row) => row.step === step)),
  )
}

const isOwn = ({ appId }: ResourceEvent, { ownClientId }: HandlerContext): boolean =>
  ownClientId !== undefined && appId !== undefined && sameId(appId, ownClientId)

const isWithin = (id: string, place: string): boolean => sameId(id, place) || id.toLowerCase().startsWith(`${place.toLowerCase()}/`)

// Azure events: writes and deletes of resources, tags and role assignments, regenerated keys, new versions of secrets. They are not the truth; they only wake loops that read
// it, so lost, duplicate, late and reordered ones are harmless. An event that cannot be parsed is dropped: an error would be redelivered for a day.
// An error of the store is thrown, so that Event Grid redelivers the event.
import { app, type EventGridEvent, type InvocationContext } from '@azure/functions'
import { mapConcurrent } from '../../contract/map-concurrent.ts'
import { candidatesOf, type GroupEvent, isClusterWrite, parseAzureEvent, type ResourceEvent } from '../../model/azure-event.ts'
import { loopsOf } from '../../model/connection.ts'
import { type Loop, loop } from '../../model/loop.ts'
import { isAssignmentOf } from '../../model/names.ts'
import { parseResourceId, sameId } from '../../model/resource-id.ts'
import { parseSecretEvent } from '../../model/secret-event.ts'
import type { Snapshot } from '../../ports/rows.ts'
import { keyUsers } from '../fleet/evidence.ts'
import type { HandlerContext, HandlerContextOf, Hub } from '../http/handler-context.ts'
import { hubInputs } from '../hub.ts'
import { touchAndWake } from '../touch.ts'
import { newSecretVersion } from './new-secret-version.ts'

export function registerAzureEvents(services: HandlerContextOf): void {
  app.eventGrid('azure-events', {
    extraInputs: hubInputs,
    handler: (event: EventGridEvent, context) => azureEvent(services, event, context),
  })
}

export async function azureEvent(servicesOf: HandlerContextOf, raw: unknown, context: InvocationContext): Promise<void> {
  const secret = parseSecretEvent(raw)
  if (secret) {
    const services = servicesOf()
    return await newSecretVersion(secret, { store: services.store, hub: services.hub(context), context })
  }
  const event = parseAzureEvent(raw)
  if (!event) return
  const services = servicesOf()
  const wake = waking(services, services.hub(context), context)
  if ('group' in event) return await inGroup(event, services, wake)
  if (event.operation === linkerDeleted) return await sweepSoon(event, services)
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
  // A cluster that is not known yet: its row is created, and its tags are read.
  const [innermost] = candidatesOf(event.resource)
  if (innermost?.kind === 'cluster' && isClusterWrite(event)) await wake(loop('cluster', innermost.id), { make: true })
}

/** A connection of Azure Service Connector, which leaves its objects in the cluster: the next run of the sweep looks at a known one as a whole. */
const linkerDeleted = 'microsoft.servicelinker/linkers/delete'
async function sweepSoon({ resource }: ResourceEvent, { store }: HandlerContext): Promise<void> {
  const [place] = candidatesOf(resource)
  if (place?.kind !== 'cluster') return
  const cluster = loop('cluster', place.id)
  if (await store.read(cluster)) await store.sweeps.request(cluster.key)
}

/**
 * Every loop whose id is in the group runs again. What moved is somewhere else now, and the event does not say where: a loop of the same type and
 * name waits for it there, if it was declared at the new id before.
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

/** The identity that made a role assignment: no other loop needs to know. */
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

/** The loop itself; for a target also the connections that use its key; if a role was assigned on it, also the identities that need one. */
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

/** The app's own writes come back as events within minutes. */
const echoMs = 10 * 60_000
/** An operation has two events: accepted, and ended. The first one arrives within this time. */
const acceptedMs = 5_000

/**
 * An echo was caused by the app's own identity, and the ledger or a step that just ran knows the resource. The identity alone is not enough: others
 * may use it too. When in doubt it is not an echo: an extra read costs little, and a missed change costs a day.
 */
function isEcho(event: ResourceEvent, { row, steps, view }: Snapshot, services: HandlerContext): boolean {
  const { steps: names, now } = services
  if (!isOwn(event, services)) return false
  // Its step waits for the end of a long-running operation, and already knows that it was accepted.
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

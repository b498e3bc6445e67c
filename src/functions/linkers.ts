// PUT, GET, DELETE and list of connections, in the original's contract. A door writes what is desired, wakes the loop, and answers at once;
// the caller polls the operation. Nothing is stored before everything is checked, consent included.
import type { HttpRequest, HttpResponseInit, InvocationContext } from '@azure/functions'
import { connectionNameRule, isConnectionName } from '../domain/asked.ts'
import { shown } from '../domain/complaint.ts'
import { type Connection, type Desired, linkerId, withIdentityOf } from '../domain/connection.ts'
import { linkerOf } from '../domain/linker-answer.ts'
import { type Loop, loop } from '../domain/loop.ts'
import { operationId } from '../domain/operation-id.ts'
import type { Progress } from '../domain/progress.ts'
import { resourceId, sameId } from '../domain/resource-id.ts'
import { tagOf } from '../domain/tags.ts'
import { notWoken } from '../steps/log.ts'
import { armErrorsOf, empty, json, notFound, Refusal, refusedBy } from './answers.ts'
import { badLinkerOf, badTagNamed, badTagsOf } from './bad-tags.ts'
import { readJson } from './body.ts'
import { pointsOf, withinLimits } from './caller-limits.ts'
import type { Caller } from './callers.ts'
import { consentsFor } from './consent.ts'
import type { Doors, Hub } from './doors.ts'
import { keepSecret } from './given-secret.ts'
import { conditionsIn, type Known, progressIn, reader, timelineIn } from './known.ts'
import { wishOf } from './linker-wish.ts'
import { paced } from './paced.ts'

export type Call = {
  readonly request: HttpRequest
  readonly caller: Caller
  readonly context: InvocationContext
  readonly doors: Doors
  readonly hub: Hub
  /** Scheme and host as the caller sees them. */
  readonly origin: string
  readonly apiVersion: string
}

export async function putLinker(call: Call, cluster: string, name: string): Promise<HttpResponseInit> {
  const { doors, hub } = call
  const connection = linkerLoop(cluster, name)
  const body = await readJson(call.request)
  const before = (await doors.store.read(connection))?.row
  const standing = before?.removing ? undefined : before?.self
  const { ids } = call.caller
  if (standing) {
    // What no policy allows keeps the name from nobody.
    const { isAllowed, refuseCaller } = await consentsFor([standing], doors)
    refuseCaller(standing, ids)
    if (isAllowed(standing)) refuseIfDeclaredElsewhere(standing)
  }
  const { desired: asked, rawSecret } = await wishOf(body, cluster, name, doors, standing)
  const sparse = withIdentityOf(standing, sameSpelling(asked, before?.self))
  const { isAllowed, refuseUnlessAllowed } = await consentsFor([sparse, standing], doors)
  refuseUnlessAllowed(sparse, ids)

  const kept = rawSecret && doors.vault ? await keepSecret(sparse.key, rawSecret, doors.vault, doors.store) : undefined
  const desired = kept ? { ...sparse, secret: kept } : sparse
  const answer = await doors.store.desire(desired, isAllowed)
  if ('taken' in answer) throw refusedBy(409, { code: 'NameTaken', about: { name, by: answer.taken } })
  const known = await reader(doors.store, doors.steps)(connection.key, answer.made)
  if (!known) throw new Refusal(409, { code: 'Conflict', message: `The connection ${name} was removed at the same moment. Put it again.` })
  const progress = progressIn(known, doors)
  // Also where nothing changed: whoever asks again may do so because the host died between the write and the wake.
  if (answer.changed || progress.status !== 'Succeeded') await wake(hub, connection, call.context)
  const headers = progress.status === 'Succeeded' ? {} : operationHeaders(call, known.self)
  // Service Connector answers 201 to every PUT, also where it changes something or nothing.
  return json(201, wireOf(known, progress, doors), headers)
}

export async function getLinker({ doors }: Call, cluster: string, name: string): Promise<HttpResponseInit> {
  const known = await reader(doors.store, doors.steps)(linkerLoop(cluster, name).key)
  const bad = known ? undefined : await badTagNamed(doors.store, cluster, name)
  if (bad) return json(200, badLinkerOf(bad))
  if (!known)
    throw new Refusal(404, {
      code: 'ResourceNotFound',
      message: `There is no connection '${name}' on the cluster ${resourceId(cluster).name}.`,
    })
  return json(200, wireOf(known, progressIn(known, doors), doors))
}

export async function listLinkers({ doors }: Call, cluster: string): Promise<HttpResponseInit> {
  const read = reader(doors.store, doors.steps)
  const known = (await paced(doors.store.connections(loop('cluster', cluster)), 16, (row) => read(row.loop.key))).filter(
    (one) => one !== undefined,
  )
  const keys = new Set(known.map(({ self }) => self.key))
  const bad = (await badTagsOf(doors.store, loop('cluster', cluster))).filter(({ connection }) => !keys.has(connection.key))
  return json(200, { value: [...known.map((one) => wireOf(one, progressIn(one, doors), doors, 'in a list')), ...bad.map(badLinkerOf)] })
}

export async function deleteLinker(call: Call, cluster: string, name: string): Promise<HttpResponseInit> {
  const connection = linkerLoop(cluster, name)
  const row = (await call.doors.store.read(connection))?.row
  if (!row?.self) return empty(204)
  const { refuseCaller } = await consentsFor([row.self], call.doors)
  refuseCaller(row.self, call.caller.ids)
  if (!row.removing) refuseIfDeclaredElsewhere(row.self)
  const removed = await call.doors.store.remove(connection)
  if (!removed) return empty(204)
  await wake(call.hub, connection, call.context)
  const headers = operationHeaders(call, { ...row.self, generation: removed.generation })
  // Location names the same operation, and the body is the JSON literal null: both as Service Connector does it.
  return json(202, null, { ...headers, location: headers['azure-asyncoperation'] })
}

/** Looks again, at once: the connection's own loop and those that it joined. */
export async function lookAgain({ doors, hub, context, caller }: Call, cluster: string, name: string): Promise<HttpResponseInit> {
  const connection = linkerLoop(cluster, name)
  const self = (await doors.store.read(connection))?.row.self
  if (!self) throw notFound(`There is no connection '${name}' on the cluster ${resourceId(cluster).name}.`)
  withinLimits(doors.limits, caller.objectId, pointsOf.look)
  const { refuseCaller } = await consentsFor([self], doors)
  refuseCaller(self, caller.ids)
  const loops: readonly Loop[] = [self.cluster, self.target, ...(self.identity ? [self.identity] : []), connection]
  for (const one of loops) if (await doors.store.touch(one, 'person')) await wake(hub, one, context)
  return json(202, { looking: loops.map(({ id }) => id) })
}

function linkerLoop(cluster: string, name: string): Loop<'connection'> {
  if (!isConnectionName(name))
    throw new Refusal(400, {
      code: 'InvalidResourceName',
      message: `'${shown(name)}' is not a valid name of a connection. Write ${connectionNameRule}.`,
    })
  return loop('connection', linkerId(cluster, name))
}

/** Ids that differ from the stored ones in case only mean the same: they keep their spelling, so that the same body is the same desire. */
function sameSpelling(desired: Desired, before: Connection | undefined): Desired {
  if (!before) return desired
  const same = <T extends Loop>(now: T, then: T | undefined): T => (then && now.key === then.key ? then : now)
  const { identity } = desired
  return {
    ...desired,
    name: before.name,
    cluster: same(desired.cluster, before.cluster),
    target: same(desired.target, before.target),
    targetId: sameId(desired.targetId, before.targetId) ? before.targetId : desired.targetId,
    ...(identity ? { identity: same(identity, before.identity) } : {}),
  }
}

function refuseIfDeclaredElsewhere({ origin, name, cluster }: Connection): void {
  if (origin === 'http') return
  const where = origin === 'tag' ? `the tag ${tagOf(name)} of the cluster ${resourceId(cluster.id).name}` : 'a policy'
  throw refusedBy(409, { code: 'DeclaredElsewhere', about: { name, origin: where, where } })
}

/** Only a hint: what is stored is found by the heartbeat as well. */
async function wake(hub: Hub, loop: Loop, context: InvocationContext): Promise<void> {
  await hub.wake(loop).catch((error: unknown) => notWoken(context, loop, error))
}

function operationHeaders(
  { origin, apiVersion, doors }: Call,
  self: Connection,
): { readonly 'azure-asyncoperation': string; readonly 'retry-after': string } {
  const { subscription } = resourceId(self.cluster.id)
  const path = `/subscriptions/${subscription}/providers/Microsoft.ServiceLinker/locations/global/operationStatuses/${operationId(self.key, self.generation)}`
  return { 'azure-asyncoperation': `${origin}${path}?api-version=${apiVersion}`, 'retry-after': String(doors.pollSeconds) }
}

export function wireOf(known: Known, progress: Progress, doors: Doors, where?: 'in a list'): object {
  const problems = 'problems' in progress ? progress.problems : []
  const waits = progress.status === 'Failed' ? progress.waits : []
  return linkerOf(known.self, {
    provisioningState: progress.status,
    facts: known.facts,
    identity: known.identity,
    problems: armErrorsOf(problems, waits),
    conditions: conditionsIn(known, doors.now()),
    warning: progress.status === 'Succeeded' ? progress.warning : undefined,
    ...(where ? {} : { timeline: timelineIn(known, doors) }),
  })
}

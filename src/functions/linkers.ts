// PUT, GET, DELETE and list of connections, in Azure Service Connector's contract. A handler writes the spec, wakes the loop, and answers at once;
// the caller polls the operation. Nothing is stored before everything is validated, consent included.
import type { HttpResponseInit } from '@azure/functions'
import { mapConcurrent } from '../contract/map-concurrent.ts'
import { isConnectionName } from '../declare/connection-fields.ts'
import { tagOf } from '../declare/tags.ts'
import { linkerOf } from '../linker/answer.ts'
import { operationId } from '../linker/operation-id.ts'
import { type Connection, type ConnectionSpec, withIdentityOf } from '../model/connection.ts'
import { type Loop, loop } from '../model/loop.ts'
import type { Progress } from '../model/progress.ts'
import { resourceId, sameId } from '../model/resource-id.ts'
import { armErrorsOf, empty, json, notFound, Refusal, refusedBy } from './answers.ts'
import { readJson } from './body.ts'
import type { Call } from './call.ts'
import { pointsOf, withinLimits } from './caller-limits.ts'
import { consentsFor } from './consent.ts'
import type { HandlerContext } from './handler-context.ts'
import { invalidLinkerOf, invalidTagNamed, invalidTagsOf } from './invalid-tags.ts'
import { conditionsIn, type Known, progressIn, reader, timelineIn } from './known.ts'
import { linkerLoop, noSuchLinker, refuseBadName } from './linker-name.ts'
import { readPut } from './linker-put.ts'
import { operationHeaders } from './operation-headers.ts'
import { storeSecret } from './provided-secret.ts'
import { touchAndWake, wakeLoop } from './touch.ts'

export async function putLinker(call: Call, cluster: string, name: string): Promise<HttpResponseInit> {
  refuseBadName(name)
  return await writeLinker(await readJson(call.request), call, cluster, name)
}

export async function writeLinker(body: unknown, call: Call, cluster: string, name: string): Promise<HttpResponseInit> {
  const { services } = call
  const connection = linkerLoop(cluster, name)
  const before = (await services.store.read(connection))?.row
  const current = before?.removing ? undefined : before?.self
  const { ids } = call.caller
  if (current) {
    // A connection that no policy allows does not block its name.
    const { isAllowed, refuseCaller } = await consentsFor([current], services)
    refuseCaller(current, ids)
    if (isAllowed(current)) refuseIfDeclaredElsewhere(current)
  }
  const { spec: input, rawSecret } = await readPut(body, cluster, name, services, current)
  const respelled = withIdentityOf(current, sameSpelling(input, before?.self))
  const { isAllowed, refuseUnlessAllowed } = await consentsFor([respelled, current], services)
  refuseUnlessAllowed(respelled, ids)

  const stored = rawSecret && services.vault ? await storeSecret(respelled.key, rawSecret, services.vault, services.store) : undefined
  const spec = stored ? { ...respelled, secret: stored } : respelled
  const answer = await services.store.desire(spec, isAllowed)
  if ('taken' in answer) throw refusedBy(409, { code: 'NameTaken', about: { name, by: answer.taken } })
  const known = await reader(services.store, services.steps)(connection.key, answer.made)
  if (!known) throw new Refusal(409, { code: 'Conflict', message: `The connection ${name} was removed at the same moment. Put it again.` })
  const progress = progressIn(known, services)
  // Even if nothing changed: a repeated request may follow a host that died between the write and the wake.
  if (answer.changed || progress.status !== 'Succeeded') await wakeLoop(connection, call)
  const headers = progress.status === 'Succeeded' ? {} : headersFor(call, known.self)
  // Service Connector answers 201 to every PUT, even if it changes something or nothing.
  return json(201, toResponse(known, progress, services), headers)
}

export async function getLinker({ services }: Call, cluster: string, name: string): Promise<HttpResponseInit> {
  const read = reader(services.store, services.steps)
  const known = isConnectionName(name) ? await read(linkerLoop(cluster, name).key) : undefined
  // A tag whose name is invalid has the Failed linker that lists show.
  const bad = known ? undefined : await invalidTagNamed(services.store, cluster, name)
  if (bad) return json(200, invalidLinkerOf(bad))
  if (!known) throw noSuchLinker(cluster, name)
  return json(200, toResponse(known, progressIn(known, services), services))
}

export async function listLinkers({ services }: Call, cluster: string): Promise<HttpResponseInit> {
  const read = reader(services.store, services.steps)
  const known = (await mapConcurrent(services.store.connections(loop('cluster', cluster)), 16, (row) => read(row.loop.key))).filter(
    (one) => one !== undefined,
  )
  const keys = new Set(known.map(({ self }) => self.key))
  const bad = (await invalidTagsOf(services.store, loop('cluster', cluster))).filter(({ connection }) => !keys.has(connection.key))
  return json(200, {
    value: [...known.map((one) => toResponse(one, progressIn(one, services), services, 'in a list')), ...bad.map(invalidLinkerOf)],
  })
}

export async function deleteLinker(call: Call, cluster: string, name: string): Promise<HttpResponseInit> {
  const connection = linkerLoop(cluster, name)
  const row = (await call.services.store.read(connection))?.row
  if (!row?.self) return empty(204)
  const { refuseCaller } = await consentsFor([row.self], call.services)
  refuseCaller(row.self, call.caller.ids)
  if (!row.removing) refuseIfDeclaredElsewhere(row.self)
  const removed = await call.services.store.remove(connection)
  if (!removed) return empty(204)
  await wakeLoop(connection, call)
  const headers = headersFor(call, { ...row.self, generation: removed.generation })
  // Location names the same operation, and the body is the JSON literal null: both as Service Connector does it.
  return json(202, null, { ...headers, location: headers['azure-asyncoperation'] })
}

/** Reconciles at once: the connection's own loop and those that it joined. */
export async function reconcileNow({ services, hub, context, caller }: Call, cluster: string, name: string): Promise<HttpResponseInit> {
  const connection = linkerLoop(cluster, name)
  const self = (await services.store.read(connection))?.row.self
  if (!self) throw notFound(`There is no connection '${name}' on the cluster ${resourceId(cluster).name}.`)
  withinLimits(services.limits, caller.objectId, pointsOf.reconcile)
  const { refuseCaller } = await consentsFor([self], services)
  refuseCaller(self, caller.ids)
  const loops: readonly Loop[] = [self.cluster, self.target, ...(self.identity ? [self.identity] : []), connection]
  for (const one of loops) await touchAndWake(one, 'manual', { store: services.store, hub, context })
  return json(202, { reconciling: loops.map(({ id }) => id) })
}

/** Ids that differ from the stored ones only in case mean the same: they keep their spelling, so that the same body is the same spec. */
function sameSpelling(spec: ConnectionSpec, before: Connection | undefined): ConnectionSpec {
  if (!before) return spec
  const same = <T extends Loop>(now: T, then: T | undefined): T => (then && now.key === then.key ? then : now)
  const { identity } = spec
  return {
    ...spec,
    name: before.name,
    cluster: same(spec.cluster, before.cluster),
    target: same(spec.target, before.target),
    targetId: sameId(spec.targetId, before.targetId) ? before.targetId : spec.targetId,
    ...(identity ? { identity: same(identity, before.identity) } : {}),
  }
}

function refuseIfDeclaredElsewhere({ origin, name, cluster }: Connection): void {
  if (origin === 'http') return
  const where = origin === 'tag' ? `the tag ${tagOf(name)} of the cluster ${resourceId(cluster.id).name}` : 'a policy'
  throw refusedBy(409, { code: 'DeclaredElsewhere', about: { name, origin: where, where } })
}

const headersFor = (call: Call, { cluster, key, generation }: Connection) =>
  operationHeaders(call, cluster.id, operationId(key, generation))

export function toResponse(known: Known, progress: Progress, services: HandlerContext, where?: 'in a list'): object {
  const problems = 'problems' in progress ? progress.problems : []
  const waits = progress.status === 'Failed' ? progress.waits : []
  return linkerOf(known.self, {
    provisioningState: progress.status,
    facts: known.facts,
    identity: known.identity,
    problems: armErrorsOf(problems, waits),
    conditions: conditionsIn(known, services.now()),
    warning: progress.status === 'Succeeded' ? progress.warning : undefined,
    ...(where ? {} : { timeline: timelineIn(known, services) }),
  })
}

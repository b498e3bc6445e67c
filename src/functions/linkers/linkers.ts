// GET and DELETE of connections, and their actions, in Azure Service Connector's contract (linker-write.ts: PUT and PATCH; linker-list.ts: lists). A handler
// writes what is desired, wakes the loop, and answers at once; the caller polls the operation.
import type { HttpResponseInit } from '@azure/functions'
import { isConnectionName } from '../../declare/connection-fields.ts'
import { contention } from '../../errors/contention.ts'
import { operationId } from '../../linker/operation-id.ts'
import type { Connection } from '../../model/connection.ts'
import type { Loop } from '../../model/loop.ts'
import { resourceId } from '../../model/resource-id.ts'
import { empty, json, notFound } from '../http/answers.ts'
import type { Call } from '../http/call.ts'
import { pointsOf, withinLimits } from '../http/caller-limits.ts'
import { operationHeaders } from '../http/operation-headers.ts'
import { isKnown, isSameVersion, preconditionsOf, refuseUnlessHolds } from '../http/preconditions.ts'
import { touchAndWake, wakeLoop } from '../touch.ts'
import { consentsFor } from './consent.ts'
import { invalidLinkerOf, invalidTagNamed } from './invalid-tags.ts'
import { progressIn, reader } from './known.ts'
import { answerWith, refuseIfDeclaredElsewhere } from './linker-answers.ts'
import { linkerLoop, noSuchLinker } from './linker-name.ts'

export async function getLinker({ services, request }: Call, cluster: string, name: string): Promise<HttpResponseInit> {
  const read = reader(services.store, services.steps)
  const known = isConnectionName(name) ? await read(linkerLoop(cluster, name).key) : undefined
  // A tag whose name is invalid has the Failed linker that lists show.
  const bad = known ? undefined : await invalidTagNamed(services.store, cluster, name)
  if (bad) return json(200, invalidLinkerOf(bad))
  if (!known) throw noSuchLinker(cluster, name)
  const answer = answerWith(200, known, progressIn(known, services), { services })
  const { etag } = answer.headers as { readonly etag: string }
  return isKnown(preconditionsOf(request), etag) ? empty(304, { etag }) : answer
}

export async function deleteLinker(call: Call, cluster: string, name: string): Promise<HttpResponseInit> {
  const connection = linkerLoop(cluster, name)
  const preconditions = preconditionsOf(call.request)
  const lost = contention(`remove the connection ${name}`)
  for (;;) {
    const row = (await call.services.store.read(connection))?.row
    if (!row?.self) return empty(204)
    const { refuseCaller } = await consentsFor([row.self], call.services)
    refuseCaller(row.self, call.caller.ids)
    if (!row.removing) refuseIfDeclaredElsewhere(row.self)
    refuseUnlessHolds(preconditions, row)
    // Only the definition that was judged: another one may be of another author, or for other callers.
    const removed = await call.services.store.remove(connection, { by: call.caller.author, holds: (now) => isSameVersion(now, row) })
    if (!removed) return empty(204)
    if (!('changedMeanwhile' in removed)) return await begun(call, connection, { ...row.self, generation: removed.generation })
    await lost()
  }
}

async function begun(call: Call, connection: Loop<'connection'>, self: Connection): Promise<HttpResponseInit> {
  await wakeLoop(connection, call)
  const { location } = (await call.services.store.read(self.cluster))?.view.facts ?? {}
  const headers = operationHeaders(call, self.cluster.id, operationId(self.key, self.generation), location)
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

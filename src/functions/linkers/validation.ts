// POST …/linkers/<name>/validateLinker: what the app knows of a connection, item by item. As with Azure Service Connector the answer comes with an operation
// to poll, which has ended by then: nothing is looked up in Azure for it, because the loops have done so.
import { createHash } from 'node:crypto'
import type { HttpResponseInit } from '@azure/functions'
import { isConnectionName } from '../../declare/connection-fields.ts'
import { faultOfInvalid } from '../../declare/invalid.ts'
import { validationId } from '../../linker/operation-id.ts'
import { type SecretKey, validationOf } from '../../linker/validation.ts'
import { reportOf } from '../../linker/validation-report.ts'
import { type Connection, linkerId } from '../../model/connection.ts'
import type { Key } from '../../model/loop.ts'
import type { View } from '../../model/view.ts'
import { missingFor } from '../../steps/connection/readiness.ts'
import { json, notFound, type Refusal, refusedBy } from '../http/answers.ts'
import type { Call } from '../http/call.ts'
import type { HandlerContext } from '../http/handler-context.ts'
import { operationHeaders } from '../http/operation-headers.ts'
import { valuesIn } from './configurations.ts'
import { invalidTagNamed } from './invalid-tags.ts'
import { conditionsIn, reader } from './known.ts'
import { linkerLoop, noSuchLinker } from './linker-name.ts'

export async function validateLinker(call: Call, cluster: string, name: string): Promise<HttpResponseInit> {
  const { store, now } = call.services
  const there = isConnectionName(name) && (await store.read(linkerLoop(cluster, name)))?.row.self
  if (!there) throw (await refusalOfTag(call, cluster, name)) ?? noSuchLinker(cluster, name)
  const { location } = (await store.read(there.cluster))?.view.facts ?? {}
  const headers = operationHeaders(call, cluster, validationId(there.key, now()), location)
  return json(202, null, { ...headers, location: headers['azure-asyncoperation'] })
}

export async function getValidation(
  call: Call,
  id: string,
  { key, at }: { readonly key: Key; readonly at: number },
): Promise<HttpResponseInit> {
  const { services, url, apiVersion } = call
  const now = services.now()
  const known = await reader(services.store, services.steps)(key)
  if (!known) throw notFound('The connection was removed before its validation was read. There is nothing left to validate.')
  const { self, state } = known
  const view = (await services.store.read(linkerLoop(self.cluster.id, self.name), ['cluster', 'target', 'identity']))?.view
  const missing = state.removing || known.facts.consent === 'refused' || !view ? [] : missingFor(self, view)
  const conditions = conditionsIn(known, now).map(({ step, text, code }) => ({ by: step, text, code }))
  const keys = view && keysIn(self, view, services)
  const validation = validationOf({ state, names: services.steps, now, missing, conditions, ...(keys ? { keys } : {}) })
  return json(200, {
    id: url.pathname,
    name: id,
    resourceId: linkerId(self.cluster.id, self.name),
    status: 'Succeeded',
    startTime: new Date(at).toISOString(),
    endTime: new Date(now).toISOString(),
    properties: reportOf(self, validation, { from: at, to: now }, apiVersion),
  })
}

/** GET answers a linker for a tag that cannot be read; there is nothing of it to validate but the tag. */
async function refusalOfTag({ services }: Call, cluster: string, name: string): Promise<Refusal | undefined> {
  const bad = await invalidTagNamed(services.store, cluster, name)
  return bad && refusedBy(409, faultOfInvalid(bad))
}

/** A credential has no hash here: who may read the report could try passwords against it. */
function keysIn(self: Connection, view: View, services: HandlerContext): readonly SecretKey[] {
  const values = valuesIn(self, self, view, services) ?? {}
  return Object.entries(values).map(([name, value]) => ({
    name,
    sha256: value === '' ? null : createHash('sha256').update(value).digest('hex'),
  }))
}

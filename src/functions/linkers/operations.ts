// The progress of a PUT, a DELETE or a rotation, in ARM's format: `operationStatuses` for the header Azure-AsyncOperation, `operationResults` for Location.
// https://github.com/Azure/azure-resource-manager-rpc/blob/master/v1.0/async-api-reference.md
import type { HttpResponseInit } from '@azure/functions'
import { parseOperationId, parseRotationId, parseValidationId } from '../../linker/operation-id.ts'
import { linkerId } from '../../model/connection.ts'
import { operationOf, type Progress } from '../../model/progress.ts'
import { sanitize } from '../../model/validation-issue.ts'
import { armErrorOfAll, empty, json, Refusal } from '../http/answers.ts'
import type { Call } from '../http/call.ts'
import { type Known, reader } from './known.ts'
import { rotationOf } from './rotation.ts'
import { getValidation } from './validation.ts'

export async function getOperation(call: Call, kind: 'status' | 'result', text: string): Promise<HttpResponseInit> {
  const { services } = call
  const validation = parseValidationId(text)
  if (validation) return await getValidation(call, text, validation)
  const found = (await rotationFor(call, text)) ?? (await changeFor(call, text))
  if (!found) throw unknownOperation(text)
  const { progress, known, started, ended } = found
  const running = ['Accepted', 'Updating', 'Deleting'].includes(progress.status)
  const headers = running ? { 'retry-after': String(services.pollSeconds) } : {}
  if (kind === 'result') return resultOf(call, progress, running, headers)
  const { pathname } = call.url
  // Service Connector answers 202 while it deletes, and 200 while it creates or changes.
  return json(
    progress.status === 'Deleting' ? 202 : 200,
    {
      id: pathname,
      name: text,
      ...resourceIdOf(known),
      status: progress.status,
      ...(started === undefined ? {} : { startTime: new Date(started).toISOString() }),
      ...(ended === undefined ? {} : { endTime: new Date(ended).toISOString() }),
      ...(progress.status === 'Succeeded' ? { properties: progress.warning === undefined ? null : { warning: progress.warning } } : {}),
      ...(progress.status === 'Failed' || progress.status === 'Canceled' ? { error: errorOf(progress) } : {}),
    },
    headers,
  )
}

type Found = {
  readonly progress: Progress
  readonly known: Known | undefined
  readonly started: number | undefined
  readonly ended: number | undefined
}

async function changeFor({ services }: Call, text: string): Promise<Found | undefined> {
  const id = parseOperationId(text)
  if (!id) return undefined
  const [known, finished] = await Promise.all([reader(services.store, services.steps)(id.key), services.store.finished(id.key)])
  const progress = operationOf(id.generation, known?.state, finished, services.steps, services.now())
  const started = known && known.self.generation === id.generation ? known.state.desiredAt : undefined
  return progress && { progress, known, started, ended: finished.find(({ generation }) => generation === id.generation)?.at }
}

async function rotationFor(call: Call, text: string): Promise<Found | undefined> {
  const id = parseRotationId(text)
  const known = id && (await reader(call.services.store, call.services.steps)(id.key))
  if (!id || !known) return undefined
  const { progress, endedAt } = await rotationOf(call, known.self.target, id)
  return { progress, known, started: id.at, ended: endedAt }
}

/** Location: 202 while it runs, 204 when it is done, the error when it failed. */
function resultOf({ request }: Call, progress: Progress, running: boolean, headers: Readonly<Record<string, string>>): HttpResponseInit {
  if (running) return empty(202, { ...headers, location: request.url })
  if (progress.status === 'Failed' || progress.status === 'Canceled') throw new Refusal(409, errorOf(progress))
  return empty(204)
}

const resourceIdOf = (known: Known | undefined): object => (known ? { resourceId: linkerId(known.self.cluster.id, known.self.name) } : {})

function errorOf(progress: Progress & { readonly status: 'Failed' | 'Canceled' }) {
  if (progress.status === 'Failed') return armErrorOfAll(progress.problems, progress.waits)
  return { code: 'Superseded', message: `The operation did not come to its end, for ${progress.by}.` }
}

const unknownOperation = (id: string): Refusal =>
  new Refusal(404, {
    code: 'OperationNotFound',
    message: `There is no operation '${sanitize(id)}'. Operations of removed connections are known for 7 days.`,
  })

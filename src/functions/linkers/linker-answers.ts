// The answer about one linker: its body, its ETag, and where to poll what is under way.
import type { HttpResponseInit } from '@azure/functions'
import { sourceOf } from '../../declare/source.ts'
import { linkerOf } from '../../linker/answer.ts'
import { withNulls } from '../../linker/nulls.ts'
import { operationId } from '../../linker/operation-id.ts'
import type { Connection } from '../../model/connection.ts'
import type { Progress } from '../../model/progress.ts'
import { armErrorsOf, json, refusedBy } from '../http/answers.ts'
import type { Call } from '../http/call.ts'
import type { HandlerContext } from '../http/handler-context.ts'
import { operationHeaders } from '../http/operation-headers.ts'
import { etagOf } from '../http/preconditions.ts'
import { conditionsIn, type Known, timelineIn } from './known.ts'
import { kubernetesResourcesOf } from './kubernetes-resources.ts'

export function answerWith(
  status: number,
  known: Known,
  progress: Progress,
  { services }: Pick<Call, 'services'>,
  headers: Readonly<Record<string, string>> = {},
): HttpResponseInit {
  const body = toResponse(known, progress, services)
  return json(status, body, { etag: etagOf(known.version, body), ...headers })
}

export const operationHeadersFor = (call: Call, { self, shared }: Pick<Known, 'self' | 'shared'>) =>
  operationHeaders(call, self.cluster.id, operationId(self.key, self.generation), shared.cluster.location)

/** @throws Refusal */
export function refuseIfDeclaredElsewhere(connection: Connection): void {
  const { origin, name } = connection
  if (origin === 'http') return
  const where = sourceOf(connection)
  throw refusedBy(409, { code: 'DeclaredElsewhere', about: { name, origin: where, where } })
}

export function toResponse(known: Known, progress: Progress, services: HandlerContext, where?: 'in a list'): object {
  const problems = 'problems' in progress ? progress.problems : []
  const waits = progress.status === 'Failed' ? progress.waits : []
  const linker = linkerOf(known.self, {
    provisioningState: progress.status,
    facts: known.facts,
    identity: known.identity,
    problems: armErrorsOf(problems, waits),
    conditions: conditionsIn(known, services.now()),
    warning: progress.status === 'Succeeded' ? progress.warning : undefined,
    systemData: known.systemData,
    ...(where ? {} : { kubernetesResources: kubernetesResourcesOf(known), timeline: timelineIn(known, services) }),
  })
  return { ...linker, properties: withNulls(linker.properties) }
}

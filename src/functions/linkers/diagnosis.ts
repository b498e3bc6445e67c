// GET …/linkers/<name>/diagnosis: what people inspect by hand when a connection does not work, and what the app itself has found, in one answer.
import type { HttpResponseInit } from '@azure/functions'
import { linkerId } from '../../model/connection.ts'
import type { DiagnosticCheck } from '../../model/diagnostic-check.ts'
import { loop } from '../../model/loop.ts'
import { serviceAccountName } from '../../model/names.ts'
import { resourceId } from '../../model/resource-id.ts'
import { armErrorsOf, json, notFound } from '../http/answers.ts'
import type { Call } from '../http/call.ts'
import { pointsOf, withinLimits } from '../http/caller-limits.ts'
import { progressIn, reader } from './known.ts'

export async function diagnose({ services, caller }: Call, cluster: string, name: string): Promise<HttpResponseInit> {
  const known = await reader(services.store, services.steps)(loop('connection', linkerId(cluster, name)).key)
  if (!known) throw notFound(`There is no connection '${name}' on the cluster ${resourceId(cluster).name}.`)
  const { self, facts, identity } = known
  const account = facts.serviceAccount ?? (self.identity && identity.clientId ? serviceAccountName(identity.clientId) : undefined)
  withinLimits(services.limits, caller.objectId, pointsOf.diagnosis)
  const checks = await services.diagnose(self, account)
  const progress = progressIn(known, services)
  return json(200, {
    id: linkerId(self.cluster.id, self.name),
    transport: self.transport,
    state: progress.status,
    problems: armErrorsOf('problems' in progress ? progress.problems : [], []),
    waits: 'waits' in progress ? progress.waits : [],
    /** In one line, for readers in a hurry. */
    summary: summaryOf(checks),
    checks,
  })
}

function summaryOf(checks: readonly DiagnosticCheck[]): string {
  const of = (state: DiagnosticCheck['state']): readonly string[] =>
    checks.filter((check) => check.state === state).map(({ about }) => about)
  const parts = (['unwell', 'unknown', 'absent'] as const).flatMap((state) =>
    of(state).length > 0 ? [`${state}: ${of(state).join(', ')}`] : [],
  )
  return parts.length > 0 ? parts.join('; ') : 'all checks are well'
}

// GET …/preflight?connect=<value of a connect- tag>: everything that is missing for connections, before they are created, and what would
// be changed for them. It changes nothing.
import type { HttpResponseInit } from '@azure/functions'
import { declarationsOf, tagPrefix } from '../../declare/tags.ts'
import { problemOf } from '../../errors/catalogue.ts'
import type { ConnectionSpec } from '../../model/connection.ts'
import { type Loop, loop } from '../../model/loop.ts'
import { resourceId } from '../../model/resource-id.ts'
import { sanitize } from '../../model/validation-issue.ts'
import { badRequest, invalidInput, json, notFound } from '../http/answers.ts'
import type { Call } from '../http/call.ts'
import { pointsOf, withinLimits } from '../http/caller-limits.ts'
import type { HandlerContext } from '../http/handler-context.ts'

/** More than a person types; each takes some ten calls. */
const most = 20

export async function preflight({ url, services, caller }: Call, clusterId: string): Promise<HttpResponseInit> {
  const cluster = loop('cluster', clusterId)
  const input = connectionsIn(url.searchParams.getAll('connect'), cluster, services)
  withinLimits(services.limits, caller.objectId, pointsOf.preflight(input.length))
  const found = await services.preflight(cluster, input)
  if (!found) throw notFound(`There is no cluster ${resourceId(clusterId).name} in the resource group ${resourceId(clusterId).group}.`)
  const { value, changes, adoptions: adopts, budgets, ready, notes } = found
  return json(200, { value, changes, adopts, budgets, ready, notes })
}

/** `connect-<name>=<value>` includes the name; the value alone gets a number. */
function connectionsIn(
  values: readonly string[],
  cluster: Loop<'cluster'>,
  { installation, targets }: HandlerContext,
): readonly ConnectionSpec[] {
  if (values.length > most) throw badRequest('InvalidQuery', `connect is given ${values.length} times. At most ${most} fit in one request.`)
  const tags = values.map((value, index) => {
    const [, name, rest] = /^connect-([^=:?]*)=(.*)$/s.exec(value) ?? []
    return name === undefined || rest === undefined
      ? ([`${tagPrefix}requested-${index + 1}`, value] as const)
      : ([tagPrefix + name, rest] as const)
  })
  // One after the other, so that two of the same name are both read.
  const read = tags.map(([tag, value]) => declarationsOf({ [tag]: value }, cluster, installation, targets))
  const issues = read.flatMap(({ faults }, index) =>
    faults.map(({ about }) => ({
      field: `connect=${sanitize(values[index] ?? '')}`,
      message: about['message'] ?? problemOf({ code: 'InvalidTag', about }).text,
      hint: about['hint'] ?? '',
    })),
  )
  if (issues.length > 0) throw invalidInput(issues)
  return read.flatMap(({ spec }) => spec)
}

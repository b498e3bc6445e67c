// Microsoft.ResourceGraph/resources (https://learn.microsoft.com/azure/governance/resource-graph/overview): a lagging index over all
// subscriptions. What the caller may not read is left out without a word, so "not found here" proves nothing.

import { indexedAssignments, mayDo, type RoleAssignment } from '../access.ts'
import { refuse } from './errors.ts'
import { parseId } from './ids.ts'
import { NotSimulated, parseQuery, type Row } from './kusto.ts'
import { type Call, objectOf, type Provider } from './provider.ts'
import { indexed, type Resource } from './resources.ts'
import { bodyOf } from './role-assignments.ts'
import { type Buckets, createBuckets } from './throttling.ts'

const quota = { burst: 15, perSecond: 3 }

/** `type` in lower case, ids as they were written. */
function rowOf(resource: Resource): Row {
  const { subscription, group } = parseId(resource.id)
  return { ...resource, type: resource.type.toLowerCase(), subscriptionId: subscription, resourceGroup: group?.toLowerCase() }
}

/** Rows of the table `authorizationresources`: https://learn.microsoft.com/azure/governance/resource-graph/reference/supported-tables-resources */
const assignmentResource = (assignment: RoleAssignment): Resource => ({ location: '', ...bodyOf(assignment) })

function readable(call: Call): Row[] {
  const asked = call.body['subscriptions']
  const wanted = Array.isArray(asked) ? asked.map((one) => String(one).toLowerCase()) : undefined
  return [...indexed(call.world).values(), ...indexedAssignments(call.world).map(assignmentResource)]
    .filter(({ id }) => wanted === undefined || wanted.includes(parseId(id).subscription?.toLowerCase() ?? ''))
    .filter(({ id, type }) => mayDo(call.world, { principalId: call.claims.oid, action: `${type}/read`, scope: id }))
    .map(rowOf)
}

function query(call: Call) {
  const options = objectOf(call.body['options'])
  const parsed = parse(String(call.body['query'] ?? ''))
  const rows = parsed.run(readable(call))
  const top = Number(options['$top'] ?? 100)
  if (!Number.isInteger(top) || top < 1 || top > 1000) throw bad('InvalidTop', 'Page size ($top) must be between 1 and 1000.')
  const from = skip(options['$skipToken'])
  const data = rows.slice(from, from + top)
  const more = from + top < rows.length
  // without the id a page cannot be continued
  const pages = more && !parsed.limited && (parsed.projects === undefined || parsed.projects.includes('id'))
  return {
    status: 200,
    body: {
      totalRecords: rows.length,
      count: data.length,
      data,
      facets: [],
      resultTruncated: more && !pages ? 'true' : 'false',
      ...(pages ? { $skipToken: Buffer.from(JSON.stringify({ from: from + top })).toString('base64') } : {}),
    },
  }
}

function parse(text: string): ReturnType<typeof parseQuery> {
  try {
    return parseQuery(text)
  } catch (error) {
    if (!(error instanceof NotSimulated)) throw error
    throw bad('NotSimulated', `The simulated Resource Graph knows a part of the query language only. ${error.message}`)
  }
}

function skip(token: unknown): number {
  if (token === undefined || token === null) return 0
  try {
    return Number((JSON.parse(Buffer.from(String(token), 'base64').toString()) as { from: number }).from)
  } catch {
    throw bad('InvalidSkipToken', 'The skip token is not one that this service gave.')
  }
}

const bad = (code: string, message: string) =>
  refuse(400, 'BadRequest', 'Please provide below info when asking for support: timestamp and correlation id.', {
    details: [{ code, message }],
  })

export function resourceGraph(): Provider {
  let buckets: Buckets | undefined
  return {
    namespace: 'Microsoft.ResourceGraph',
    routes: [
      {
        method: 'POST',
        path: '/providers/Microsoft.ResourceGraph/resources',
        action: 'none', // any token; rows are filtered
        handle(call) {
          buckets ??= createBuckets(call.world.clock)
          const taken = buckets.take(call.claims.oid, quota.burst, quota.perSecond)
          const left = 'left' in taken ? taken.left : 0
          const headers = { 'x-ms-user-quota-remaining': String(left), 'x-ms-user-quota-resets-after': '00:00:05' }
          if ('left' in taken) return { headers, ...query(call) }
          const message =
            'Client application has been throttled and should not attempt to repeat the request until an amount of time has elapsed. Please see https://aka.ms/resourcegraph-throttling for help.'
          const details = { details: [{ code: 'RateLimiting', message }] }
          throw refuse(429, 'RateLimiting', 'Please provide below info when asking for support: timestamp and correlation id.', details, {
            ...headers,
            'retry-after': String(taken.wait),
          })
        },
      },
    ],
  }
}

// POST /import?cluster=<id>: takes over the connections that Azure Service Connector has on a cluster, which may go on working beside the app. A dry run
// unless it is told otherwise: what each would be here, which policies would allow them, what would be changed, and what to remove there when. Policies are
// only proposed: a person saves them. What exists already is adopted by the plan of each step, as with any other connection.
import type { HttpResponseInit } from '@azure/functions'
import { mapConcurrent } from '../../contract/map-concurrent.ts'
import { type ProposedPolicy, proposedPolicies } from '../../declare/proposed-policies.ts'
import { declaredTransports, linkerId } from '../../model/connection.ts'
import { defaultGrants } from '../../model/grant.ts'
import { loop } from '../../model/loop.ts'
import { resourceId } from '../../model/resource-id.ts'
import { sanitize } from '../../model/validation-issue.ts'
import { wholeLinkersOf } from '../../sweep/linkers.ts'
import { badRequest, json, notFound } from '../http/answers.ts'
import type { Call } from '../http/call.ts'
import { pointsOf, withinLimits } from '../http/caller-limits.ts'
import { clusterOf, segmentsOf } from '../http/path.ts'
import { consentsFor } from '../linkers/consent.ts'
import { linkerLoop } from '../linkers/linker-name.ts'
import { wakeLoop } from '../touch.ts'
import { extensionIn, planOf, rowOf, statesOf } from './import-answer.ts'
import { type Judged, type JudgedAll, judgedFor, standingOf } from './import-linkers.ts'
import { removalOfLinker } from './import-removal.ts'

/** A dry run plans these many: each takes some ten calls. */
const mostPlanned = 20

export async function importLinkers(call: Call): Promise<HttpResponseInit> {
  const { services, caller } = call
  const { cluster, isDry, names, transport } = queryIn(call.url.searchParams)
  withinLimits(services.limits, caller.objectId, pointsOf.import)
  const linkers = await wholeLinkersOf(cluster, services.sweeping.arm)
  if (!linkers) throw notFound(`There is no cluster ${resourceId(cluster).name} in the resource group ${resourceId(cluster).group}.`)
  const isNamed = ({ name }: { readonly name: string }): boolean => names.size === 0 || names.has(name.toLowerCase())
  const missing = [...names].find((name) => !linkers.some((one) => one.name.toLowerCase() === name))
  if (missing !== undefined)
    throw notFound(`Azure Service Connector has no connection '${sanitize(missing)}' on the cluster ${resourceId(cluster).name}.`)
  const judged = await judgedFor(linkers.filter(isNamed), cluster, transport, call)
  const done = isDry ? judged.all : await mapConcurrent(judged.all, 4, (one) => imported(one, judged, cluster, call))
  const planned = isDry ? done.flatMap(({ state, spec }) => (state === 'ready' && spec ? [spec] : [])).slice(0, mostPlanned) : []
  if (planned.length > 0) withinLimits(services.limits, caller.objectId, pointsOf.preflight(planned.length))
  const plan = planned.length > 0 ? await services.preflight(loop('cluster', cluster), planned) : undefined
  const isPlanned = new Set(planned.map(({ name }) => name))
  const states = await statesOf(done, cluster, call)
  return json(200, {
    cluster,
    dryRun: isDry,
    connections: done.map((one) => ({
      ...rowOf(one, cluster, states.get(one.name)),
      ...(plan && isPlanned.has(one.name) ? planOf(one.name, plan) : {}),
    })),
    policies: await proposedFor(judged, call),
    remove: [
      ...done.map(({ name }) => removalOfLinker(linkerId(cluster, name), name, states.get(name) === 'Succeeded')),
      ...(await extensionIn(cluster, linkers.length, call)),
    ],
  })
}

type Query = { readonly cluster: string; readonly isDry: boolean; readonly names: ReadonlySet<string>; readonly transport?: string }

/** @throws Refusal */
function queryIn(params: URLSearchParams): Query {
  const cluster = params.get('cluster')
  if (cluster === null) throw badRequest('InvalidQuery', 'cluster is missing. Write ?cluster=<resource id of the AKS cluster>.')
  const dryRun = params.get('dryRun') ?? 'true'
  if (dryRun !== 'true' && dryRun !== 'false') throw badRequest('InvalidQuery', 'dryRun must be true or false.')
  const transport = params.get('transport')
  if (transport !== null && !declaredTransports.some((one) => one === transport))
    throw badRequest('InvalidQuery', `'${sanitize(transport)}' is not a transport. Write one of: ${declaredTransports.join(', ')}.`)
  return {
    cluster: clusterOf(segmentsOf(cluster)),
    isDry: dryRun === 'true',
    names: new Set(params.getAll('name').map((name) => name.toLowerCase())),
    ...(transport === null ? {} : { transport }),
  }
}

/** Only where there is none of this name at all. */
async function imported(one: Judged, { consents }: JudgedAll, cluster: string, call: Call): Promise<Judged> {
  if (one.state !== 'ready' || !one.spec) return one
  const { store } = call.services
  const written = await store.desire(one.spec, consents.isAllowed, { by: call.caller.author, holds: (row) => row?.self === undefined })
  if ('changed' in written) {
    await wakeLoop(linkerLoop(cluster, one.name), call)
    return { ...one, state: 'imported' }
  }
  if ('taken' in written)
    return { ...one, state: 'nameTaken', error: { code: 'NameTaken', message: `${one.name} was not imported: ${written.taken}.` } }
  return { ...one, ...standingOf(one.spec, (await store.read(linkerLoop(cluster, one.name)))?.row) }
}

/** Of those that no policy allows, as far as one could. */
async function proposedFor({ all, consents }: JudgedAll, { services }: Call): Promise<readonly ProposedPolicy[]> {
  const refused = all.flatMap(({ state, spec }) => (state === 'notAllowed' && spec && !consents.isAllowed(spec) ? [spec] : []))
  const usual = ({ type }: (typeof refused)[number]): readonly string[] =>
    defaultGrants(services.targets.find((one) => one.type === type)?.grants)
  const supposed = await consentsFor(refused, services, [...(await services.store.policies()), ...proposedPolicies(refused, usual)])
  return proposedPolicies(refused.filter(supposed.isAllowed), usual)
}

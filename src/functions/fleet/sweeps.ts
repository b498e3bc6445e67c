// Reports of the sweep over HTTP: the last runs, one report with its objects, and the approval of a single one. docs/cleanup.md
import type { HttpResponseInit } from '@azure/functions'
import {
  azureScope,
  isReportId,
  isSuspectId,
  type ReportEntry,
  type Suspect,
  type SweepReport,
  verdicts,
  wholeFleet,
} from '../../model/leftover.ts'
import { sanitize } from '../../model/validation-issue.ts'
import { badRequest, empty, json, notFound, Refusal } from '../http/answers.ts'
import type { Call } from '../http/call.ts'

const mostReports = 50
export const sweepFilters = ['verdict', 'top', 'after'] as const

export async function listSweeps({ services }: Call): Promise<HttpResponseInit> {
  return json(200, { value: (await services.store.sweeps.reports(mostReports)).map(reportAnswer) })
}

/** For those who do not want to wait up to six hours: the next run, within an hour, looks at every cluster as a whole. */
export async function requestSweep({ services }: Call): Promise<HttpResponseInit> {
  await services.store.sweeps.request(wholeFleet)
  return empty(202)
}

/** `latest`: the newest one of the whole fleet that has ended. */
export async function getSweep(call: Call, id: string): Promise<HttpResponseInit> {
  const { sweeps } = call.services.store
  const report = await reportIn(call, id)
  const { verdict, top, after } = queryIn(call.url.searchParams)
  const objects: object[] = []
  let last: string | undefined
  for await (const entry of sweeps.entries(report.id, after)) {
    if (verdict !== undefined && entry.verdict !== verdict) continue
    if (objects.length === top) return json(200, { ...reportAnswer(report), objects, nextLink: nextLink(call, report.id, last ?? '') })
    objects.push(entryAnswer(entry))
    last = entry.id
  }
  return json(200, { ...reportAnswer(report), objects })
}

/** It is deleted by the next run, if it is still left over and unused by then: whatever the mode, and without the grace. */
export async function approveLeftover(call: Call, id: string, object: string): Promise<HttpResponseInit> {
  const { services, caller } = call
  const { sweeps } = services.store
  const report = await reportIn(call, id)
  if (!isSuspectId(object)) throw badRequest('InvalidLeftover', 'An object is named by its id in the report.')
  const isInReport = await has(sweeps.entries(report.id, undefined), object)
  const before = isInReport ? await sweeps.suspect(object) : undefined
  if (before?.verdict === 'system' || before?.verdict === 'unproven')
    throw new Refusal(409, { code: 'NotDeletable', message: `This object is never deleted: ${before.reason}.` })
  const approved = before && (await sweeps.approve(object, { by: caller.objectId, at: services.now() }))
  if (!approved) throw notFound('The report has no such object, or it is not left over any more.')
  const scope = object.slice(0, object.indexOf('-'))
  await sweeps.request(scope === azureScope ? wholeFleet : scope)
  return json(202, suspectAnswer(approved))
}

async function has(entries: AsyncIterable<ReportEntry>, id: string): Promise<boolean> {
  for await (const entry of entries) if (entry.id === id) return true
  return false
}

async function reportIn({ services }: Call, id: string): Promise<SweepReport> {
  const { sweeps } = services.store
  const isLatest = id.toLowerCase() === 'latest'
  if (!isLatest && !isReportId(id))
    throw badRequest('InvalidReport', `'${sanitize(id)}' is not the id of a report. Write latest, or an id of GET /sweeps.`)
  const latest = async (): Promise<SweepReport | undefined> =>
    (await sweeps.reports(mostReports)).find(({ finishedAt, scope }) => finishedAt !== undefined && scope === 'fleet')
  const report = isLatest ? await latest() : await sweeps.report(id)
  if (!report)
    throw notFound(isLatest ? 'No run of the sweep has ended yet. The first one is within six hours.' : `There is no report '${id}'.`)
  return report
}

function queryIn(params: URLSearchParams): { readonly verdict?: string; readonly top: number; readonly after?: string } {
  const names: readonly string[] = sweepFilters
  const unknown = [...params.keys()].find((name) => !names.includes(name) && name !== 'api-version')
  if (unknown !== undefined)
    throw badRequest('InvalidQuery', `The filter '${sanitize(unknown)}' is not known. Write one of: ${names.join(', ')}.`)
  const top = Number(params.get('top') ?? 200)
  if (!Number.isInteger(top) || top < 1 || top > 1000) throw badRequest('InvalidQuery', 'top must be a whole number from 1 to 1000.')
  const verdict = params.get('verdict')
  if (verdict !== null && !verdicts.some((one) => one === verdict))
    throw badRequest('InvalidQuery', `There is no verdict '${sanitize(verdict)}'. Write one of: ${verdicts.join(', ')}.`)
  const after = params.get('after')
  if (after !== null && !isSuspectId(after)) throw badRequest('InvalidQuery', 'after must come from the nextLink of the page before.')
  return { top, ...(verdict === null ? {} : { verdict }), ...(after === null ? {} : { after }) }
}

function nextLink({ origin, url }: Call, report: string, after: string): string {
  const next = new URL(`${origin}/sweeps/${report}${url.search}`)
  next.searchParams.set('after', after)
  return next.href
}

const time = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : new Date(ms).toISOString())

const reportAnswer = ({ startedAt, finishedAt, ...report }: SweepReport): object => ({
  ...report,
  startedAt: time(startedAt),
  finishedAt: time(finishedAt),
})

const suspectAnswer = ({ since, freeSince, markedAt, approved, etag: _, ...suspect }: Suspect): object => ({
  ...suspect,
  since: time(since),
  freeSince: time(freeSince),
  markedAt: time(markedAt),
  ...(approved ? { approved: { by: approved.by, at: time(approved.at) } } : {}),
})

const entryAnswer = ({ deletableAt, cluster, before, ...suspect }: ReportEntry): object => ({
  ...suspectAnswer(suspect),
  cluster,
  before,
  deletableAt: time(deletableAt),
})

// Every five minutes, where an endpoint for events is set: tells it how connections are now, if that differs from what it was told last, and what the sweep
// found and deleted. What cannot be sent is told with the next run. It is noted before and after: where an answer or a note was lost, it is told again under
// the same id.
import { app, type InvocationContext } from '@azure/functions'
import { mapConcurrent } from '../../contract/map-concurrent.ts'
import { problemOfError } from '../../errors/catalogue.ts'
import { type CloudEvent, leftoverEvent, type Seen, type Subject, tellingOf } from '../../model/announcement.ts'
import type { ReportEntry } from '../../model/leftover.ts'
import type { Key } from '../../model/loop.ts'
import { type Announcing, eventsAtOnce } from '../../ports/announcing.ts'
import { say } from '../../telemetry/log.ts'
import type { HandlerContext, HandlerContextOf } from '../http/handler-context.ts'
import { type Known, progressIn, reader } from '../linkers/known.ts'

export function registerAnnounce(services: HandlerContextOf): void {
  app.timer('announce', { schedule: '45 */5 * * * *', handler: (_timer, context) => announce(services, context) })
}

export async function announce(servicesOf: HandlerContextOf, context: InvocationContext): Promise<void> {
  const services = servicesOf()
  const { announcing } = services
  if (!announcing) return
  try {
    await tellConnections(services, announcing)
    await tellLeftovers(services, announcing)
  } catch (error) {
    const { code, text } = problemOfError(error, 'send events')
    say(context, 'warn', { event: 'events not sent', code, text: `${text} The next run sends them.` })
  }
}

/** Events, with what to note before they are sent, and after. */
type Batch = { readonly events: readonly CloudEvent[]; readonly before?: () => Promise<void>; readonly after?: () => Promise<void> }

async function tellConnections(services: HandlerContext, { told, send }: Announcing): Promise<void> {
  const { store, steps, now } = services
  const before = await told.all()
  const read = reader(store, steps)
  const seen = new Map<Key, Seen>()
  await mapConcurrent(store.connections(), 8, async ({ loop: { key, id } }) => {
    const known = await read(key)
    if (known) seen.set(key, seenOf(known, id, services))
  })
  const keys = [...new Set([...before.keys(), ...seen.keys()])]
  const batches = keys.flatMap((key): Batch[] => {
    const { events, is } = tellingOf(key, before.get(key), seen.get(key), now())
    if (events.length === 0) return []
    const after = () => told.put(key, is)
    return [is ? { events, before: () => told.put(key, { ...is, unsure: true }), after } : { events, after }]
  })
  await sendAll(batches, send)
}

function seenOf(known: Known, id: string, services: HandlerContext): Seen {
  const { self, systemData } = known
  const progress = progressIn(known, services)
  const [problem] = 'problems' in progress ? (progress.problems ?? []) : []
  const { name, cluster, namespace, targetId: target, type: targetType, auth: authType } = self
  const subject: Subject = { id, name, cluster: cluster.id, namespace, target, targetType, authType }
  return {
    life: Date.parse(systemData.createdAt),
    generation: self.generation,
    subject,
    is: progress.status === 'Succeeded' ? 'ready' : progress.status === 'Failed' ? 'blocked' : 'on its way',
    ...(progress.status === 'Failed' && problem ? { problem: { code: problem.code, text: problem.text } } : {}),
  }
}

/** So many reports are looked through for those that were not told: those of a week. */
const mostReports = 200

/** Reports of the sweep that are finished and were not told, the oldest first. Where none was, the newest is the first. */
async function tellLeftovers({ store: { sweeps }, now }: HandlerContext, { told, send }: Announcing): Promise<void> {
  const last = await told.report()
  const finished = (await sweeps.reports(last === undefined ? 1 : mostReports))
    .filter(({ finishedAt }) => finishedAt !== undefined)
    .map(({ id }) => id)
  for (const report of finished.filter((id) => last === undefined || id > last).sort()) {
    const batches: Batch[] = []
    for await (const entry of sweeps.entries(report, undefined)) {
      const what = newsOf(entry)
      if (what) batches.push({ events: [leftoverEvent(what, report, entry, now())] })
    }
    await sendAll(batches, send)
    await told.putReport(report)
  }
}

function newsOf({ before, verdict }: ReportEntry): 'orphan.found' | 'orphan.deleted' | undefined {
  if (verdict === 'deleted') return before === 'deleted' ? undefined : 'orphan.deleted'
  return before === undefined && verdict !== 'gone' && verdict !== 'recovered' ? 'orphan.found' : undefined
}

async function sendAll(batches: readonly Batch[], send: Announcing['send']): Promise<void> {
  let some: Batch[] = []
  const flush = async (): Promise<void> => {
    if (some.length === 0) return
    await mapConcurrent(some, 8, async ({ before }) => before?.())
    await send(some.flatMap(({ events }) => events))
    await mapConcurrent(some, 8, async ({ after }) => after?.())
    some = []
  }
  for (const batch of batches) {
    if (some.reduce((sum, { events }) => sum + events.length, batch.events.length) > eventsAtOnce) await flush()
    some.push(batch)
  }
  await flush()
}

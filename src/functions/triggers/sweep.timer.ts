// Every hour: lists the app's objects in the known clusters. What is missing, recreated or changed wakes its owner (evidence.ts). Every sixth hour, and
// sooner in clusters where something happened, it looks for leftovers (src/sweep/, docs/cleanup.md).
import { app, type InvocationContext } from '@azure/functions'
import { mapConcurrent } from '../../contract/map-concurrent.ts'
import { nothing } from '../../model/evidence.ts'
import type { ReportEntry, SweepReport, Verdict } from '../../model/leftover.ts'
import { loop } from '../../model/loop.ts'
import type { LoopRow } from '../../ports/rows.ts'
import type { Look } from '../../sweep/own-lists.ts'
import { runSweep } from '../../sweep/run.ts'
import { loopFields, say } from '../../telemetry/log.ts'
import { type Listing, weigh } from '../fleet/evidence.ts'
import type { HandlerContext, HandlerContextOf } from '../http/handler-context.ts'
import { hubInputs } from '../hub.ts'

const everyHours = 6
const hour = 60 * 60_000

export function registerSweep(services: HandlerContextOf): void {
  app.timer('sweep', {
    schedule: '0 17 * * * *',
    extraInputs: hubInputs,
    handler: async (_timer, context) => {
      const isFull = Math.floor(services().now() / hour) % everyHours === 0
      await sweep(services, context, isFull ? 'everything' : 'evidence')
    },
  })
}

export async function sweep(
  servicesOf: HandlerContextOf,
  context: InvocationContext,
  look: Look = 'everything',
): Promise<SweepReport | undefined> {
  const services = servicesOf()
  const { store, sweeping, observer } = services
  const lists: Lists = { had: new Set(), byOwner: new Map() }
  const report = await runSweep({
    look,
    requested: await store.sweeps.requested(),
    sweeping,
    store,
    listed: (list, owners) => remember(lists, list, owners),
    changed: (entry) => tellChange(entry, context),
  })
  if (report) {
    observer.swept(report)
    tell(report, context)
  }
  await weighAll(lists, services, context)
  return report
}

/** One line for a run; what it found is in the report (docs/http-api.md). */
function tell({ skipped: _, ...report }: SweepReport, context: InvocationContext): void {
  const { deleted = 0, refused = 0, unknown = 0 } = report.verdicts
  const isWorthALook = deleted + refused + unknown > 0 || report.stopped !== undefined
  say(context, isWorthALook ? 'warn' : 'log', { event: 'swept', ...report, text: `The report is at /sweeps/${report.id}.` })
}

const grave: ReadonlySet<Verdict> = new Set(['deleted', 'refused'])
function tellChange({ cluster, kind, place, verdict, before, reason, product }: ReportEntry, context: InvocationContext): void {
  const where = cluster === undefined ? {} : loopFields(loop('cluster', cluster))
  const level = grave.has(verdict) ? 'warn' : 'log'
  say(context, level, {
    event: 'left over',
    ...where,
    kind,
    object: place,
    product,
    verdict,
    ...(before ? { was: before } : {}),
    text: reason,
  })
}

/** What lists say, by owner: a digest for each list that has something of it. `had`: all that were read. */
type Lists = { readonly had: Set<string>; readonly byOwner: Map<string, Map<string, string>> }

function remember({ had, byOwner }: Lists, list: string, owners: ReadonlyMap<string, string>): void {
  had.add(list)
  for (const [owner, digest] of owners) byOwner.set(owner, (byOwner.get(owner) ?? new Map()).set(list, digest))
}

/** After the lists, row by row: what they say of a loop is compared with what they said before. */
async function weighAll({ had, byOwner }: Lists, services: HandlerContext, context: InvocationContext): Promise<void> {
  if (had.size === 0) return
  const { store } = services
  const hub = services.hub(context)
  async function* evidence(): AsyncIterable<Listing> {
    for await (const row of owners(store)) {
      if (row.removing) continue
      const digests = byOwner.get(row.loop.key)
      // Nothing is known of a cluster that could not be listed.
      const before = Object.keys(row.listed ?? {}).filter((list) => had.has(list))
      yield { row, listed: { ...Object.fromEntries(before.map((list) => [list, nothing])), ...Object.fromEntries(digests ?? []) } }
    }
  }
  let count = 0
  await mapConcurrent(evidence(), 8, async (one) => {
    if (await weigh(one, services, hub, context)) count++
  })
  if (count > 0) say(context, 'log', { event: 'differs', loops: count, text: 'Objects in clusters are missing or others than before.' })
}

async function* owners(store: HandlerContext['store']): AsyncIterable<LoopRow> {
  yield* store.connections()
  yield* store.loops('identity')
}

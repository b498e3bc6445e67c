// Every night: deletes the history of finished instances, tombstones whose operations are no longer polled, old reports of the sweep, old dry runs, and what was changed 90 days ago.
import { app, type InvocationContext } from '@azure/functions'
import { historyMs } from '../../model/history.ts'
import { say } from '../../telemetry/log.ts'
import type { HandlerContextOf } from '../http/handler-context.ts'
import { hubInputs } from '../hub.ts'

const retentionMs = 7 * 24 * 60 * 60_000
const reportsMs = 30 * 24 * 60 * 60_000

export function registerPurge(services: HandlerContextOf): void {
  app.timer('purge', { schedule: '0 23 3 * * *', extraInputs: hubInputs, handler: (_timer, context) => purge(services, context) })
}

export async function purge(servicesOf: HandlerContextOf, context: InvocationContext): Promise<void> {
  const services = servicesOf()
  const before = services.now() - retentionMs
  const instances = await services.hub(context).purge(before)
  const tombstones = await services.store.purge(before)
  const reports = await services.store.sweeps.purgeReports(services.now() - reportsMs)
  const dryruns = await services.store.purgeDryruns(services.now())
  const history = await services.store.purgeHistory(services.now() - historyMs)
  say(context, 'log', { event: 'purged', instances, tombstones, reports, dryruns, history })
}

// What the sweep found is told once, also where the endpoint refuses for a while.
import { expect, it } from 'vitest'
import { announce } from '../../src/functions/triggers/announce.timer.ts'
import type { CloudEvent } from '../../src/model/announcement.ts'
import { type ReportEntry, reportId, type SweepReport } from '../../src/model/leftover.ts'
import { keyOf } from '../../src/model/loop.ts'
import { toldStore } from '../../src/store/told.ts'
import { memoryTable } from './memory-table.ts'
import { cluster, testServices } from './test-services.ts'

const hour = 60 * 60_000
const began = Date.UTC(2026, 10, 22, 6)
const entry = (name: string, more: Partial<ReportEntry>): ReportEntry => ({
  id: `${keyOf(cluster)}-${keyOf(name)}`,
  uid: name,
  kind: 'Secret',
  place: `orders/${name}`,
  product: 'installation',
  since: began,
  verdict: 'left over',
  reason: 'its connection is gone',
  cluster,
  ...more,
})

it('tells of what is new in each report, the oldest first, and of nothing twice', async () => {
  const received: CloudEvent[] = []
  let refuses = false
  const send = async (events: readonly CloudEvent[]): Promise<void> => {
    if (refuses) throw new Error('connect ECONNREFUSED')
    received.push(...events)
  }
  const { services, store, context, logged } = testServices({ announcing: { send, told: toldStore(memoryTable()) } })
  const run = () => announce(() => services, context)
  const news = () => received.splice(0).map(({ type, subject }) => `${type.replace('service-connector.', '')} ${subject}`)
  const finish = async (hours: number, ...entries: ReportEntry[]): Promise<void> => {
    const at = began + hours * hour
    const report: SweepReport = {
      ...{ id: reportId(at), mode: 'own', scope: 'fleet', startedAt: at, clusters: 1 },
      ...{ skipped: [], skippedCount: 0, objects: 1, verdicts: {}, changed: 0 },
    }
    await store.sweeps.begin(report)
    await store.sweeps.add(report.id, entries)
    await store.sweeps.finish({ ...report, finishedAt: at })
  }

  await finish(0, entry('long-known', {}))
  await finish(1, entry('a', {}), entry('known', { before: 'left over' }))
  await run()
  expect(news()).toEqual(['orphan.found orders/a'])
  await run()
  expect(news()).toEqual([])

  refuses = true
  await finish(2, entry('a', { before: 'marked', verdict: 'deleted' }))
  await finish(3, entry('b', { verdict: 'marked' }), entry('c', { verdict: 'gone' }))
  await run()
  expect(logged.join()).toContain('events not sent')
  refuses = false
  await run()
  expect(news()).toEqual(['orphan.deleted orders/a', 'orphan.found orders/b'])
  await run()
  expect(news()).toEqual([])
})

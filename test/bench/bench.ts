// `npm run bench`: what a connection costs, measured in the embedded environment, beside what it should cost. Virtual time where Azure's own
// latencies are concerned; wall clock for the import and for the large fleet only. `npm run bench -- 20` makes the fleet that many clusters.
import { availableParallelism, loadavg } from 'node:os'
import { startAzurite } from '../../src/local/cloud/storage/azurite.ts'
import { applies } from './applies.ts'
import { beatOver } from './beats.ts'
import { type Counted, executionsOf, median } from './counted.ts'
import { discoveryOver } from './discoveries.ts'
import { importing } from './importing.ts'
import { armCalls, armMinimum, criticalPathMs, fleetOptimumMs } from './minimum.ts'
import { fresh, idleDay, manyClusters, reconcile } from './stories.ts'
import { sweepOver } from './sweeps.ts'

type Row = { readonly what: string; readonly measured: string; readonly goal?: string; readonly ratio?: number; readonly isMet?: boolean }
const rows: Row[] = []

function row(what: string, measured: string, goal?: { readonly text: string; readonly is: number; readonly most: number }): void {
  const told = goal ? { goal: goal.text, ratio: goal.most === 0 ? goal.is : goal.is / goal.most, isMet: goal.is <= goal.most } : {}
  const one: Row = { what, measured, ...told }
  rows.push(one)
  console.log(line(one))
}

const line = ({ what, measured, goal = '', ratio, isMet }: Row): string =>
  [
    what.padEnd(58),
    measured.padStart(22),
    goal.padStart(16),
    ratio === undefined ? '' : `${ratio.toFixed(2)} ${isMet ? 'met' : 'MISSED'}`,
  ].join('  ')

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`
const times = (is: number, least: number): string => `${(is / least).toFixed(3)} x`

function cost(what: string, counted: Counted, most?: { readonly tables: number; readonly executions: number }): void {
  const goal = (is: number, limit: number | undefined) => (limit === undefined ? undefined : { text: String(limit), is, most: limit })
  row(`${what}: table transactions`, String(counted.tables), goal(counted.tables, most?.tables))
  row(`${what}: function executions`, String(executionsOf(counted)), goal(executionsOf(counted), most?.executions))
}

const clusters = Number(process.argv[2] ?? 100)
const each = 10
const azurite = await startAzurite()
try {
  console.log(`${availableParallelism()} cores, load ${loadavg()[0]?.toFixed(1)}, Node ${process.versions.node}`)
  console.log(line({ what: 'what', measured: 'measured', goal: 'goal' }))

  const { wallMs, cpuMs, megabytes } = importing(7)
  row('import of the bundle, median of 7', `${wallMs.toFixed(0)} ms`, { text: '250 ms', is: wallMs, most: 250 })
  row('  processor time of it', `${cpuMs.toFixed(0)} ms`)
  row('size of the bundle', `${megabytes.toFixed(1)} MB`)

  const { connections, requests } = await applies(200)
  row(`TCP connections for 200 applies (${requests} requests)`, String(connections), { text: '4', is: connections, most: 4 })

  for (const size of [10, 1_000, 100_000])
    row(`a heartbeat over ${size} loops, 3 of them due: table requests`, String((await beatOver(size, 3)).requests))

  const sweeps = [100, 1_000].map(sweepOver)
  const [small, large] = sweeps
  if (!small || !large) throw new Error('There was no sweep')
  row(`a sweep of ${large.clusters} clusters: requests to each`, String(large.callsPerCluster))
  row('  lists of one kind in a cluster', String(large.mostOfOneKind), { text: '1', is: large.mostOfOneKind, most: 1 })
  row('  peak of live memory', `${large.peakMb} MB`)
  row(`  over that of ${small.clusters} clusters`, times(large.peakMb, small.peakMb), {
    text: '1.20 x',
    is: large.peakMb / small.peakMb,
    most: 1.2,
  })

  for (const connected of [0, 300, 1_000]) {
    const { queries, rows, peakMb } = discoveryOver(1_000, connected)
    const most = Math.ceil(rows / 1_000)
    const what = `a discovery of 1,000 clusters, ${connected} with a target, an identity and a role`
    row(`${what}: queries`, String(queries), { text: String(most), is: queries, most })
    row('  peak of live memory beyond what was there', `${peakMb} MB`)
  }

  const runs = []
  for (let run = 0; run < 5; run++) runs.push(await fresh(azurite, 1))
  const ms = median(runs.map((run) => run.ms))
  row('one fresh connection', seconds(ms))
  row('  over the critical path', times(ms, criticalPathMs), { text: '1.10 x', is: ms / criticalPathMs, most: 1.1 })
  const arm = median(runs.map(({ counted }) => counted.arm))
  row(`  ARM calls, ${median(runs.map(({ counted }) => counted.polls))} of them polls`, String(arm))
  row(`  over the minimum of ${armMinimum}`, times(arm, armMinimum), { text: '1.30 x', is: arm / armMinimum, most: 1.3 })
  const [one] = [...runs].sort((a, b) => a.counted.arm - b.counted.arm).slice(2)
  if (!one) throw new Error('There was no run')
  row('  Kubernetes calls', String(one.counted.kubernetes))
  row('  listKeys', String(one.counted.listKeys), { text: '0', is: one.counted.listKeys, most: 0 })
  cost('  one fresh connection, and ten minutes', one.counted, { tables: 150, executions: 140 })

  const ten = await fresh(azurite, 10)
  row('ten fresh connections on one cluster', seconds(ten.ms))
  row('  over the critical path', times(ten.ms, criticalPathMs), { text: '1.15 x', is: ten.ms / criticalPathMs, most: 1.15 })
  row('  PUTs of the cluster', String(ten.counted.clusterPuts), { text: '1', is: ten.counted.clusterPuts, most: 1 })
  row('  ARM calls', String(ten.counted.arm))
  cost('  ten fresh connections, and ten minutes', ten.counted, { tables: 600, executions: 350 })

  const atOnce = await reconcile(azurite)
  const planned = atOnce.arm + atOnce.kubernetes
  row('a reconcile of one settled connection: ARM and Kubernetes calls', String(planned), { text: '10', is: planned, most: 10 })
  const day = await idleDay(azurite)
  const callsOf = (counted: Counted): string => `${counted.arm} + ${counted.kubernetes} + ${counted.graph}`
  row('an idle day of one connection: ARM + Kubernetes + graph', callsOf(day))
  row('an idle day of ten: ARM + Kubernetes + graph', callsOf(await idleDay(azurite, 10)))
  cost('  an idle day, heartbeat and timers included', day)
  row('  of them heartbeat', String(day.executions['heartbeat'] ?? 0))

  const fleet = await manyClusters(azurite, clusters, each)
  const optimum = fleetOptimumMs({ clusters, accounts: each, connections: clusters * each })
  row(`${clusters * each} connections on ${clusters} clusters: wall clock`, seconds(fleet.wallMs), {
    text: '60 s',
    is: fleet.wallMs,
    most: 60_000,
  })
  row('  processor time of this process', seconds(fleet.cpuMs))
  row('  virtual time', seconds(fleet.ms))
  row(`  over the optimum of ${seconds(optimum)}`, times(fleet.ms, optimum), { text: '1.25 x', is: fleet.ms / optimum, most: 1.25 })
  row('  PUTs of clusters', String(fleet.counted.clusterPuts), { text: String(clusters), is: fleet.counted.clusterPuts, most: clusters })
  row('  ARM calls', String(fleet.counted.arm))
  row('  throttled answers', String(fleet.counted.throttled))
  cost('  the fleet', fleet.counted)

  console.log(
    `\nThe minimum of ARM calls:\n${Object.entries(armCalls)
      .map(([what, n]) => `  ${String(n).padStart(3)}  ${what}`)
      .join('\n')}`,
  )
  const missed = rows.filter(({ isMet }) => isMet === false)
  console.log(missed.length === 0 ? '\nAll goals are met.' : `\nMissed: ${missed.map(({ what }) => what.trim()).join('; ')}`)
} finally {
  await azurite.close()
}

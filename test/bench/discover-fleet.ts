// What discovery of a fleet costs: queries of Resource Graph, and the most memory that is alive at once. A process of its own, so that nothing else
// counts: `node test/bench/discover-fleet.ts <clusters> <connected>` prints one line of JSON. Each connected cluster has a target, an identity and a role
// assignment of its own. The client is the product's, the graph that of the simulated cloud.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createGraph } from '../../src/azure/graph.ts'
import { azureWorld } from '../azure/azure-world.ts'
import { graphRows } from '../azure/graph-rows.ts'

const [clusters = 1_000, connected = 0] = process.argv.slice(2).map(Number)
setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc') as () => void
const alive = (): number => {
  gc()
  return process.memoryUsage().heapUsed
}

const world = await azureWorld({ clusters: [] })
const known = graphRows(world.cloud.world, clusters, connected)
const before = alive()
let rows = 0
let peak = 0
const began = performance.now()
for await (const _row of createGraph({ ...world.connection(), timeoutMs: 60_000 }, 'main').inventory(known))
  if (++rows % 500 === 0) peak = Math.max(peak, alive() - before)
const ms = Math.round(performance.now() - began)
const queries = world.calls.filter(({ path }) => path.includes('Microsoft.ResourceGraph')).length
await world.close()
process.stdout.write(`${JSON.stringify({ clusters, rows, queries, ms, peakMb: Math.round(peak / 1024 / 102.4) / 10 })}\n`)

// npm run test:throttling: two hundred connections at once on twenty clusters, through the token buckets of ARM and of the resource
// providers as they are (docs/azure-behaviour.md#request-limits): no storm of refused calls, no caller comes back earlier than told, and no caller starves.
import { availableParallelism } from 'node:os'
import type { CloudCall } from '../../src/local/cloud/dispatcher.ts'
import { startAzurite } from '../../src/local/cloud/storage/azurite.ts'
import { startStory } from '../scenarios/story.ts'

const minute = 60_000
const clusters = Array.from({ length: Number(process.argv[2] ?? 20) }, (_, index) => `c${index + 1}`)
const namespaces = Array.from({ length: 10 }, (_, index) => `team-${index + 1}`)
const most = { share: 0.1, minutes: 60 }

const azurite = await startAzurite()
const story = await startStory(azurite, {
  fleet: {
    clusters: clusters.map((name) => ({
      name,
      group: 'shop',
      region: 'westeurope',
      namespaces,
      oidcIssuer: false,
      workloadIdentity: false,
    })),
  },
})
await story.putPolicy()
const began = story.clock.now()
const each = clusters.flatMap((cluster) => namespaces.map((namespace) => ({ cluster, namespace, name: `of-${namespace}` })))
for (const { cluster, namespace, name } of each) {
  const answer = await story.putLinker(name, { authInfo: { authType: 'userAssignedIdentity' }, scope: namespace }, cluster)
  if (answer.status !== 201) throw new Error(`${name} was refused: ${answer.status}`)
}
const ended: number[] = []
await story.clock.until(
  'every Secret to be there',
  () => {
    const there = story.changes().filter((line) => line.startsWith('Secret')).length
    while (ended.length < there) ended.push((story.clock.now() - began) / minute)
    return there === each.length
  },
  6 * 60 * minute,
)

const own = story.cloud.calls.filter(({ principal, service }) => principal === story.cloud.app.principalId && service === 'arm')
const throttled = own.filter(({ status }) => status === 429)
/** No bucket asks for less than a second. */
const tooSoon = throttled.filter((one) =>
  own.some(
    (call) =>
      call !== one && isSame(call, one) && call.time >= one.time && call.time < one.time + 1000 && own.indexOf(call) > own.indexOf(one),
  ),
)
const kinds = Object.groupBy(throttled, ({ method, path }) => `${method} ${path.split('?')[0]?.split('/').at(-2)}`)
const wrong = [
  ...(throttled.length / own.length > most.share ? ['too many were throttled'] : []),
  ...(tooSoon.length > 0 ? [`${tooSoon.length} came back too soon: ${tooSoon[0]?.path}`] : []),
  ...((ended.at(-1) ?? Number.POSITIVE_INFINITY) > most.minutes ? ['a caller starved'] : []),
  ...(await story.close()),
]
console.log(`${each.length} connections on ${clusters.length} clusters, ${availableParallelism()} cores`)
console.log(`${own.length} calls of ARM, ${throttled.length} throttled (${((100 * throttled.length) / own.length).toFixed(1)} %)`)
for (const [kind, calls = []] of Object.entries(kinds)) console.log(`  ${calls.length} ${kind}`)
console.log(
  `connected after ${ended[0]?.toFixed(1)} to ${ended.at(-1)?.toFixed(1)} minutes, half of them after ${ended[Math.floor(ended.length / 2)]?.toFixed(1)}`,
)
console.log(wrong.length === 0 ? 'no storm' : `FAILED\n${wrong.join('\n')}`)
process.exit(wrong.length === 0 ? 0 : 1)

function isSame(a: CloudCall, b: CloudCall): boolean {
  return a.method === b.method && a.path === b.path
}

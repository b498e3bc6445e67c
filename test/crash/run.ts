// npm run test:crash: the host is killed after every commit of a connect and of a disconnect (every `stride` commits in one round, the rounds
// starting one commit later each), and at random moments with several connections under way. Prints the points tried and survived.
//   --stride <n>  --random <kills>  --seed <n>
import { parseArgs } from 'node:util'
import { startAzurite } from '../../src/local/cloud/storage/azurite.ts'
import { startPlace } from './place.ts'
import { atRandom, byCommits, connectionsOn, nobody, type Round, round } from './rounds.ts'

const { values } = parseArgs({
  options: {
    stride: { type: 'string', default: '12' },
    random: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
  },
})
const stride = Number(values.stride)
const desired = Number(values.random)
let state = Number(values.seed)
const random = (): number => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
  return state / 2 ** 32
}

const azurite = await startAzurite()
let tried = 0
let survived = 0
const tell = (what: string, { kills, wrong }: Round): void => {
  tried += kills
  if (wrong.length === 0) survived += kills
  console.log(`${wrong.length === 0 ? 'survived' : 'FAILED'} ${what}: ${kills} kills${wrong.map((line) => `\n  ${line}`).join('')}`)
}

const place = await startPlace(azurite.address, stride + 1)
const undisturbed = await round(place, connectionsOn(['c1'], ['userAssignedIdentity']), () => nobody)
tell('undisturbed', undisturbed)
for (let first = 1; first <= stride; first++) {
  const connections = connectionsOn([`c${first + 1}`], ['userAssignedIdentity'])
  tell(`from commit ${first}, every ${stride}`, await round(place, connections, () => byCommits(first, stride), undisturbed.end))
}
await place.close()

const several = (clusters: readonly string[]) => connectionsOn(clusters, ['secret', 'userAssignedIdentity', 'servicePrincipalSecret'])
/** Each round needs two that were not touched. */
const clusters = 30
for (let kills = 0; kills < desired; ) {
  const crowd = await startPlace(azurite.address, clusters)
  const calm = await round(crowd, several(['c1', 'c2']), () => nobody)
  tell('several, undisturbed', calm)
  for (let at = 3; at < clusters && kills < desired; at += 2) {
    const done = await round(crowd, several([`c${at}`, `c${at + 1}`]), () => atRandom(random, 10), calm.end)
    tell(`several, at random moments (seed ${values.seed})`, done)
    kills += Math.max(1, done.kills)
  }
  await crowd.close()
}
console.log(`tried ${tried} points, survived ${survived}`)
process.exit(tried === survived ? 0 : 1)

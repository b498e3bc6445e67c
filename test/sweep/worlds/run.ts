// `npm run test:sweep`: random worlds, 10,000 by default, and what came of them. A world that goes wrong is printed with its seed.
import fc from 'fast-check'
import { play } from './play.ts'
import { createSandbox } from './sandbox.ts'
import { worlds } from './world.ts'

const [count = '10000', seed = String(Date.now() % 2 ** 31)] = process.argv.slice(2)
const box = await createSandbox()
const began = performance.now()
let [played, deleted, spared, runs] = [0, 0, 0, 0]
const out = (text: string): void => void process.stdout.write(`${text}\n`)

const result = await fc.check(
  fc.asyncProperty(worlds, async (world) => {
    const outcome = await play(world, box)
    played++
    deleted += outcome.deleted
    spared += outcome.spared
    runs += outcome.runs
    if (played % 500 === 0) out(`${played} worlds, ${Math.round((performance.now() - began) / 1000)} s`)
    if (outcome.wrong.length > 0) throw new Error(outcome.wrong.join('\n'))
  }),
  { numRuns: Number(count), seed: Number(seed) },
)
out(
  `${played} worlds (seed ${seed}): ${runs} runs of the sweep, ${deleted} objects deleted, ${spared} spared, ${Math.round((performance.now() - began) / 1000)} s`,
)
if (result.failed) {
  out(`A world went wrong: ${JSON.stringify(result.counterexample)}\n${String(result.errorInstance)}`)
  process.exit(1)
}

// `npm run test:sweep`: random worlds and random Azures, 10,000 each by default, and what came of them. One that goes wrong is printed with its seed.
import fc from 'fast-check'
import { playAzure } from './azure-play.ts'
import { azureWorlds } from './azure-world.ts'
import { play } from './play.ts'
import { createSandbox } from './sandbox.ts'
import { worlds } from './world.ts'

const [count = '10000', seed = String(Date.now() % 2 ** 31), only = 'both'] = process.argv.slice(2)
const out = (text: string): void => void process.stdout.write(`${text}\n`)

/** `play`: what was removed, and what was left in the end. Throws where something went wrong. */
async function many<T>(what: string, arbitrary: fc.Arbitrary<T>, play: (one: T) => Promise<Played>): Promise<void> {
  const began = performance.now()
  const seconds = (): number => Math.round((performance.now() - began) / 1000)
  let [played, runs, removed, left] = [0, 0, 0, 0]
  const result = await fc.check(
    fc.asyncProperty(arbitrary, async (one) => {
      const outcome = await play(one)
      played++
      runs += outcome.runs
      removed += outcome.removed
      left += outcome.left
      if (played % 500 === 0) out(`${played} ${what}, ${seconds()} s`)
      if (outcome.wrong.length > 0) throw new Error(outcome.wrong.join('\n'))
    }),
    { numRuns: Number(count), seed: Number(seed) },
  )
  out(`${played} ${what} (seed ${seed}): ${runs} runs of the sweep, ${removed} removed, ${left} spared, ${seconds()} s`)
  if (!result.failed) return
  out(`One went wrong: ${JSON.stringify(result.counterexample)}\n${String(result.errorInstance)}`)
  process.exitCode = 1
}
type Played = { readonly wrong: readonly string[]; readonly runs: number; readonly removed: number; readonly left: number }

if (only !== 'azure') {
  const box = await createSandbox()
  await many('worlds', worlds, async (world) => {
    const { deleted, spared, ...outcome } = await play(world, box)
    return { ...outcome, removed: deleted, left: spared }
  })
}
if (only !== 'clusters') await many('Azures', azureWorlds, playAzure)

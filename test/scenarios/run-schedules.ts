// npm run test:events: a thousand random schedules in several processes, for each world installs its own clock and environment.
//   --schedules <n>   how many, 1000 unless told
//   --seed <n>        the same ones again; each process has a seed of its own, which is printed where one of its schedules fails
//   --processes <n>
//   --app <folder>    another build of the app, such as one with a mistake in it that shall be found
import { fork } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import fc from 'fast-check'
import { startAzurite } from '../../src/local/cloud/storage/azurite.ts'
import { openHarness } from './harness.ts'
import { schedule } from './schedule.ts'

type Share = { readonly seed: number; readonly schedules: number; readonly app?: string }
type Played = { readonly survived: boolean; readonly text: string }

async function work({ seed, schedules, app }: Share): Promise<void> {
  const azurite = await startAzurite()
  const all = fc.sample(fc.tuple(schedule, fc.nat()), { seed, numRuns: schedules })
  let harness = await openHarness(azurite, app)
  for (const [index, [moments, number]] of all.entries()) {
    const began = performance.now()
    const before = harness.counts()
    const which = `seed ${seed}, schedule ${index}`
    try {
      const objects = await harness.play(moments, number)
      const { advances, beats, calls } = harness.counts()
      const seconds = ((performance.now() - began) / 1000).toFixed(1)
      const text = `${which}: ${seconds} s, ${moments.length} moments, ${objects} things, ${advances - before.advances} advances, ${beats - before.beats} beats, ${calls - before.calls} calls`
      process.send?.({ survived: true, text } satisfies Played)
    } catch (error) {
      const again = `SCHEDULE_SEED=${seed} SCHEDULE_PATH=${index} vitest run test/scenarios/schedules.test.ts`
      const text = `${which} FAILED; again: ${again}\n${JSON.stringify([moments, number])}\n${String(error)}`
      process.send?.({ survived: false, text } satisfies Played)
      await harness.close()
      harness = await openHarness(azurite, app)
    }
  }
  await harness.close()
  await azurite.close()
  process.exit()
}

async function lead(): Promise<void> {
  const { values } = parseArgs({
    options: { schedules: { type: 'string' }, seed: { type: 'string' }, processes: { type: 'string' }, app: { type: 'string' } },
  })
  const [schedules, processes] = [Number(values.schedules ?? 1000), Number(values.processes ?? availableParallelism())]
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 30))
  console.log(`${schedules} schedules in ${processes} processes, seed ${seed}`)
  const began = performance.now()
  const played: Played[] = []
  const share = (of: number): Share => ({
    seed: seed + of,
    schedules: Math.ceil((schedules - of) / processes),
    ...(values.app === undefined ? {} : { app: values.app }),
  })
  await Promise.all(Array.from({ length: processes }, (_, of) => part(share(of), played)))
  const survived = played.filter((one) => one.survived).length
  const minutes = (performance.now() - began) / 60_000
  console.log(`tried ${played.length} of ${schedules}, survived ${survived}; ${(played.length / minutes).toFixed(1)} schedules a minute`)
  process.exit(survived === schedules ? 0 : 1)
}

const part = (share: Share, played: Played[]): Promise<void> =>
  new Promise((end) => {
    const child = fork(new URL(import.meta.url), ['--work'])
    child.send(share)
    child.on('message', (one: Played) => {
      played.push(one)
      console.log(one.text)
    })
    child.on('exit', () => end())
  })

if (process.argv.includes('--work')) process.once('message', (share: Share) => void work(share))
else await lead()

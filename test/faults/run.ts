// npm run test:faults: the whole matrix, or a part of it. Several processes, for each story installs its own clock and environment.
//   --only <text>   cases whose name contains it (may be given more than once; all must)
//   --sample <n> --seed <n>   so many, drawn by the seed
//   --shard <n>/<of>   one of so many parts, for several machines or nights
//   --processes <n>
import { fork } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { startAzurite } from '../../src/local/cloud/storage/azurite.ts'
import { type Case, type Matrix, matrixOf } from './matrix.ts'
import { drawn } from './sample.ts'
import { tryCase, type Verdict } from './try-case.ts'

type Done = { readonly name: string; readonly seconds: number } & Verdict

async function work({ cases, ends }: Matrix): Promise<void> {
  const azurite = await startAzurite()
  for (const one of cases) {
    const began = performance.now()
    const verdict = await tryCase(one, ends[one.auth], azurite)
    process.send?.({ name: one.name, seconds: (performance.now() - began) / 1000, ...verdict } satisfies Done)
  }
  process.exit()
}

async function lead(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true },
      sample: { type: 'string' },
      seed: { type: 'string' },
      shard: { type: 'string', default: '1/1' },
      processes: { type: 'string' },
      list: { type: 'boolean' },
    },
  })
  const azurite = await startAzurite()
  const { cases: all, ends } = await matrixOf(azurite)
  await azurite.close()
  const seed = Number(values.seed ?? 1)
  const some = all.filter(({ name }) => (values.only ?? []).every((text) => name.includes(text)))
  const [shard, shards] = shardIn(values.shard)
  const cases = drawn(some, values.sample === undefined ? some.length : Number(values.sample), seed).filter(
    (_one, index) => index % shards === shard - 1,
  )
  if (values.list) return void console.log(cases.map(({ name }) => name).join('\n'))
  console.log(`${cases.length} of ${all.length} cases, seed ${seed}, shard ${values.shard}`)
  const done: Done[] = []
  const processes = Number(values.processes ?? availableParallelism())
  await Promise.all(
    Array.from({ length: processes }, (_, process) =>
      part(
        cases.filter((_one, index) => index % processes === process),
        ends,
        done,
      ),
    ),
  )
  const failed = done.filter(({ wrong }) => wrong !== undefined)
  const missed = done.filter(({ hits }) => hits === 0)
  console.log(
    `tried ${done.length} of ${cases.length}, survived ${done.length - failed.length}, the fault was met in ${done.length - missed.length}`,
  )
  process.exit(failed.length === 0 && done.length === cases.length ? 0 : 1)
}

function shardIn(text: string): readonly [number, number] {
  const [, shard, shards] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number)
  if (shard === undefined || shards === undefined || shard < 1 || shard > shards)
    throw new Error(`--shard ${text}: say which of how many, such as 1/4`)
  return [shard, shards]
}

/** Tries the cases one after the other in a process of their own. One that ends the process has failed, and another process goes on behind it. */
async function part(cases: readonly Case[], ends: Matrix['ends'], done: Done[]): Promise<void> {
  let left = cases
  while (left.length > 0) {
    const tried = await inProcess({ cases: left, ends }, (one) => {
      done.push(one)
      const seconds = one.seconds.toFixed(1)
      if (one.wrong !== undefined) console.log(`FAILED ${one.name} (${seconds} s)\n  ${one.wrong.replaceAll('\n', '\n  ')}`)
      else console.log(`${one.hits === 0 ? 'not met' : 'survived'} ${one.name} (${seconds} s)`)
    })
    const [fatal, ...others] = left.slice(tried)
    if (fatal) {
      done.push({ name: fatal.name, seconds: 0, hits: 1, wrong: 'it ended its process' })
      console.log(`FAILED ${fatal.name}\n  it ended its process`)
    }
    left = others
  }
}

/** Answers how many cases were tried when the process ended. */
const inProcess = (matrix: Matrix, onDone: (one: Done) => void): Promise<number> =>
  new Promise((end) => {
    let tried = 0
    const child = fork(new URL(import.meta.url), ['--work'], { serialization: 'advanced' })
    child.send(matrix)
    child.on('message', (one: Done) => {
      tried++
      onDone(one)
    })
    child.on('exit', () => end(tried))
  })

if (process.argv.includes('--work')) process.once('message', (matrix: Matrix) => void work(matrix))
else await lead()

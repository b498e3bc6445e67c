// Random schedules on one world: whatever happened in whatever order, in the end there is what was last desired, and nothing else.
// SCHEDULES=1000 runs more of them, SCHEDULE_SEED=… the same ones again, SCHEDULE_PATH=… the one that failed, with its seed.
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { afterAll, expect, it } from 'vitest'
import { footprint } from './footprint.ts'
import { is, shallBe } from './oracle.ts'
import { relayed } from './relay.ts'
import { minute, useScenarios } from './scenario.ts'
import {
  type Asked,
  carryOut,
  clusterNames,
  fair,
  fateIn,
  idOfGiven,
  type Moment,
  numbersFrom,
  type Stage,
  schedule,
  startAll,
} from './schedule.ts'
import { apiVersion } from './story.ts'

const runs = Number(process.env['SCHEDULES'] ?? 6)
const seed = Number(process.env['SCHEDULE_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const path = process.env['SCHEDULE_PATH']
/** Shorter than in production, so that a schedule is over sooner. */
const settings = {
  CONNECTOR_GRACE_MINUTES: '10',
  CONNECTOR_LEAVING_MINUTES: '15',
  CONNECTOR_GONE_AFTER_MINUTES: '5',
  CONNECTOR_AUDIT_MINUTES: '60',
}
/** Longer than any of them, and than an event is late. */
const everythingHasHappened = 100 * minute
const fleet = {
  clusters: clusterNames.map((name) => ({ name, group: 'shop', region: 'westeurope', namespaces: ['orders', 'billing'] })),
  storageAccounts: ['orders', 'photos'].map((name) => ({ name, group: 'shop', region: 'northeurope', network: 'rules' as const })),
}

type World = Stage & { readonly before: readonly string[]; close(): Promise<void> }
const scenario = useScenarios()
let world: World | undefined
afterAll(() => world?.close())

async function makeWorld(): Promise<World> {
  const stage: { weather: Stage['weather']; random: () => number } = { weather: fair, random: Math.random }
  const story = await scenario({
    fleet,
    settings,
    events: 'none',
    host: {
      clientFault: ({ operation }) =>
        (operation === 'start' || operation === 'raise') && stage.random() < stage.weather.wakesLost
          ? stage.random() < 0.5
            ? 'lost'
            : 'refused'
          : undefined,
    },
  })
  const relay = await relayed(story)
  const made = await story.arm('PUT', `${idOfGiven}?api-version=2024-11-30`, { location: 'westeurope' })
  const { clientId } = (made.body as { properties: { clientId: string } }).properties
  await story.clock.pass(5 * minute)
  const whole = Object.assign(stage, { story, relay, given: clientId, before: footprint(story.cloud.world), close: () => relay.close() })
  relay.fate = () => fateIn(whole)
  return whole
}

async function play(moments: readonly Moment[], stage: World, number: number): Promise<void> {
  const { story } = stage
  const asked: Asked = { http: new Map(), tags: new Map(), policies: new Set() }
  stage.random = numbersFrom(number)
  const say = (what: string) =>
    process.env['SCHEDULE_TIMES'] && process.stderr.write(`${new Date().toISOString()} ${Math.round(performance.now())} ${what}\n`)
  for (const { together, seconds } of [{ together: [{ do: 'allow', cluster: 'c1' }], seconds: 0 } as Moment, ...moments]) {
    await Promise.all(together.map((command) => carryOut(command, stage, asked)))
    say(JSON.stringify(together).slice(0, 300))
    await story.clock.pass(seconds * 1000)
  }
  stage.weather = fair
  say('start all')
  await startAll(story)
  say('settle')
  await story.clock.pass(everythingHasHappened)
  await becomes('what was last desired', stage, asked)

  say('take back')
  for (const key of [...asked.tags.keys(), ...asked.http.keys()]) await takeBack(key, stage, asked)
  await becomes('nothing', stage, asked)
  await story.until('nothing to be known any more', async () => (await connections(stage)).length === 0)
  for (const cluster of asked.policies) await carryOut({ do: 'forbid', cluster }, stage, asked)
}

/** A cluster that is being updated takes no tags. */
async function takeBack(key: string, stage: World, asked: Asked): Promise<void> {
  const [cluster, name = ''] = key.split('/')
  for (const [what, of] of [
    ['untag', asked.tags],
    ['delete', asked.http],
  ] as const)
    for (let tries = 0; of.has(key); tries++) {
      if (tries > 30) throw new Error(`${key} cannot be taken back`)
      if (tries > 0) await stage.story.clock.pass(minute)
      await carryOut({ do: what, cluster: cluster as 'c1', name }, stage, asked)
    }
}

async function becomes(what: string, { story, before }: World, asked: Asked): Promise<void> {
  const { world } = story.cloud
  const isSo = (): boolean => isDeepStrictEqual(is(world, before), shallBe(world, asked))
  try {
    await story.until(what, isSo, 4 * 60 * minute)
  } catch (error) {
    const timelines = await Promise.all(
      (await connections({ story })).map((id) => story.call('ada', 'GET', `${id}?api-version=${apiVersion}`)),
    )
    expect(is(world, before), `${error}\n${timelines.map(({ body }) => JSON.stringify(body)).join('\n')}`).toEqual(shallBe(world, asked))
  }
}

const connections = async ({ story }: Pick<World, 'story'>): Promise<readonly string[]> =>
  ((await story.call('ada', 'GET', '/connections')).body as { value: { id: string }[] }).value.map(({ id }) => id)

it(`settles in what was last desired, whatever happened before (${runs} schedules)`, { timeout: runs * 60_000 }, async () => {
  let number = 0
  let took = performance.now()
  await fc.assert(
    fc.asyncProperty(schedule, fc.nat(), async (moments, weather) => {
      const stage = world ?? (await makeWorld())
      world = undefined
      try {
        await play(moments, stage, weather)
        expect(stage.story.errors).toEqual([])
        world = stage
      } catch (error) {
        await stage.close()
        throw error
      }
      if (process.env['SCHEDULE_TIMES']) {
        const { advance, heartbeat } = stage.story.host.counters.invocations
        console.log(
          `${++number}: ${Math.round(performance.now() - took)} ms, ${moments.length} moments, until now ${advance} advances, ${heartbeat} beats, ${stage.story.cloud.calls.length} calls`,
        )
      }
      took = performance.now()
    }),
    { numRuns: runs, seed, ...(path ? { path } : {}), endOnFailure: process.env['SCHEDULE_SHRINK'] === undefined, verbose: 0 },
  )
})

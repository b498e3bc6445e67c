// One world that plays schedules, one after the other: each is carried out under its faults, has to settle in what was last desired, and is then taken
// back to nothing, so that the next begins as the first did.
import { isDeepStrictEqual } from 'node:util'
import type { AzuriteHandle } from '../../src/local/cloud/storage/azurite.ts'
import type { ClientCall, ClientFault } from '../../src/local/host/contract.ts'
import { footprint } from './footprint.ts'
import { actual, expected } from './oracle.ts'
import { relayed } from './relay.ts'
import {
  agree,
  type ConnectionInput,
  carryOut,
  clusterNames,
  deliveriesIn,
  fair,
  idOfProvided,
  type Moment,
  numbersFrom,
  type Setup,
  startAll,
} from './schedule.ts'
import { apiVersion, minute, startStory } from './story.ts'

/** Shorter than in production, so that a schedule is over sooner. */
const settings = {
  CONNECTOR_GRACE_MINUTES: '5',
  CONNECTOR_LEAVING_MINUTES: '8',
  CONNECTOR_GONE_AFTER_MINUTES: '3',
  CONNECTOR_AUDIT_MINUTES: '20',
}
/** Longer than any of them, and than an event is late. */
const everythingHasHappened = 32 * minute
const fleet = {
  clusters: clusterNames.map((name) => ({ name, group: 'shop', region: 'westeurope', namespaces: ['orders', 'billing'] })),
  storageAccounts: ['orders', 'photos'].map((name) => ({ name, group: 'shop', region: 'northeurope', network: 'rules' as const })),
}

export type Harness = {
  /** Answers how many things there had to be in the end. Throws where the world does not become what was last desired, or the app logged an error. The number decides what becomes of events and wakes. */
  play(moments: readonly Moment[], number: number): Promise<number>
  /** Advances, heartbeats and cloud calls so far. */
  counts(): { readonly advances: number; readonly beats: number; readonly calls: number }
  close(): Promise<void>
}

type World = Setup & { readonly before: readonly string[] }

export async function openHarness(azurite: AzuriteHandle, appFolder = 'dist'): Promise<Harness> {
  const profile: Pick<Setup, 'faultProfile' | 'random'> = { faultProfile: fair, random: Math.random }
  const clientFault = ({ operation }: ClientCall): ClientFault | undefined => {
    if ((operation !== 'start' && operation !== 'raise') || profile.random() >= profile.faultProfile.wakesLost) return undefined
    return profile.random() < 0.5 ? 'lost' : 'refused'
  }
  const story = await startStory(azurite, { fleet, settings, events: 'none', host: { appFolder, clientFault } })
  const relay = await relayed(story)
  let calls = 0
  story.cloud.onCall(() => calls++)
  const made = await story.arm('PUT', `${idOfProvided}?api-version=2024-11-30`, { location: 'westeurope' })
  const { clientId } = (made.body as { properties: { clientId: string } }).properties
  await story.clock.pass(5 * minute)
  const world: World = Object.assign(profile, { story, relay, provided: clientId, before: footprint(story.cloud.world) })
  relay.deliveries = () => deliveriesIn(world)
  return {
    async play(moments, number) {
      const objects = await play(moments, world, number)
      const wrong = [...story.errors, ...story.host.violations]
      if (wrong.length > 0) throw new Error(`The app logged errors or broke a rule of Durable Functions:\n${wrong.join('\n')}`)
      return objects
    },
    counts: () => ({
      advances: story.host.counters.invocations['advance'] ?? 0,
      beats: story.host.counters.invocations['heartbeat'] ?? 0,
      calls,
    }),
    async close() {
      await relay.close()
      await story.close()
    },
  }
}

/** Or little would happen. */
const begin: Moment = { together: clusterNames.map((cluster) => ({ do: 'allow', cluster })), seconds: 0 }

async function play(moments: readonly Moment[], setup: World, number: number): Promise<number> {
  const { story } = setup
  const input: ConnectionInput = { http: new Map(), tags: new Map(), policies: new Set() }
  setup.random = numbersFrom(number)
  for (const { together, seconds } of [begin, ...moments]) {
    await Promise.all(together.map((command) => carryOut(command, setup, input)))
    await agree(together, setup, input)
    await story.clock.pass(seconds * 1000)
  }
  setup.faultProfile = fair
  await startAll(story)
  await story.clock.pass(everythingHasHappened)
  await becomes('what was last desired', setup, input)
  const objects = expected(story.cloud.world, input).length

  for (const key of [...input.tags.keys(), ...input.http.keys()]) await removeAll(key, setup, input)
  await becomes('nothing', setup, input)
  await story.until('nothing to be known any more', async () => (await connections(setup)).length === 0)
  for (const cluster of input.policies) await carryOut({ do: 'forbid', cluster }, setup, input)
  return objects
}

/** A cluster that is being updated takes no tags. */
async function removeAll(key: string, setup: World, input: ConnectionInput): Promise<void> {
  const [cluster, name = ''] = key.split('/')
  for (const [what, of] of [
    ['untag', input.tags],
    ['delete', input.http],
  ] as const)
    for (let tries = 0; of.has(key); tries++) {
      if (tries > 30) throw new Error(`${key} cannot be removed`)
      if (tries > 0) await setup.story.clock.pass(minute)
      await carryOut({ do: what, cluster: cluster as 'c1', name }, setup, input)
    }
}

async function becomes(what: string, { story, before }: World, input: ConnectionInput): Promise<void> {
  const { world } = story.cloud
  const isSo = (): boolean => isDeepStrictEqual(actual(world, before), expected(world, input))
  try {
    await story.until(what, isSo, 4 * 60 * minute)
  } catch (error) {
    const timelines = await Promise.all(
      (await connections({ story })).map((id) => story.call('ada', 'GET', `${id}?api-version=${apiVersion}`)),
    )
    const [there, desired] = [actual(world, before), expected(world, input)]
    const missing = desired.filter((line) => !there.includes(line))
    const others = there.filter((line, at) => !desired.includes(line) || there.indexOf(line) !== at)
    const told = timelines.map(({ body }) => JSON.stringify(body)).join('\n')
    throw new Error(`${String(error)}\nmissing:\n  ${missing.join('\n  ')}\ntoo much:\n  ${others.join('\n  ')}\n${told}`)
  }
}

const connections = async ({ story }: Pick<World, 'story'>): Promise<readonly string[]> =>
  ((await story.call('ada', 'GET', '/connections')).body as { value: { id: string }[] }).value.map(({ id }) => id)

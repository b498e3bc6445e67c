// The stories that the bench tells, in virtual time, in the whole embedded environment. Each answers what it took.
import type { AzuriteHandle } from '../../src/local/cloud/storage/azurite.ts'
import { kubernetesObjects } from '../scenarios/footprint.ts'
import { idOfCluster, minute, type Story, startStory } from '../scenarios/story.ts'
import { type Counted, counting } from './counted.ts'
import { accountName, clusterName, connect, freshFleet } from './fleets.ts'

async function during<T>(azurite: AzuriteHandle, fleet: Parameters<typeof freshFleet>, tell: (story: Story) => Promise<T>): Promise<T> {
  const story = await startStory(azurite, { fleet: freshFleet(...fleet) })
  try {
    await story.putPolicy()
    await story.clock.pass(5_000)
    return await tell(story)
  } finally {
    const wrong = await story.close()
    if (wrong.length > 0) console.error(wrong.slice(0, 5).join('\n'))
  }
}

const secrets = ({ cloud }: Story, clusters: number): number =>
  Array.from({ length: clusters }, (_, index) => kubernetesObjects(cloud.world, idOfCluster(clusterName(index))))
    .flat()
    .filter(({ kind }) => kind === 'Secret').length

export type Connected = { readonly ms: number; readonly counted: Counted }

/** `count` connections put on one cluster at the same moment, until all their Secrets are there. */
export const fresh = (azurite: AzuriteHandle, count: number): Promise<Connected> =>
  during(azurite, [1], async (story) => {
    const counted = counting(story)
    const began = story.clock.now()
    for (let index = 0; index < count; index++) await connect(story, `p${index}`)
    await story.clock.until('every Secret to be there', () => secrets(story, 1) === count, 60 * minute)
    const ms = story.clock.now() - began
    await settle(story)
    return { ms, counted: counted() }
  })

/** Later events and reads belong to the connection's cost, too. */
const settle = (story: Story): Promise<void> => story.clock.pass(10 * minute)

async function settled(story: Story, count = 1): Promise<void> {
  for (let index = 0; index < count; index++) await connect(story, `p${index}`)
  await story.clock.until('every Secret to be there', () => secrets(story, 1) === count, 60 * minute)
  await settle(story)
}

/** A person requests a reconcile of a settled connection, while the app is warm. */
export const reconcile = (azurite: AzuriteHandle): Promise<Counted> =>
  during(azurite, [1], async (story) => {
    await settled(story)
    const ask = async (): Promise<void> => {
      const path = `${idOfCluster('c1')}/providers/Microsoft.ServiceLinker/linkers/p0/reconcile?api-version=2024-04-01`
      const answer = await story.call('ada', 'POST', path)
      if (answer.status !== 202) throw new Error(`The reconcile was refused: ${answer.status} ${JSON.stringify(answer.body)}`)
    }
    // The first run after ten minutes tells the namespace that the role has spread.
    await ask()
    await story.clock.pass(5 * minute)
    const counted = counting(story)
    await ask()
    await story.clock.pass(1_000)
    return counted()
  })

/** A day in which no one does anything: heartbeats, timers, and the audits that come by themselves. */
export const idleDay = (azurite: AzuriteHandle, connections = 1): Promise<Counted> =>
  during(azurite, [1], async (story) => {
    await settled(story, connections)
    const counted = counting(story)
    await story.clock.pass(24 * 60 * minute)
    return counted()
  })

export type Fleet = Connected & { readonly wallMs: number; readonly cpuMs: number }

/** `each` connections on each of many clusters, every one of them to another account. */
export const manyClusters = (azurite: AzuriteHandle, clusters: number, each: number): Promise<Fleet> =>
  during(azurite, [clusters, each], async (story) => {
    const counted = counting(story)
    const began = story.clock.now()
    const wall = performance.now()
    const cpu = process.cpuUsage()
    for (let cluster = 0; cluster < clusters; cluster++)
      await Promise.all(Array.from({ length: each }, (_, index) => connect(story, `p${index}`, clusterName(cluster), accountName(index))))
    await story.clock.until('every Secret to be there', () => secrets(story, clusters) === clusters * each, 6 * 60 * minute)
    const used = process.cpuUsage(cpu)
    const wallMs = performance.now() - wall
    return { ms: story.clock.now() - began, counted: counted(), wallMs, cpuMs: (used.user + used.system) / 1000 }
  })

// A wake is only a hint: wherever one gets lost, the heartbeat finds the loop by its due time, and the story ends as it would have. And no wake that
// counts is swallowed by others. WAKES=all loses every single one; otherwise a sample of them.
import { expect, it } from 'vitest'
import { occupyCluster } from '../../src/local/cloud/arm/cluster-lock.ts'
import type { ClientFault } from '../../src/local/host/contract.ts'
import { linkerId } from '../../src/model/connection.ts'
import { keyOf } from '../../src/model/loop.ts'
import { idOfAccount, idOfCluster, minute, type Scenario, useScenarios } from './scenario.ts'

const scenario = useScenarios()
const cluster = idOfCluster('c1')
const identityAuth = { authInfo: { authType: 'userAssignedIdentity' } }
/** One of so many is lost where not all are. */
const stride = process.env['WAKES'] === 'all' ? 1 : 6
const everything = 6

/** A story whose `at`-th wake from now on goes wrong. */
async function losing(): Promise<{ readonly story: Scenario; readonly wakes: { observed: number; at: number; fault: ClientFault } }> {
  const wakes = { observed: 0, at: 0, fault: 'lost' as ClientFault }
  const story = await scenario({
    host: {
      clientFault: ({ operation }) =>
        (operation === 'start' || operation === 'raise') && ++wakes.observed === wakes.at ? wakes.fault : undefined,
    },
  })
  await story.putPolicy()
  return { story, wakes }
}

async function connect({ clock, ...story }: Scenario, name: string): Promise<number> {
  const began = clock.now()
  await story.putLinker(name, identityAuth)
  await story.reaches(name, 'Succeeded', 30 * minute)
  expect(story.changes()).toHaveLength(everything)
  return clock.now() - began
}

async function disconnect({ clock, ...story }: Scenario, name: string): Promise<number> {
  const began = clock.now()
  await story.removeLinker(name)
  await story.vanishes(name, 30 * minute)
  expect(story.changes()).toEqual([])
  return clock.now() - began
}

it.each<ClientFault>(['lost', 'refused'])(
  'connects and disconnects within minutes, whichever wake is %s',
  async (fault) => {
    const { story, wakes } = await losing()
    wakes.fault = fault
    for (const work of [connect, disconnect]) {
      const other = work === connect ? disconnect : connect
      if (other === connect) await connect(story, 'first')
      wakes.observed = 0
      const usual = await work(story, 'first')
      const many = wakes.observed
      expect(many).toBeGreaterThan(3)
      if (other === disconnect) await disconnect(story, 'first')
      for (let at = 1 + (fault === 'lost' ? 0 : stride >> 1); at <= many; at += stride) {
        const name = `photos${at}`
        if (other === connect) await connect(story, name)
        Object.assign(wakes, { observed: 0, at })
        const took = await work(story, name)
        wakes.at = 0
        expect(took - usual, `wake ${at} of ${many}`).toBeLessThan(5 * minute)
        if (other === disconnect) await disconnect(story, name)
      }
    }
  },
  process.env['WAKES'] === 'all' ? 3_600_000 : 90_000,
)

it('loses half of all wakes and connects all the same', async () => {
  let turn = 0
  const story = await scenario({
    host: { clientFault: ({ operation }) => ((operation === 'start' || operation === 'raise') && turn++ % 2 === 0 ? 'lost' : undefined) },
  })
  await story.putPolicy()
  await connect(story, 'photos')
  await disconnect(story, 'photos')
})

const instances = (story: Scenario): string => `${story.host.url}/runtime/webhooks/durabletask/instances`
const connectionInstance = (name: string): string => `connection-${keyOf(linkerId(cluster, name))}`
async function manage(story: Scenario, method: string, path: string): Promise<number> {
  const init = method === 'POST' ? { method, body: '{}', headers: { 'content-type': 'application/json' } } : { method }
  return (await fetch(`${instances(story)}/${path}`, init)).status
}

it('acts at once on the wake that counts, however many came before while steps ran', async () => {
  const story = await scenario()
  await story.putPolicy()
  occupyCluster(story.cloud.world, cluster, 'update', 3 * 60 * minute)
  const clock = story.clock
  const intoTheMinute = () => clock.pass(minute - (clock.now() % minute) + 2_000)
  await intoTheMinute()
  await story.putLinker('photos', { targetService: { type: 'AzureResource', id: `${idOfAccount('nobody')}/blobServices/default` } })
  const id = connectionInstance('photos')
  const storm = async (): Promise<void> => {
    const statuses = await Promise.all(Array.from({ length: 25 }, () => manage(story, 'POST', `${id}/raiseEvent/wake`)))
    // An instance that has ended takes no event: its loop is at rest.
    expect(statuses.every((status) => status === 202 || status === 410)).toBe(true)
  }
  await storm()
  await clock.pass(1_000)
  for (let round = 0; round < 3; round++) {
    await storm()
    await intoTheMinute()
    await storm()
    await clock.pass(3_000)
  }
  // Between two beats of the heartbeat only the wake itself can have done it.
  await story.removeLinker('photos')
  await clock.pass(20_000)
  expect(clock.now() % minute).toBeLessThan(40_000)
  expect((await story.linker('photos')).status).toBe(404)
})

it('ends an instance that does not answer, and starts another', async () => {
  // the update of a cluster keeps the connection from being ready before any request is held
  const unready = { name: 'c1', group: 'shop', region: 'westeurope', namespaces: ['orders'], oidcIssuer: false, workloadIdentity: false }
  const story = await scenario({ fleet: { clusters: [unready] } })
  await story.putPolicy()
  await story.putLinker('photos', identityAuth)
  await story.clock.pass(1_000)
  for (const { instanceId } of (await (await fetch(instances(story))).json()) as { instanceId: string }[])
    await manage(story, 'POST', `${instanceId}/suspend`)
  const began = story.clock.now()
  await story.reaches('photos', 'Succeeded', 40 * minute)
  expect(story.clock.now() - began).toBeGreaterThan(14 * minute) // not sooner: a normal stop of the host can hold one back for 5 minutes
  expect(story.changes()).toHaveLength(everything)
})

it.each(['terminated', 'terminated and purged'])(
  'goes on where its instances were %s in the middle of a connect and of a disconnect',
  async (how) => {
    const story = await scenario()
    await story.putPolicy()
    const end = async (): Promise<void> => {
      for (const { instanceId } of (await (await fetch(instances(story))).json()) as { instanceId: string }[]) {
        await manage(story, 'POST', `${instanceId}/terminate`)
        await story.clock.idle()
        if (how !== 'terminated') await manage(story, 'DELETE', instanceId)
      }
    }
    await story.putLinker('photos', identityAuth)
    await end()
    await story.clock.pass(5_000)
    await end()
    await story.reaches('photos', 'Succeeded', 20 * minute)
    expect(story.changes()).toHaveLength(everything)
    await story.removeLinker('photos')
    await end()
    await story.clock.pass(2_000)
    await end()
    await story.vanishes('photos', 20 * minute)
    expect(story.changes()).toEqual([])
  },
)

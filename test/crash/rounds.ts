// Rounds of crashes: connections are made and removed while the host is killed over and over; each round has to end like one that no one
// disturbed. What is compared: everything outside, the ledger with `ours` and `adopted`, and that nothing was made twice.
import { setTimeout as wait } from 'node:timers/promises'
import type { Auth, Connection, Place } from './place.ts'

export type End = { readonly outside: readonly string[]; readonly ledger: readonly string[] }
export type Round = { readonly kills: number; readonly wrong: readonly string[] }

/** Asked whenever the host has come (back): arranges its next death. The answer calls that off, for the work is done. */
export type Killer = (place: Place) => Promise<() => Promise<void>>

const nothing = async (): Promise<void> => undefined
export const nobody: Killer = async () => nothing

/** After `first` commits, and then every `every` commits. */
export function byCommits(first: number, every: number): Killer {
  let next = first
  return async (place) => {
    await place.killAfter(next)
    next = every
    return () => place.killAfter(Number.POSITIVE_INFINITY)
  }
}

/** At moments drawn by `random`, between 0 and 1; so often, then it is let alone. */
export function atRandom(random: () => number, times: number, longest = 900): Killer {
  let left = times
  return async (place) => {
    if (left-- <= 0) return nothing
    let killing = nothing()
    const timer = setTimeout(() => {
      killing = place.kill()
    }, random() * longest)
    // A kill that is on its way has to be waited for, or nothing brings the host back.
    return async () => {
      clearTimeout(timer)
      await killing
    }
  }
}

/** Of a machine that does much else besides. */
const patience = 300_000

/** Does `work` and waits for `isDone`, while the killer kills. Counts how often it did. */
async function throughKills(
  place: Place,
  killer: Killer,
  work: () => Promise<void>,
  isDone: () => Promise<boolean>,
  count: { kills: number },
): Promise<void> {
  let over = false
  const nurse = (async () => {
    for (;;) {
      const died = place.died()
      const callOff = await killer(place).catch(() => nothing) // it is dead already
      await Promise.race([died, until(() => over)])
      if (over) await callOff().catch(nothing)
      if (over && !place.isDead()) return
      await died
      count.kills++
      await place.restart()
    }
  })()
  try {
    await work()
    const end = performance.now() + patience
    while (!(await isDone())) {
      if (performance.now() > end) throw new Error('it did not come to an end')
      await wait(100)
    }
  } finally {
    over = true
    await nurse
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await wait(50)
}

export async function round(
  place: Place,
  connections: readonly Connection[],
  killer: () => Killer,
  expected?: End,
): Promise<Round & { readonly end: End }> {
  const before = await place.footprint()
  await place.calls()
  const wrong: string[] = []
  const all = (state: string) => async (): Promise<boolean> => {
    for (const connection of connections) if ((await place.state(connection)) !== state) return false
    return true
  }
  const each = (ask: (connection: Connection) => Promise<void>) => async (): Promise<void> => {
    await Promise.all(connections.map(ask))
  }
  const count = { kills: 0 }
  let end: End = { outside: [], ledger: [] }
  try {
    await throughKills(place, killer(), each(place.connect), all('Succeeded'), count)
    await settled(place, (ledger) => ledger.every((line) => !line.endsWith(' intended')))
    const now = await place.footprint()
    end = { outside: masked(now.filter((line) => !before.includes(line))), ledger: masked(await place.ledger()) }
    if (expected && JSON.stringify(end) !== JSON.stringify(expected)) wrong.push(`connected, it is ${JSON.stringify(end, null, 1)}`)
    wrong.push(...doubled(await place.calls()))
    await throughKills(place, killer(), each(place.disconnect), all('gone'), count)
    await settled(place, (ledger) => ledger.length === 0)
    const left = (await place.footprint()).filter((line) => !before.includes(line))
    if (left.length > 0) wrong.push(`disconnected, it left ${left.join(', ')}`)
    wrong.push(...(await place.violations()))
  } catch (error) {
    wrong.push(error instanceof Error ? (error.stack ?? error.message) : String(error))
    wrong.push(...(await place.ledger()).map((line) => `held: ${line}`))
  }
  return { kills: count.kills, wrong, end }
}

/** What tells of a connection comes after it is good. */
async function settled(place: Place, isSo: (ledger: readonly string[]) => boolean): Promise<void> {
  for (const end = performance.now() + patience; ; await wait(200)) {
    const atWork = await place.atWork()
    if (atWork.length === 0 && isSo(await place.ledger())) return
    if (performance.now() > end) throw new Error(`the ledger does not come to rest: ${atWork.join(', ')}`)
  }
}

/** Writes that made what was not there, more often than once. */
function doubled(calls: Awaited<ReturnType<Place['calls']>>): readonly string[] {
  const made = calls
    .filter(({ method, status }) => status === 201 && (method === 'PUT' || method === 'PATCH'))
    .map(({ path, host }) => host + path)
  return made.filter((path, index) => made.indexOf(path) !== index).map((path) => `made twice: ${path}`)
}

/** Without what differs from round to round. */
const masked = (lines: readonly string[]): readonly string[] =>
  lines
    .map((line) =>
      line
        .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi, '*')
        .replace(/\d+\.\d+\.\d+\.\d+/g, '<ip>')
        .replace(/\bc\d+\b/g, '<cluster>')
        .replace(/(sc-<cluster>-orders-default)-[a-z2-7]+/g, '$1-*')
        .replace(/k\d+-(secret|identity)/g, 'k-$1')
        .replace(/(sc-main)-[a-z2-7]{26}/g, '$1-*'),
    )
    .sort()

const names = { secret: 'by-key', userAssignedIdentity: 'by-identity', servicePrincipalSecret: 'by-principal' } as const
export const connectionsOn = (clusters: readonly string[], auths: readonly Auth[]): readonly Connection[] =>
  clusters.flatMap((cluster) => auths.map((auth) => ({ name: names[auth], cluster, auth })))

// One run over the fleet: cluster after cluster, some at a time, each reduced to its report before the next one, so that memory does not grow with the
// fleet. A store that is empty or fails stops the run: from where nothing is known, everything looks left over.
import { mapConcurrent } from '../contract/map-concurrent.ts'
import { problemOf } from '../errors/catalogue.ts'
import { Failure } from '../errors/failure.ts'
import { digestOf } from '../model/evidence.ts'
import { isManagedKind } from '../model/kubernetes-kind.ts'
import {
  type ListedObject,
  type ReportEntry,
  refText,
  reportId,
  type Skipped,
  type SweepReport,
  type Verdict,
  wholeFleet,
} from '../model/leftover.ts'
import type { Loop } from '../model/loop.ts'
import type { Store } from '../ports/store.ts'
import type { Requests, SweepStore, SweptAzure } from '../ports/sweep.ts'
import { sweepAzure } from './azure-side.ts'
import type { AzureSweeping } from './azure-sweeping.ts'
import type { Look } from './own-lists.ts'
import { ownerOf } from './own-objects.ts'
import { type Round, type Sweeping, sweepCluster } from './round.ts'
import { nobodyYet, trust } from './trusted.ts'

/** Clusters at a time: each has up to four connections to its API server. */
const atOnce = 8
/** The host ends a function after ten minutes (host.json). */
const longestMs = 8 * 60_000
/** Skipped clusters that a report names. */
const mostNamed = 200

export type RunInput = {
  readonly look: Look
  /** What is looked at as a whole in any run: clusters, or the fleet. */
  readonly requested: Requests
  readonly sweeping: Omit<Sweeping, 'budget' | 'store'> & { readonly azure: SweptAzure }
  readonly store: Store
  /** What the list of a cluster says about the objects of an owner. */
  readonly listed: (list: string, owners: ReadonlyMap<string, string>) => void
  /** A verdict that differs from the one before. */
  readonly changed: (entry: ReportEntry) => void
}

/** `undefined`: no cluster was looked at as a whole, so there is nothing to report. */
export async function runSweep({ look, requested, sweeping, store, listed, changed }: RunInput): Promise<SweepReport | undefined> {
  const startedAt = sweeping.now()
  const isWhole = look === 'everything' || requested.has(wholeFleet)
  const tally = createTally({ id: reportId(startedAt), startedAt, mode: sweeping.settings.mode, scope: isWhole ? 'fleet' : 'requested' })
  const isReported = isWhole || requested.size > 0
  if (!(await hasConnections(store))) {
    const stopped = 'The store came back without a connection, so nothing counts as left over.'
    const nothing = { ...tally.report(), stopped, finishedAt: sweeping.now() }
    if (isReported) await store.sweeps.finish(nothing)
    await answer(requested, store)
    return isReported ? nothing : undefined
  }
  if (isReported) await store.sweeps.begin(tally.report())
  const report = async (entries: readonly ReportEntry[]): Promise<void> => {
    for (const entry of entries) if (entry.verdict !== entry.before) changed(entry)
    await store.sweeps.add(tally.report().id, entries)
  }
  const guarded: Sweeping = { ...sweeping, store: stopping(store), budget: { left: sweeping.settings.most } }
  const clusters: string[] = []
  const accounts = new Set<string>()
  const trusted = nobodyYet()
  const addresses = new Set<string>()
  const seen = new Set<string>()
  const open = new Map(requested)
  await mapConcurrent(requestedFirst(store, requested), atOnce, async (loop) => {
    clusters.push(loop.id)
    open.delete(loop.key)
    const request = requested.get(loop.key)
    const whole: Look = isWhole || request !== undefined ? 'everything' : 'evidence'
    const round = sweeping.now() - startedAt > longestMs ? later(loop) : await sweepCluster(loop, whole, guarded)
    for (const ip of round.addresses ?? []) addresses.add(ip)
    if ('own' in round) listed(nameOfList(loop), digests(round.own))
    if ('skipped' in round && round.skipped.code === cutShort) await store.sweeps.request(loop.key)
    if (whole === 'evidence') {
      if ('skipped' in round && !round.isSeldom) tally.passOver(round.skipped)
      return
    }
    tally.add(round)
    if ('skipped' in round) return
    await report(round.entries)
    seen.add(loop.key)
    for (const { name } of round.accounts) accounts.add(name)
    if (round.issuer !== undefined) trust(trusted, round.issuer, round.accounts)
    if (request !== undefined) await store.sweeps.answered(loop.key, request)
  })
  // Whether an identity is free is known only after all clusters.
  if (isWhole) await inAzure({ ...guarded, azure: sweeping.azure, accounts, trusted, seen, addresses, clusters }, tally, report)
  await answer(open, store)
  if (!isReported) return undefined
  const finished = { ...tally.report(), finishedAt: sweeping.now() }
  await store.sweeps.finish(finished)
  return finished
}

/** Without an answer of Azure nothing of it is judged, and the report says so. */
async function inAzure(of: AzureSweeping, tally: Tally, report: (entries: readonly ReportEntry[]) => Promise<void>): Promise<void> {
  try {
    const { entries, skipped } = await sweepAzure(of)
    for (const one of skipped) tally.passOver(one)
    tally.count(entries)
    await report(entries)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    const { code, text } = problemOf(error.fields)
    tally.passOver({ cluster: 'Azure', code, reason: text })
  }
}

/** A run begins with what it was asked for, also by one that took too long. */
async function* requestedFirst(store: Store, requested: Requests): AsyncIterable<Loop<'cluster'>> {
  const isFirst = ({ key }: Loop): boolean => requested.has(key)
  if (requested.size > 0) for await (const { loop } of store.loops('cluster')) if (isFirst(loop)) yield loop
  for await (const { loop } of store.loops('cluster')) if (!isFirst(loop)) yield loop
}

/** Requests for the whole fleet, and for clusters that the store knows no more. */
async function answer(requests: Requests, { sweeps }: Store): Promise<void> {
  for (const [scope, request] of requests) await sweeps.answered(scope, request)
}

async function hasConnections(store: Store): Promise<boolean> {
  for await (const _row of store.connections()) return true
  return false
}

const cutShort = 'SweepCutShort'
const later = ({ id }: Loop): Round => ({
  skipped: { cluster: id, code: cutShort, reason: 'The run took too long. The next one begins with this cluster.' },
})

const nameOfList = (cluster: Pick<Loop, 'key'>): string => `cluster-${cluster.key}`

/** By owner: which objects exist, and in which version. The status ConfigMap is advisory, and shared by all. */
function digests(objects: readonly ListedObject[]): ReadonlyMap<string, string> {
  const owned = Map.groupBy(
    objects.filter(({ kind }) => isManagedKind(kind)),
    ownerOf,
  )
  const textOf = (object: ListedObject): string => `${refText(object)} ${object.uid}/${object.resourceVersion}`
  return new Map([...owned].map(([owner, group]) => [owner, digestOf(group.map(textOf).sort())]))
}

type Tally = ReturnType<typeof createTally>
type Begun = Pick<SweepReport, 'id' | 'startedAt' | 'mode' | 'scope'>

function createTally(begun: Begun) {
  const skipped: Skipped[] = []
  const verdicts: Partial<Record<Verdict, number>> = {}
  let [clusters, skippedCount, objects, changed] = [0, 0, 0, 0]
  const passOver = (one: Skipped): void => {
    skippedCount++
    if (skipped.length < mostNamed) skipped.push(one)
  }
  const count = (entries: readonly ReportEntry[]): void => {
    for (const { verdict, before } of entries) {
      verdicts[verdict] = (verdicts[verdict] ?? 0) + 1
      if (verdict !== before) changed++
    }
  }
  return {
    passOver,
    add(round: Round): void {
      clusters++
      if ('skipped' in round) {
        passOver(round.skipped)
        return
      }
      if (round.unread) passOver(round.unread)
      objects += round.own.length
      count(round.entries)
    },
    count,
    report: (): SweepReport => ({ ...begun, clusters, skipped: [...skipped], skippedCount, objects, verdicts: { ...verdicts }, changed }),
  }
}

/** A failure of the app's own store, told from one of a cluster: it ends the run instead of skipping a cluster. */
class StoreFailed extends Error {}

const failing =
  <A extends readonly unknown[], R>(read: (...args: A) => Promise<R>) =>
  (...args: A): Promise<R> =>
    read(...args).catch((error: unknown) => {
      throw error instanceof Failure ? new StoreFailed(error.message) : error
    })

function stopping(store: Store): Store {
  const { sweeps } = store
  const guarded: SweepStore = {
    ...sweeps,
    look: failing(sweeps.look),
    suspects: failing(sweeps.suspects),
    note: failing(sweeps.note),
    cluster: failing(sweeps.cluster),
    putCluster: failing(sweeps.putCluster),
  }
  return { ...store, sweeps: guarded }
}

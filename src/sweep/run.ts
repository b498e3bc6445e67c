// One run over the fleet: cluster after cluster, some at a time, each reduced to its report before the next one, so that memory does not grow with the
// fleet. A store that is empty or fails stops the run: from where nothing is known, everything looks left over.
import { mapConcurrent } from '../contract/map-concurrent.ts'
import { problemOf } from '../errors/catalogue.ts'
import { Failure } from '../errors/failure.ts'
import { digestOf } from '../model/evidence.ts'
import { isManagedKind } from '../model/kubernetes-kind.ts'
import { type ListedObject, type ReportEntry, refText, reportId, type Skipped, type SweepReport, type Verdict } from '../model/leftover.ts'
import type { Loop } from '../model/loop.ts'
import { nameOf } from '../model/words.ts'
import type { Store } from '../ports/store.ts'
import type { SweepStore, SweptAzure } from '../ports/sweep.ts'
import { type AzureSweeping, sweepAzure } from './azure-side.ts'
import type { Look } from './own-lists.ts'
import { ownerOf } from './own-objects.ts'
import { type Round, type Sweeping, sweepCluster } from './round.ts'

/** Clusters at a time: each has up to four connections to its API server. */
const atOnce = 8
/** The host ends a function after ten minutes (host.json). */
const longestMs = 8 * 60_000
/** Skipped clusters that a report names. */
const mostNamed = 200

export type RunInput = {
  readonly look: Look
  /** Clusters that are looked at as a whole in any run. */
  readonly requested: ReadonlySet<string>
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
  const isWhole = look === 'everything'
  const tally = createTally({ id: reportId(startedAt), startedAt, mode: sweeping.settings.mode, scope: isWhole ? 'fleet' : 'requested' })
  const isReported = isWhole || requested.size > 0
  if (!(await hasConnections(store))) {
    const stopped = 'The store came back without a connection, so nothing counts as left over.'
    const nothing = { ...tally.report(), stopped, finishedAt: sweeping.now() }
    if (isReported) await store.sweeps.finish(nothing)
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
  const unseen = new Set<string>()
  await mapConcurrent(store.loops('cluster'), atOnce, async ({ loop }) => {
    clusters.push(loop.id)
    const isRequested = requested.has(loop.key)
    const whole: Look = isWhole || isRequested ? 'everything' : 'evidence'
    const round = sweeping.now() - startedAt > longestMs ? later(loop) : await sweepCluster(loop, whole, guarded)
    if ('own' in round) listed(nameOfList(loop), digests(round.own))
    else unseen.add(nameOf(loop).toLowerCase())
    for (const name of 'entries' in round ? accountsLeft(round.entries) : []) accounts.add(name)
    if (whole === 'everything') {
      tally.add(round)
      if ('entries' in round) await report(round.entries)
      if ('skipped' in round && round.skipped.code === 'SweepCutShort') await store.sweeps.request(loop.key)
      else if (isRequested && 'entries' in round) await store.sweeps.answered(loop.key)
    } else if ('skipped' in round) tally.skip(round.skipped)
  })
  // Whether an identity is free is known only after all clusters.
  if (isWhole) await inAzure({ ...guarded, azure: sweeping.azure, accounts, unseen, clusters }, tally, report)
  if (!isReported) return undefined
  const finished = { ...tally.report(), finishedAt: sweeping.now() }
  await store.sweeps.finish(finished)
  return finished
}

/** Without an answer of Azure nothing of it is judged, and the report says so. */
async function inAzure(of: AzureSweeping, tally: Tally, report: (entries: readonly ReportEntry[]) => Promise<void>): Promise<void> {
  try {
    const entries = await sweepAzure(of)
    tally.count(entries)
    await report(entries)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    const { code, text } = problemOf(error.fields)
    tally.skip({ cluster: 'Azure', code, reason: text })
  }
}

const accountsLeft = (entries: readonly ReportEntry[]): readonly string[] =>
  entries.flatMap(({ kind, place, verdict }) =>
    kind === 'ServiceAccount' && verdict !== 'deleted' && verdict !== 'gone' ? [place.slice(place.indexOf('/') + 1)] : [],
  )

async function hasConnections(store: Store): Promise<boolean> {
  for await (const _row of store.connections()) return true
  return false
}

const later = ({ id }: Loop): Round => ({
  skipped: { cluster: id, code: 'SweepCutShort', reason: 'The run took too long. The next one begins with this cluster.' },
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
  const skip = (one: Skipped): void => {
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
    skip,
    add(round: Round): void {
      clusters++
      if ('skipped' in round) {
        skip(round.skipped)
        return
      }
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

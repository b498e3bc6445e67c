// One cluster of a run: list, compare with the store, decide, and note the result. Incomplete evidence proves nothing: a cluster that is stopped, gone or
// not reached, or that refuses a list, is skipped, and the report says so.
import { problemOf, problemOfError } from '../errors/catalogue.ts'
import { Failure } from '../errors/failure.ts'
import type { ListedObject, ReportEntry, Skipped, SweepSettings } from '../model/leftover.ts'
import type { Loop } from '../model/loop.ts'
import type { Problem } from '../model/problem.ts'
import { nameOf } from '../model/words.ts'
import type { Store } from '../ports/store.ts'
import type { OpenByCommand, OpenSwept, SweptCluster } from '../ports/sweep.ts'
import { handedTo, upstreamCandidates } from './azure-service-connector.ts'
import type { SweepArm } from './azure-sweeping.ts'
import { type Budget, judge } from './judge.ts'
import { ownCandidates } from './own-candidates.ts'
import { type Look, listOwn } from './own-lists.ts'
import { expectedOf } from './own-objects.ts'
import { notCommanded, type Passed, waysTo } from './ways.ts'

export type Sweeping = {
  readonly store: Store
  readonly open: OpenSwept
  readonly openByCommand: OpenByCommand
  readonly arm: SweepArm
  readonly settings: SweepSettings
  /** In every label of this installation. */
  readonly installation: string
  readonly isSystem: (namespace: string) => boolean
  readonly goneAfterMs: number
  readonly budget: Budget
  readonly now: () => number
}

/** `skipped`: the whole cluster. */
export type Round = (Looked | Passed) & {
  /** Those that the cluster comes from, as far as the store knows. */
  readonly addresses?: readonly string[]
  /** Of its tokens, as far as the store knows. */
  readonly issuer?: string
}
type Looked = {
  /** What was listed with the installation's labels, as evidence for the owners. */
  readonly own: readonly ListedObject[]
  readonly entries: readonly ReportEntry[]
  /** The ServiceAccounts that are there after it. */
  readonly accounts: readonly Pick<ListedObject, 'namespace' | 'name'>[]
  /** Why what Azure Service Connector left was not looked for. */
  readonly unread?: Skipped
}

type Found = Awaited<ReturnType<Store['sweeps']['look']>>
/** Opens the cluster, or says why it cannot be. */
type Opening = () => Promise<SweptCluster | Problem>

export async function sweepCluster(cluster: Loop<'cluster'>, look: Look, sweeping: Sweeping): Promise<Round> {
  const found = await sweeping.store.sweeps.look(cluster)
  const { egressIps = [], issuer } = found?.facts ?? {}
  return { ...(await lookByWay(cluster, found, look, sweeping)), addresses: egressIps, ...(issuer === undefined ? {} : { issuer }) }
}

async function lookByWay(cluster: Loop<'cluster'>, found: Found, look: Look, sweeping: Sweeping): Promise<Round> {
  const ways = await waysTo(cluster, found, sweeping.store)
  const direct = ways.includes('direct')
    ? await lookInto(cluster, found, look, sweeping, () => sweeping.open(cluster, found?.facts.fqdn))
    : undefined
  if (direct && (!ways.includes('run-command') || !isUnreached(direct))) return direct
  const unready = await notCommanded(cluster, found?.facts ?? {}, look, sweeping)
  return unready ?? (await lookInto(cluster, found, look, sweeping, () => sweeping.openByCommand(cluster)))
}

const isUnreached = (round: Round): boolean => 'skipped' in round && round.skipped.code === 'KubernetesUnreachable'

async function lookInto(cluster: Loop<'cluster'>, found: Found, look: Look, sweeping: Sweeping, opening: Opening): Promise<Round> {
  const { store, now } = sweeping
  const because = ({ code, text }: Pick<Problem, 'code' | 'text'>): Skipped => ({ cluster: cluster.id, code, reason: text })
  const skip = (problem: Problem): Round => ({ skipped: because(problem) })
  const { running, gone, uid, addons } = found?.facts ?? {}
  const about = { cluster: nameOf(cluster), id: cluster.id }
  if (gone) return skip(problemOf({ code: 'ClusterGone', about }))
  if (running === false) return skip(problemOf({ code: 'ClusterStopped', about }))
  try {
    const swept = await opening()
    if ('code' in swept) return skip(swept)
    const expected = expectedOf(found?.members ?? [])
    const handed = look === 'everything' ? await asked(handedTo(cluster, uid, swept, sweeping)) : undefined
    const isUsed = handed !== undefined && !('code' in handed)
    const upstream = isUsed ? await upstreamCandidates(cluster, handed, swept, expected, sweeping) : undefined
    const hasClasses = addons?.azureKeyvaultSecretsProvider !== undefined
    const { own, accounts } = upstream ?? (await listOwn(swept, look, hasClasses, sweeping.installation))
    if (look === 'evidence') return { own, entries: [], accounts: [] }

    const before = await store.sweeps.suspects(cluster.key)
    const suspected = new Set(before.map(({ id }) => id))
    const candidates = [...(await ownCandidates(own, expected, suspected, cluster, store)), ...(upstream?.candidates ?? [])]
    const { suspects, entries } = await judge(candidates, before, {
      ...sweeping,
      cluster,
      swept,
      counts: { installation: own.length, 'azure-service-connector': upstream?.count ?? 0 },
      now: now(),
    })
    await store.sweeps.note(before, suspects)
    const unread = handed !== undefined && 'code' in handed ? { unread: because(handed) } : {}
    return { own, entries, accounts: remaining(accounts, entries), ...unread }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return skip(problemOfError(error, `sweep cluster ${about.cluster}`))
  }
}

/** A refusal of Azure about the product's extension leaves the app's own objects as they can be judged. */
const asked = <T>(asking: Promise<T>): Promise<T | Problem> =>
  asking.catch((error: unknown) => {
    if (!(error instanceof Failure)) throw error
    return problemOf(error.fields)
  })

/** But for those that this run deleted. */
function remaining(accounts: readonly ListedObject[], entries: readonly ReportEntry[]): Looked['accounts'] {
  const deleted = new Set(entries.flatMap(({ uid, verdict }) => (verdict === 'deleted' ? [uid] : [])))
  return accounts.filter(({ uid }) => !deleted.has(uid)).map(({ namespace, name }) => ({ namespace, name }))
}

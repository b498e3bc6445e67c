// Decides about the candidates of one cluster and carries the decisions out: marks, unmarks, deletes, within the caps. What was decided is in the rows
// that it returns; an act that fails is in them as well.
import { problemOf } from '../errors/catalogue.ts'
import { Failure } from '../errors/failure.ts'
import type { ReportEntry, Suspect, SweepSettings } from '../model/leftover.ts'
import { type ListedObject, type Product, refText, suspectId } from '../model/leftover.ts'
import type { Loop } from '../model/loop.ts'
import { past } from '../model/moments.ts'
import { kubernetesAnnotations } from '../model/names.ts'
import { timeText } from '../model/words.ts'
import type { SweptCluster, Users } from '../ports/sweep.ts'
import type { Candidate } from './candidate.ts'
import { type Decision, decide } from './decide.ts'

/** Deletes that are left in this run. */
export type Budget = { left: number }
export type Judging = {
  readonly cluster: Loop<'cluster'>
  readonly swept: SweptCluster
  readonly settings: SweepSettings
  readonly isSystem: (namespace: string) => boolean
  /** A connection of Azure Service Connector must have been missing this long. */
  readonly goneAfterMs: number
  readonly budget: Budget
  /** How many objects of each product the cluster has. */
  readonly counts: Readonly<Record<Product, number>>
  readonly now: number
}
const { prune } = kubernetesAnnotations
export type Judged = { readonly suspects: readonly Suspect[]; readonly entries: readonly ReportEntry[] }

export async function judge(candidates: readonly Candidate[], before: readonly Suspect[], of: Judging): Promise<Judged> {
  const known = new Map(before.map((row) => [row.id, row]))
  const left = candidates.filter(({ isOwned }) => !isOwned)
  const users = await usersOf(left, of)
  const allowed = allowances(of)
  const suspects: Suspect[] = []
  const entries: ReportEntry[] = []
  for (const candidate of candidates) {
    const id = suspectId(of.cluster, candidate.object, candidate.object.uid)
    const was = known.get(id)
    known.delete(id)
    const suspect = await judgeOne(candidate, was, id, users, allowed, of)
    // Only a forged mark was on it.
    if (candidate.isOwned && !was) continue
    entries.push(entryOf(suspect, was, of.cluster))
    if (suspect.verdict !== 'deleted' && suspect.verdict !== 'recovered') suspects.push(strip(suspect))
  }
  // What is not a candidate any more: not listed, made again under its name, or as it should be.
  for (const was of known.values()) {
    const reason = 'it is not there any more, or has an owner again'
    entries.push(entryOf({ ...was, verdict: 'gone', reason }, was, of.cluster))
  }
  return { suspects, entries }
}

type Draft = Suspect & { readonly deletableAt?: number }
const strip = ({ deletableAt: _, ...suspect }: Draft): Suspect => suspect

function entryOf({ etag: _, ...suspect }: Draft, was: Suspect | undefined, cluster: Loop<'cluster'>): ReportEntry {
  return { ...suspect, cluster: cluster.id, ...(was ? { before: was.verdict } : {}) }
}

/** Without candidates nothing is listed. */
async function usersOf(candidates: readonly Candidate[], { swept }: Judging): Promise<Users> {
  if (candidates.length === 0) return { of: () => [], missing: [], unchecked: [] }
  return await swept.usersOf(candidates.map(({ object }) => object))
}

/** One object may always go, so that a small cluster is cleaned up as well. */
function allowances({ counts, settings: { share } }: Judging): Record<Product, number> {
  const part = (count: number): number => Math.max(1, Math.floor(count * share))
  return { installation: part(counts.installation), 'azure-service-connector': part(counts['azure-service-connector']) }
}

async function judgeOne(
  candidate: Candidate,
  before: Suspect | undefined,
  id: string,
  users: Users,
  allowed: Record<Product, number>,
  of: Judging,
): Promise<Draft> {
  const { object, product } = candidate
  const { now, settings } = of
  const was = sameAs(object, before, now)
  // Only a look that could tell counts as one without an owner.
  const since = candidate.unread === undefined ? past(was?.since ?? now, now) : now
  const at = { id, uid: object.uid, version: object.resourceVersion }
  const base = { ...at, kind: object.kind, place: `${object.namespace}/${object.name}`, product, since, ...kept(was) }
  const isOn = settings.mode === 'all' || (settings.mode === 'own' && product === 'installation')
  const missing = [...users.missing, ...(candidate.unread === undefined ? [] : [candidate.unread])]
  const decision = decide(
    {
      isOwned: candidate.isOwned,
      isSystem: of.isSystem(object.namespace),
      unproven: candidate.unproven,
      optOut: object.annotations[prune] === 'disabled' ? `annotation ${prune}` : undefined,
      isGoing: object.isGoing,
      isMarked: object.annotations[kubernetesAnnotations.leftOverSince] !== undefined,
      users: usersKnown(users.of(object), missing),
    },
    was ?? {},
    { now, graceMs: settings.graceMs, isOn },
  )
  const unchecked = users.unchecked.length > 0 && decision.isFree ? ` (not checked: ${users.unchecked.join(', ')})` : ''
  const drafted: Draft = {
    ...base,
    verdict: decision.verdict,
    reason: `${decision.reason}${unchecked}`,
    ...(decision.isFree ? { freeSince: past(was?.freeSince ?? now, now) } : {}),
    ...(decision.users ? { users: decision.users } : {}),
    ...(decision.deletableAt === undefined ? {} : { deletableAt: decision.deletableAt }),
  }
  return stillApproved(await carryOut(decision, drafted, candidate, allowed, of), was)
}

/** Another writer, such as a connection that was there between two looks, makes it a new one: its grace begins again. */
function sameAs({ resourceVersion }: ListedObject, was: Suspect | undefined, now: number): Suspect | undefined {
  if (was?.version === undefined || was.version === resourceVersion) return was
  const { markedAt: _, freeSince: __, ...rest } = was
  return { ...rest, since: now }
}

/** An approval is for the next run: only what has to wait stays approved. */
export const stillApproved = <S extends Suspect>(suspect: S, was: Suspect | undefined): S =>
  was?.approved && (suspect.verdict === 'waiting' || suspect.verdict === 'deleted') ? { ...suspect, approved: was.approved } : suspect

/** One user is enough to spare an object, even where others could not be read. */
const usersKnown = (users: readonly string[], missing: readonly string[]): readonly string[] | { readonly unknown: readonly string[] } =>
  users.length > 0 || missing.length === 0 ? users : { unknown: missing }

const kept = (was: Suspect | undefined): Pick<Suspect, 'markedAt' | 'etag'> => ({
  ...(was?.markedAt === undefined ? {} : { markedAt: was.markedAt }),
  ...(was?.etag === undefined ? {} : { etag: was.etag }),
})

async function carryOut(
  { act, deletableAt }: Decision,
  draft: Draft,
  candidate: Candidate,
  allowed: Record<Product, number>,
  of: Judging,
): Promise<Draft> {
  const { object, product } = candidate
  const { swept, now, budget } = of
  const { markedAt: _, ...unmarked } = draft
  try {
    if (act === 'mark') {
      const version = await swept.mark(object, markText(object, deletableAt ?? now), now)
      return { ...seenAs(draft, version), markedAt: now }
    }
    if (act === 'unmark') {
      return seenAs(unmarked, await swept.unmark(object))
    }
    if (act !== 'delete') return draft
    if (product === 'azure-service-connector' && now - draft.since < of.goneAfterMs)
      return { ...draft, verdict: 'waiting', reason: 'its connection was not found once; it is asked for again in the next run' }
    if (budget.left <= 0 || allowed[product] <= 0)
      return { ...draft, verdict: 'waiting', reason: 'this run has deleted as many objects as it may' }
    budget.left--
    allowed[product]--
    if (!(await candidate.isStillLeft())) return { ...draft, verdict: 'waiting', reason: 'its connection came back just now' }
    await swept.remove(object)
    return draft
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    const isStale = error.fields.class === 'stale'
    const reason = isStale ? 'it changed since it was listed, so it is judged again' : problemOf(error.fields).text
    return { ...draft, verdict: isStale ? 'waiting' : 'refused', reason }
  }
}

function seenAs({ version: _, ...draft }: Draft, version: string | undefined): Draft {
  return version === undefined ? draft : { ...draft, version }
}

const markText = (object: ListedObject, deletableAt: number): string =>
  `${refText(object)} is left over: its connection is gone. Unless it is used, it is deleted after ${timeText(deletableAt)}. To keep it, annotate it with ${prune}=disabled.`

// Decides about the candidates of one cluster, within the caps, and has it carried out (carry-out.ts). What was decided is in the rows that it returns; an act
// that fails is in them as well.
import type { ReportEntry, Suspect, SweepSettings } from '../model/leftover.ts'
import { type ListedObject, type Product, suspectId } from '../model/leftover.ts'
import type { Loop } from '../model/loop.ts'
import { past } from '../model/moments.ts'
import { kubernetesAnnotations } from '../model/names.ts'
import type { SweptCluster, Users } from '../ports/sweep.ts'
import type { Candidate } from './candidate.ts'
import { carriedOut, type Draft, type Plan } from './carry-out.ts'
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
  const caps: Caps = { allowed: allowances(of), acts: of.swept.atOnce ?? Number.POSITIVE_INFINITY }
  const plans = candidates.map((candidate): Plan => {
    const id = suspectId(of.cluster, candidate.object, candidate.object.uid)
    const was = known.get(id)
    known.delete(id)
    return { candidate, was, ...planned(candidate, was, id, users, caps, of) }
  })
  const suspects: Suspect[] = []
  const entries: ReportEntry[] = []
  for (const { candidate, was, draft } of await carriedOut(plans, of)) {
    const suspect = stillApproved(draft, was)
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

/** What is left of each in this round. */
type Caps = { readonly allowed: Record<Product, number>; acts: number }
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

function planned(
  candidate: Candidate,
  before: Suspect | undefined,
  id: string,
  users: Users,
  caps: Caps,
  of: Judging,
): Pick<Plan, 'draft' | 'act'> {
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
  return capped(decision, drafted, product, caps, of)
}

/** What is put off keeps what is known of it. */
function capped({ act }: Decision, draft: Draft, product: Product, caps: Caps, of: Judging): Pick<Plan, 'draft' | 'act'> {
  if (act === undefined) return { draft }
  const waiting = (reason: string) => ({ draft: { ...draft, verdict: 'waiting', reason } as const })
  if (act === 'delete') {
    if (product === 'azure-service-connector' && of.now - draft.since < of.goneAfterMs)
      return waiting('its connection was not found once; it is asked for again in the next run')
    if (of.budget.left <= 0 || caps.allowed[product] <= 0) return waiting('this run has deleted as many objects as it may')
  }
  if (caps.acts <= 0)
    return act === 'unmark' && draft.verdict !== 'recovered'
      ? { draft }
      : waiting('this run has sent as much into the cluster as one command carries')
  caps.acts--
  if (act === 'delete') {
    of.budget.left--
    caps.allowed[product]--
  }
  return { draft, act }
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

// Decides about one thing that was found in Azure, and removes it within the cap of the run.
import { problemOf } from '../errors/catalogue.ts'
import { Failure } from '../errors/failure.ts'
import type { Suspect, Verdict } from '../model/leftover.ts'
import { keyOf } from '../model/loop.ts'
import { past } from '../model/moments.ts'
import type { AzureSweeping } from './azure-sweeping.ts'
import { decide } from './decide.ts'
import type { Found } from './found-in-azure.ts'
import { stillApproved } from './judge.ts'

/** What is to go, and is still there. */
const going: ReadonlySet<Verdict> = new Set<Verdict>(['left over', 'marked', 'waiting', 'refused'])

/** `holders`: keys of the identities that still have something that is to go; it is told of this one. */
export async function judgeFound(
  found: Found,
  id: string,
  was: Suspect | undefined,
  holders: Set<string>,
  of: AzureSweeping,
): Promise<Suspect> {
  const suspect = stillApproved(await judged(found, id, was, holders, of), was)
  if (found.heldBy !== undefined && going.has(suspect.verdict)) holders.add(found.heldBy)
  return suspect
}

async function judged(
  { made, finding, heldBy, isOwned, remove }: Found,
  id: string,
  was: Suspect | undefined,
  holders: ReadonlySet<string>,
  of: AzureSweeping,
): Promise<Suspect> {
  const { settings, budget } = of
  const now = of.now()
  const { act, verdict, reason, isFree, users } = decide(finding, was ?? {}, {
    now,
    graceMs: settings.graceMs,
    isOn: settings.mode !== 'report',
  })
  const { kind } = made
  const draft: Suspect = {
    ...{ id, uid: keyOf(made.id), kind, place: made.id, product: 'installation', since: past(was?.since ?? now, now), verdict, reason },
    ...(was?.markedAt === undefined || act === 'unmark' ? {} : { markedAt: was.markedAt }),
    ...(was?.etag === undefined ? {} : { etag: was.etag }),
    ...(isFree ? { freeSince: past(was?.freeSince ?? now, now) } : {}),
    ...(users ? { users } : {}),
    ...(heldBy === undefined ? {} : { heldBy }),
  }
  // Nothing is written to what is marked: a tag would change the resource, and a role assignment has none.
  if (act === 'mark') return { ...draft, markedAt: now }
  if (act !== 'delete') return draft
  const waiting = (why: string): Suspect => ({ ...draft, verdict: 'waiting', reason: why })
  if (kind === 'ManagedIdentity' && holders.has(made.owner))
    return waiting('what it was granted is left over as well, and goes first: then nothing would prove whose that was')
  if (budget.left <= 0) return waiting('this run has deleted as many objects as it may')
  budget.left--
  try {
    if (await isOwned()) return waiting('its connection came back just now')
    await remove()
    return draft
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return { ...draft, verdict: 'refused', reason: problemOf(error.fields).text }
  }
}
